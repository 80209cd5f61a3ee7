// A broker made of fakes for tests that load the real plugin: it records what the plugin does to it, fires
// events at it, and fails where it is told to. It is 2.0 or 2.1, and its clock is the test's.
#ifndef SMSQUITTO_TESTS_PLUGIN_FAKE_H
#define SMSQUITTO_TESTS_PLUGIN_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

enum { FAKE_EVENTS = 32, FAKE_MESSAGES = 64, FAKE_EVENT_CONNECT = 11, FAKE_EVENT_CLIENT_OFFLINE = 28 };

// The key of every login that fake_add_login adds.
#define FAKE_KEY "sqd_key"

// The fake's own idea of the broker's opaque client.
struct mosquitto {
    const char *id;
    const char *username;
    const char *address;
    int keepalive;
    int protocol;
};

// What the plugin published.
struct fake_message {
    char client[32]; // empty: everybody
    char topic[64];
    char payload[512];
    int qos;
};

extern struct fake {
    int last_event;                                    // events above it are not supported
    int refuse_event;                                  // its registration fails
    MOSQ_FUNC_generic_callback callbacks[FAKE_EVENTS]; // of MOSQ_EVT_CONTROL: that of the commands
    MOSQ_FUNC_generic_callback batch_callback;
    void *userdata;
    struct fake_message messages[FAKE_MESSAGES];
    int message_count;
    char kicked[FAKE_MESSAGES][32];
    int kick_count;
    struct mosquitto *kick_ends; // the client whose connection ends in a kick
    int allocated;               // buffers that the plugin holds
    int fail_allocations;        // how many from now on fail
    int fail_publishes;          // likewise
    char log[16384];
    int64_t now_ms;
    void *library;
    char roster_path[64];
} fake;

// The plugin's entry points.
extern struct fake_plugin {
    int (*version)(int supported_version_count, const int *supported_versions);
    int (*init)(mosquitto_plugin_id_t *identifier, void **userdata, struct mosquitto_opt *options, int count);
    int (*cleanup)(void *userdata, struct mosquitto_opt *options, int count);
} fake_plugin;

// Before and after each test: a fresh fake in a fresh folder, with the plugin loaded but not started.
int fake_set_up(void **unused);
int fake_tear_down(void **unused);

// Writes a roster with the device phone-1 and the bridge b; adds to it; runs any SQL on it.
void fake_make_roster(void);
void fake_add_login(const char *name, const char *role);
void fake_sql(const char *statements);

// Starts the plugin in a broker that supports events up to last_event; ends it, which must leave no memory.
void fake_start(int last_event);
void fake_stop(void);

// Clients of that roster, ready to log in.
struct mosquitto fake_phone(void);
struct mosquitto fake_web_phone(void);
struct mosquitto fake_bridge(void);

// Fires an event; the plugin's answer. The others are events in their usual form.
int fake_fire(int event, void *data);
int fake_login(struct mosquitto *client, const char *key);
int fake_may(struct mosquitto *client, int access, const char *topic);
void fake_leave(struct mosquitto *client);
void fake_reload(void);
void fake_command(struct mosquitto *client, const char *payload);
void fake_batch(struct mosquitto *client, const char *payload);

// One turn of the broker's loop, after some time.
void fake_tick(int64_t after_ms);

#endif
