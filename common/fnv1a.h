// FNV-1a with 64 bits: a short hash that spreads names over buckets and does not resist who looks for two
// names of one hash. The algorithm and its numbers: RFC 9923.
#ifndef SMSQUITTO_COMMON_FNV1A_H
#define SMSQUITTO_COMMON_FNV1A_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// The hash of nothing.
#define FNV1A_START UINT64_C(0xcbf29ce484222325)

// The hash of what hash stands for, followed by these bytes. bytes may be NULL when length is 0.
static inline uint64_t fnv1a_add(uint64_t hash, const void *bytes, size_t length)
{
    const uint8_t *byte = bytes;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash;
}

// The hash of a terminated word without its end.
static inline uint64_t fnv1a(const char *word)
{
    return fnv1a_add(FNV1A_START, word, strlen(word));
}

#endif
