// MQTT 5 behind a small port: connect, publish, subscribe, step. One backend is linked in: mqtt_paho.c, or
// mqtt_mosquitto.c.
//
// One thread owns it; the backend's own threads never call the handler: mqtt_step does, on the owner's
// thread. No argument may be NULL unless said.
#ifndef SMSQUITTO_DEVICE_MQTT_H
#define SMSQUITTO_DEVICE_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mqtt;

// Whether the backend can connect through websockets.
extern const bool mqtt_has_websockets;

struct mqtt_options {
    const char *host;
    int64_t port;
    bool tls;
    const char *ca_file;   // "" = the system's authorities
    const char *websocket; // path for websockets; "" = MQTT itself
    const char *client_id; // also the user name
    const char *password;
    int64_t keepalive_s, session_expiry_s, connect_timeout_s;
};

enum { MQTT_REASON_NO_SUBSCRIBERS = 0x10 }; // MQTT 5, 3.4.2.1: taken, but nobody is there who gets it

enum mqtt_loss {
    MQTT_LOST,    // try again soon
    MQTT_REFUSED, // the broker does not know this device or its key: tell the user
};

struct mqtt_handler {
    void (*connected)(void *context);
    void (*lost)(void *context, enum mqtt_loss loss, const char *reason); // an attempt or a connection ended
    void (*subscribed)(void *context, bool granted);
    void (*message)(void *context, const char *topic, const char *payload, size_t length);
    void (*published)(void *context, bool accepted, int reason); // the broker's answer at QoS 1
};

// options are copied. Returns NULL when memory runs out or the options cannot be used.
struct mqtt *mqtt_new(const struct mqtt_options *options, const struct mqtt_handler *handler, void *context);

// Disconnects and frees.
void mqtt_free(struct mqtt *mqtt);

// Starts one attempt (clean start off); connected or lost follows. Ends a connection that there is.
void mqtt_connect(struct mqtt *mqtt);

// Subscribes to topics at QoS 1; subscribed follows.
void mqtt_subscribe(struct mqtt *mqtt, char *const topics[], size_t count);

// Publishes at QoS 0 or 1. Returns false when there is no connection.
bool mqtt_publish(struct mqtt *mqtt, const char *topic, const char *payload, size_t length, int qos);

// Ends the connection politely, waiting at most a second.
void mqtt_disconnect(struct mqtt *mqtt);

// Readable when mqtt_step has something to do.
int mqtt_fd(const struct mqtt *mqtt);

// Calls the handler for what has happened.
void mqtt_step(struct mqtt *mqtt);

#endif
