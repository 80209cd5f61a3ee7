// What the plugin remembers of each name in this run of the broker: its connection, its bucket, its refusals.
//
// Only names of the roster get a peer, so the memory is bounded by it. Used by the broker's thread only.
#ifndef SMSQUITTO_PLUGIN_PEERS_H
#define SMSQUITTO_PLUGIN_PEERS_H

#include "common/topic.h"
#include "plugin/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer {
    char name[DEVICE_ID_SIZE];
    bool announced;     // a device: its presence is published
    bool changed;       // presence to publish, on the list of changes
    const void *client; // the broker's connection, never followed, only compared; NULL when offline
    const void *kick;   // the connection to end, on the list of kicks; NULL when none
    int64_t since_ms;   // wall clock; when it came or went
    struct bucket bucket;
    uint32_t refused[REFUSAL_COUNT];
    struct peer *next_changed;
    struct peer *next_kick;
};

struct peers;

// An empty set, or NULL when out of memory. The caller owns it.
struct peers *peers_new(void);

// Frees the set and its peers; NULL is fine.
void peers_free(struct peers *peers);

// The peer of a name (any text, or NULL), borrowed until peers_prune; NULL when there is none.
struct peer *peers_find(const struct peers *peers, const char *name);

// The same, made when it is not there. name must be valid. NULL when out of memory.
struct peer *peers_get(struct peers *peers, const char *name);

// How many there are, and each by its place; places change with peers_get and peers_prune.
size_t peers_count(const struct peers *peers);
struct peer *peers_at(const struct peers *peers, size_t place);

// Forgets every offline peer without pending work for which keep(context, peer) is false.
void peers_prune(struct peers *peers, bool (*keep)(const void *context, const struct peer *peer),
                 const void *context);

#endif
