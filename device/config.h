// The device's configuration: one table, one INI file, environment, flags.
//
// Call from one thread, before anything else is started.
#ifndef SMSQUITTO_DEVICE_CONFIG_H
#define SMSQUITTO_DEVICE_CONFIG_H

#include "common/secret.h"
#include "common/settings.h"

#define CONFIG_PREFIX "SMSQUITTO_DEVICE"

struct config {
    char id[SETTING_VALUE_SIZE], key_file[SETTING_VALUE_SIZE], journal[SETTING_VALUE_SIZE];
    char host[SETTING_VALUE_SIZE], ca_file[SETTING_VALUE_SIZE], websocket[SETTING_VALUE_SIZE];
    char radio_command[SETTING_VALUE_SIZE];
    int64_t port;
    bool tls, log_json, whole_inbox;
    int64_t keepalive_ms, session_expiry_ms, connect_timeout_ms, reconnect_max_ms;
    int64_t taken_timeout_ms, send_timeout_ms;
    int64_t telemetry_ms, min_gap_ms, keep_ms, keep_count;
    int64_t log_level;
};

extern const struct setting config_table[];
extern const size_t config_table_count;

// Reads file (NULL: none), what pairing wrote into the key file, and environment, each before the one that it
// stands behind here; and checks what a table cannot express.
bool config_load(struct config *config, const char *file, struct setting_error *error);

// Reads the device's key from key_file: its first line, without blanks around it.
bool config_read_key(const struct config *config, char key[SETTING_VALUE_SIZE], struct setting_error *error);

#endif
