// Takes a batch apart (common/batch.h).
//
// Pure logic; any thread.
#ifndef SMSQUITTO_PLUGIN_BATCH_READ_H
#define SMSQUITTO_PLUGIN_BATCH_READ_H

#include "common/batch.h"
#include "common/topic.h"

struct batch_entry {
    char topic[TOPIC_SIZE];
    char device[DEVICE_ID_SIZE];
    enum topic_leaf leaf; // one that devices read
    int qos;
    const char *payload; // borrowed from what was read
    size_t length;       // at least 1
};

struct batch {
    char number[BATCH_NUMBER_DIGITS_MAX + 1]; // empty when it could not be read
    size_t count;
    struct batch_entry entries[BATCH_ENTRIES_MAX];
};

// Reads payload[length], all of it or nothing. Returns NULL on success, otherwise what is wrong (borrowed for
// ever); then only *batch's number is good.
const char *batch_read(struct batch *batch, const void *payload, size_t length);

#endif
