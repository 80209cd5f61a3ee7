// Ids: two upper-case letters and the 32 lower-case hex digits of a UUIDv7 (RFC 9562, section 5.7): sortable
// by time.
#ifndef SMSQUITTO_COMMON_ID_H
#define SMSQUITTO_COMMON_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ID_LENGTH = 34, ID_SIZE = 35 }; // without and with the final NUL

#define ID_MESSAGE "SM"
#define ID_BATCH "BA"
#define ID_ACCOUNT "AC"
#define ID_KEY "SK"
#define ID_EVENT "EV"
#define ID_POOL "PO"

// Writes a new id with that two-letter prefix into out[ID_SIZE]. now_ms is milliseconds since 1970 UTC. Ids
// made in one process never repeat and rise within one millisecond (a counter in rand_a, RFC 9562 section 6.2
// method 1); the rest is from getrandom(2). Any thread.
void id_new(char out[ID_SIZE], const char prefix[2], int64_t now_ms);

// Whether text[length] is an id with that prefix. Any thread.
bool id_valid(const char *text, size_t length, const char prefix[2]);

#endif
