// The set of peers: an array of pointers, and slots of open addressing that point into it. Names come from
// the administrator, so the hash need not resist attacks.
#include "plugin/peers.h"

#include "common/fnv1a.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_MIN = 16, EMPTY = 0 }; // a slot holds 1 + the place in the array

struct peers {
    struct peer **list;
    size_t count;
    size_t room;
    uint32_t *slots;
    size_t slot_count; // a power of two, twice the room
};

struct peers *peers_new(void)
{
    return calloc(1, sizeof(struct peers));
}

void peers_free(struct peers *peers)
{
    if (peers == NULL)
        return;
    for (size_t i = 0; i < peers->count; i++)
        free(peers->list[i]);
    free(peers->list);
    free(peers->slots);
    free(peers);
}

// The slot of a name, or the empty one where it belongs. The set has slots and one is empty.
static uint32_t *slot_of(const struct peers *peers, const char *name)
{
    size_t mask = peers->slot_count - 1;
    size_t at = (size_t)fnv1a(name) & mask;
    while (peers->slots[at] != EMPTY && strcmp(peers->list[peers->slots[at] - 1]->name, name) != 0)
        at = (at + 1) & mask;
    return &peers->slots[at];
}

static void fill_slots(struct peers *peers)
{
    memset(peers->slots, 0, peers->slot_count * sizeof peers->slots[0]);
    for (size_t i = 0; i < peers->count; i++)
        *slot_of(peers, peers->list[i]->name) = (uint32_t)i + 1;
}

static bool grow(struct peers *peers)
{
    size_t slot_count = peers->slot_count == 0 ? SLOTS_MIN : peers->slot_count * 2;
    struct peer **list = realloc(peers->list, slot_count / 2 * sizeof(struct peer *));
    if (list == NULL)
        return false;
    peers->list = list;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (slots == NULL)
        return false;
    free(peers->slots);
    peers->slots = slots;
    peers->slot_count = slot_count;
    peers->room = slot_count / 2;
    fill_slots(peers);
    return true;
}

struct peer *peers_find(const struct peers *peers, const char *name)
{
    if (name == NULL || peers->count == 0 || strnlen(name, DEVICE_ID_SIZE) > DEVICE_ID_MAX)
        return NULL;
    uint32_t slot = *slot_of(peers, name);
    return slot == EMPTY ? NULL : peers->list[slot - 1];
}

struct peer *peers_get(struct peers *peers, const char *name)
{
    struct peer *peer = peers_find(peers, name);
    if (peer != NULL || (peers->count == peers->room && !grow(peers)))
        return peer;
    peer = calloc(1, sizeof *peer);
    if (peer == NULL)
        return NULL;
    stpncpy(peer->name, name, DEVICE_ID_MAX);
    uint32_t *slot = slot_of(peers, name);
    peers->list[peers->count++] = peer;
    *slot = (uint32_t)peers->count;
    return peer;
}

size_t peers_count(const struct peers *peers)
{
    return peers->count;
}

struct peer *peers_at(const struct peers *peers, size_t place)
{
    return peers->list[place];
}

void peers_prune(struct peers *peers, bool (*keep)(const void *context, const struct peer *peer),
                 const void *context)
{
    size_t kept = 0;
    for (size_t i = 0; i < peers->count; i++) {
        struct peer *peer = peers->list[i];
        if (peer->client != NULL || peer->changed || peer->kick != NULL || keep(context, peer))
            peers->list[kept++] = peer;
        else
            free(peer);
    }
    bool shrunk = kept < peers->count;
    peers->count = kept;
    if (shrunk)
        fill_slots(peers);
}
