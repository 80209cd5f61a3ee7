// A hash table by id with two lists through it: the dirty ones, and all by last use.
#include "bridge/engine/cache.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    struct message message; // first, so that a message pointer is an entry pointer
    struct entry *chain;    // same bucket
    struct entry *older, *newer;
    struct entry *next_dirty;
    bool dirty, stored;
};

struct cache {
    struct entry **buckets;
    size_t bucket_count; // a power of two
    size_t count, max;
    struct entry *newest, *oldest;
    struct entry *dirty, **dirty_end;
};

// The last hex digits of an id are random: enough to spread, and cheap.
static size_t bucket_of(const struct cache *cache, const char *id)
{
    uint64_t tail;
    memcpy(&tail, id + ID_LENGTH - sizeof(tail), sizeof(tail));
    return (tail * 0x9e3779b97f4a7c15u >> 32) & (cache->bucket_count - 1);
}

struct cache *cache_new(size_t max)
{
    struct cache *cache = calloc(1, sizeof(*cache));
    if (cache == NULL)
        return NULL;
    cache->max = max;
    for (cache->bucket_count = 64; cache->bucket_count < max * 2;)
        cache->bucket_count *= 2;
    cache->buckets = calloc(cache->bucket_count, sizeof(struct entry *));
    cache->dirty_end = &cache->dirty;
    if (cache->buckets == NULL) {
        free(cache);
        return NULL;
    }
    return cache;
}

static void list_remove(struct cache *cache, struct entry *entry)
{
    *(entry->older != NULL ? &entry->older->newer : &cache->oldest) = entry->newer;
    *(entry->newer != NULL ? &entry->newer->older : &cache->newest) = entry->older;
}

static void list_add_newest(struct cache *cache, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void entry_free(struct entry *entry)
{
    message_clear(&entry->message);
    free(entry);
}

static struct entry *find(struct cache *cache, const char *id)
{
    struct entry *entry = cache->buckets[bucket_of(cache, id)];
    while (entry != NULL && strcmp(entry->message.id, id) != 0)
        entry = entry->chain;
    return entry;
}

static struct entry *add_take(struct cache *cache, struct message *message, bool stored)
{
    struct entry *entry = malloc(sizeof(*entry));
    if (entry == NULL)
        return NULL;
    *entry = (struct entry){.message = *message, .stored = stored};
    *message = (struct message){0};
    struct entry **bucket = &cache->buckets[bucket_of(cache, entry->message.id)];
    entry->chain = *bucket;
    *bucket = entry;
    list_add_newest(cache, entry);
    cache->count++;
    return entry;
}

struct message *cache_get(struct cache *cache, struct store *store, int64_t account, const char *id)
{
    if (!id_valid(id, strlen(id), ID_MESSAGE))
        return NULL;
    struct entry *entry = find(cache, id);
    if (entry == NULL) {
        struct message loaded;
        if (!store_message_load(store, &loaded, account, id))
            return NULL;
        entry = add_take(cache, &loaded, true);
        if (entry == NULL) {
            message_clear(&loaded);
            (void)store_fail_memory(store);
            return NULL;
        }
    } else if (entry != cache->newest) {
        list_remove(cache, entry);
        list_add_newest(cache, entry);
    }
    return entry->message.account == account ? &entry->message : NULL;
}

struct message *cache_add_take(struct cache *cache, struct message *message)
{
    struct entry *entry = add_take(cache, message, false);
    if (entry == NULL)
        return NULL;
    cache_touch(cache, &entry->message);
    return &entry->message;
}

struct message *cache_merge_take(struct cache *cache, struct store *store, struct message *message)
{
    struct entry *entry = find(cache, message->id);
    if (entry == NULL)
        entry = add_take(cache, message, true);
    if (entry == NULL)
        (void)store_fail_memory(store);
    message_clear(message);
    return entry != NULL ? &entry->message : NULL;
}

void cache_touch(struct cache *cache, struct message *message)
{
    struct entry *entry = (struct entry *)message;
    if (entry->dirty)
        return;
    entry->dirty = true;
    entry->next_dirty = NULL;
    *cache->dirty_end = entry;
    cache->dirty_end = &entry->next_dirty;
}

void cache_flush(struct cache *cache, struct store *store)
{
    for (struct entry *entry = cache->dirty; entry != NULL; entry = entry->next_dirty) {
        if (entry->stored)
            (void)store_message_update(store, &entry->message);
        else
            (void)store_message_add(store, &entry->message);
        entry->stored = true;
        entry->dirty = false;
    }
    cache->dirty = NULL;
    cache->dirty_end = &cache->dirty;
}

static void remove_entry(struct cache *cache, struct entry *entry)
{
    struct entry **link = &cache->buckets[bucket_of(cache, entry->message.id)];
    while (*link != entry)
        link = &(*link)->chain;
    *link = entry->chain;
    list_remove(cache, entry);
    cache->count--;
    entry_free(entry);
}

void cache_forget(struct cache *cache, struct message *message)
{
    struct entry *entry = (struct entry *)message;
    if (!entry->dirty)
        remove_entry(cache, entry);
}

// Lets the oldest clean messages go until so many are left.
static void shrink(struct cache *cache, size_t count)
{
    for (struct entry *entry = cache->oldest, *next; entry != NULL && cache->count > count; entry = next) {
        next = entry->newer;
        if (!entry->dirty)
            remove_entry(cache, entry);
    }
}

void cache_trim(struct cache *cache)
{
    shrink(cache, cache->max);
}

void cache_rest(struct cache *cache)
{
    shrink(cache, 0);
}

void cache_drop(struct cache *cache)
{
    while (cache->oldest != NULL)
        remove_entry(cache, cache->oldest); // NOLINT(clang-analyzer-unix.Malloc): it moves oldest on
    cache->dirty = NULL;
    cache->dirty_end = &cache->dirty;
}

void cache_free(struct cache *cache)
{
    if (cache == NULL)
        return;
    cache_drop(cache);
    free(cache->buckets);
    free(cache);
}
