// Decodes a control command.
//
// Pure logic; any thread.
#ifndef SMSQUITTO_PLUGIN_CONTROL_REQUEST_H
#define SMSQUITTO_PLUGIN_CONTROL_REQUEST_H

#include "common/topic.h"
#include "plugin/state.h"

enum command { COMMAND_SNAPSHOT, COMMAND_KICK, COMMAND_ROSTER, COMMAND_COUNTERS, COMMAND_COUNT };

enum { CONTROL_PAYLOAD_MAX = 1024 };

struct control_request {
    enum command command;             // COMMAND_COUNT when it could not be read
    char request[REQUEST_ID_MAX + 1]; // empty when there was none
    char device[DEVICE_ID_SIZE];      // kick only
};

// Reads payload[length]. Returns NULL on success, otherwise what is wrong, naming the field (borrowed for
// ever); then *request holds what could be read before.
const char *control_request_read(struct control_request *request, const void *payload, size_t length);

// The word of a command, borrowed for ever; empty for COMMAND_COUNT.
const char *command_name(enum command command);

#endif
