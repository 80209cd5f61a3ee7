// Messages in memory: the ones that the present batch works on, and those that were touched last.
//
// A message that was changed is dirty and stays until cache_flush has written it; clean ones leave, longest
// untouched first, when there are more than the limit. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_CACHE_H
#define SMSQUITTO_BRIDGE_ENGINE_CACHE_H

#include "bridge/store/store.h"

struct cache;

// Keeps about max clean messages. NULL when memory runs out.
struct cache *cache_new(size_t max);
void cache_free(struct cache *cache);

// The message with that id of that account, from memory or from the store; NULL when there is none. Borrowed
// until the next cache_trim or cache_drop. An account of another message's id is "none".
struct message *cache_get(struct cache *cache, struct store *store, int64_t account, const char *id);

// Puts in a message that is not in the store yet (taken, emptied), dirty. NULL when memory runs out (then
// still the caller's).
struct message *cache_add_take(struct cache *cache, struct message *message);

// Puts in a message as just read from the store (taken, emptied), unless it is there already; returns the one
// that counts. NULL when memory runs out: the store's transaction fails then.
struct message *cache_merge_take(struct cache *cache, struct store *store, struct message *message);

// Marks a message of this cache as changed.
void cache_touch(struct cache *cache, struct message *message);

// Writes every dirty message: inserts new ones, updates the others. They are clean afterwards (a failure
// sticks in the store, and cache_drop follows).
void cache_flush(struct cache *cache, struct store *store);

// Lets one clean message go, because the store has it no more.
void cache_forget(struct cache *cache, struct message *message);

// Lets clean messages above the limit go.
void cache_trim(struct cache *cache);

// Lets all clean messages go: in a quiet time the store is fast enough.
void cache_rest(struct cache *cache);

// Forgets everything, also what is dirty: after a commit that failed.
void cache_drop(struct cache *cache);

#endif
