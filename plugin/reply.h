// JSON text built straight into a buffer that the broker takes over.
//
// Used by the broker's thread only.
#ifndef SMSQUITTO_PLUGIN_REPLY_H
#define SMSQUITTO_PLUGIN_REPLY_H

#include <stdbool.h>
#include <stddef.h>

// All zero is an empty text. Once memory has failed, the rest does nothing.
struct reply {
    char *text; // of mosquitto_malloc
    size_t length;
    size_t room;
    bool failed;
};

// Appends; only words and numbers that need no JSON escape may be formatted in.
void reply_add(struct reply *reply, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Publishes the text, not retained, to one client id or (NULL) to all subscribers, and leaves *reply empty.
// Returns false, with the text freed, when out of memory.
bool reply_publish(struct reply *reply, const char *client_id, const char *topic, int qos);

#endif
