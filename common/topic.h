// The topics of protocol v1 and the device ids in them.
//
// Pure logic; any thread. No dependencies, so that the plugin uses it too.
#ifndef SMSQUITTO_COMMON_TOPIC_H
#define SMSQUITTO_COMMON_TOPIC_H

#include <stdbool.h>
#include <stddef.h>

enum { DEVICE_ID_MAX = 21, DEVICE_ID_SIZE = 22 };
enum { TOPIC_SIZE = 48 }; // "sms/v1/" + 21 + "/" + longest leaf (8) + NUL, rounded up

#define TOPIC_CONTROL "$CONTROL/smsquitto/v1"
#define TOPIC_BATCH TOPIC_CONTROL "/batch" // common/batch.h

enum topic_leaf {
    TOPIC_SEND,     // bridge to device: one message
    TOPIC_CANCEL,   // bridge to device
    TOPIC_QUERY,    // bridge to device
    TOPIC_RECEIPT,  // bridge to device
    TOPIC_CONFIG,   // bridge to device
    TOPIC_INBOX,    // bridge to device: read your inbox again
    TOPIC_REPORT,   // device to bridge
    TOPIC_INBOUND,  // device to bridge
    TOPIC_STATUS,   // device to bridge
    TOPIC_PRESENCE, // plugin to bridge
};

// A device id: 1-21 of a-z 0-9 '-', not starting or ending with '-'.
bool device_id_valid(const char *text, size_t length);

// Writes sms/v1/{device}/{leaf} into out[TOPIC_SIZE]. device must be valid.
void topic_format(char out[TOPIC_SIZE], const char *device, enum topic_leaf leaf);

// Takes a topic apart. Returns false, and writes nothing, when it is not exactly one of protocol v1.
bool topic_parse(char device[DEVICE_ID_SIZE], enum topic_leaf *leaf, const char *topic);

// The word of a leaf, borrowed for ever.
const char *topic_leaf_name(enum topic_leaf leaf);

// True for the leaves that a device subscribes to.
bool topic_is_downlink(enum topic_leaf leaf);

// True for the leaves that a device publishes.
bool topic_is_uplink(enum topic_leaf leaf);

#endif
