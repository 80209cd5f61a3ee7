// The hash of the plugin's tables of names. Names come from the administrator, so it need not resist attacks.
#ifndef SMSQUITTO_PLUGIN_NAME_HASH_H
#define SMSQUITTO_PLUGIN_NAME_HASH_H

#include <stdint.h>

// FNV-1a of a terminated name.
static inline uint32_t name_hash(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

#endif
