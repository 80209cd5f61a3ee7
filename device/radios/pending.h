// Parts that wait for a delivery report, kept in a file: the network names a report only by a small number
// and the recipient, and it may come days later.
//
// One thread. No argument may be NULL unless said.
#ifndef SMSQUITTO_DEVICE_RADIOS_PENDING_H
#define SMSQUITTO_DEVICE_RADIOS_PENDING_H

#include "common/wire.h"

enum { PENDING_MAX = 1024 };

struct pending_part {
    int reference, part, parts;
    int64_t at;
    char ref[WIRE_WORD_MAX_BYTES + 1], to[NUMBER_SIZE];
};

struct pending {
    const char *file; // borrowed; NULL = memory only
    struct pending_part parts[PENDING_MAX];
    size_t count;
};

// Reads the file; one that does not exist is empty. Returns false when it cannot be used.
bool pending_open(struct pending *pending, const char *file);

// Adds a part and writes the file; the oldest goes when there are too many.
void pending_add(struct pending *pending, const struct pending_part *part);

// Takes out the oldest part with that reference whose recipient the number can be. Returns false when there
// is none.
bool pending_take(struct pending *pending, struct pending_part *part, int reference, const char *number);

#endif
