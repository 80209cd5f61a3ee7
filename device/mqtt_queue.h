// What an MQTT library's thread has to say, handed to the thread that owns the port (mqtt.h): a locked queue
// and an eventfd. Shared by the backends; nobody else includes it.
//
// mqtt_queue_push: any thread; the rest: the owner's. No argument may be NULL unless said.
#ifndef SMSQUITTO_DEVICE_MQTT_QUEUE_H
#define SMSQUITTO_DEVICE_MQTT_QUEUE_H

#include "device/mqtt.h"

#include <pthread.h>

enum { MQTT_REASON_FAILURES = 0x80 }; // MQTT 5: from here on reason codes are failures

enum mqtt_event_kind {
    MQTT_EVENT_CONNECTED,
    MQTT_EVENT_LOST, // bytes is why, for people
    MQTT_EVENT_SUBSCRIBED,
    MQTT_EVENT_MESSAGE,
    MQTT_EVENT_PUBLISHED,
    MQTT_EVENT_DISCONNECTED,
};

struct mqtt_event {
    struct mqtt_event *next;
    enum mqtt_event_kind kind;
    int64_t attempt; // to connect, by the backend's count
    int reason;      // MQTT 5 reason code, or -1
    size_t length;
    char *topic; // points behind the bytes
    char bytes[];
};

struct mqtt_queue {
    int wake;             // readable while there may be events
    pthread_mutex_t lock; // covers the fields below
    struct mqtt_event *first, **last;
    size_t messages;
};

// Returns false when the system has no descriptor; mqtt_queue_clear may be called all the same.
bool mqtt_queue_init(struct mqtt_queue *queue);
void mqtt_queue_clear(struct mqtt_queue *queue);

// Appends a copy and rings. topic may be NULL. A message is dropped when too many wait: the bridge asks again
// for what is not answered.
void mqtt_queue_push(struct mqtt_queue *queue, int64_t attempt, enum mqtt_event_kind kind, int reason,
                     const char *topic, const void *bytes, size_t length);

// Takes all events (owned, each free()d with its next read before), after the bell has been read.
struct mqtt_event *mqtt_queue_take(struct mqtt_queue *queue);

// Waits at most that long for the connection's polite end; drops all other events meanwhile.
void mqtt_queue_wait_end(struct mqtt_queue *queue, int timeout_ms);

// Calls the handler for one event.
void mqtt_event_tell(const struct mqtt_event *event, const struct mqtt_handler *handler, void *context);

#endif
