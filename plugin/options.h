// The plugin's options, read once at start from the broker's plugin_opt_ lines.
//
// Used by the broker's thread only.
#ifndef SMSQUITTO_PLUGIN_OPTIONS_H
#define SMSQUITTO_PLUGIN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct mosquitto_opt;

struct options {
    char *roster;             // owned; path of roster.db
    char *bridge_socket;      // owned or NULL; path of the listener where the bridge role may log in
    bool allow_operator;      // whether the operator role may log in
    int64_t keepalive_max_s;  // longest keepalive that a client may ask for
    int64_t uplink_max_bytes; // largest payload of a device
    int64_t uplink_rate;      // publishes a second of one device, 0 for no limit
    int64_t uplink_burst;     // publishes that a silent device may make at once
};

// What was wrong, as one sentence without a final dot that names the option.
struct options_error {
    char text[192];
};

// Reads list[count] over the defaults. On success *options owns its strings until options_clear. On an
// unknown, repeated, missing or bad option returns false, fills *error and leaves *options empty.
bool options_read(struct options *options, struct options_error *error, const struct mosquitto_opt *list,
                  int count) __attribute__((warn_unused_result));

// Frees what the options own; they may be empty.
void options_clear(struct options *options);

#endif
