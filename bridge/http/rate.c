// Token buckets in a growing open table.
#include "bridge/http/rate.h"

#include <stdlib.h>

struct bucket {
    int64_t key; // 0 = free
    double tokens;
    int64_t filled_ms;
};

struct rate_table {
    struct bucket *buckets;
    size_t room, used; // room is a power of two
};

enum { FIRST_ROOM = 64 };

struct rate_table *rate_new(void)
{
    struct rate_table *table = calloc(1, sizeof(*table));
    if (table == NULL)
        return NULL;
    table->room = FIRST_ROOM;
    table->buckets = calloc(table->room, sizeof(*table->buckets));
    if (table->buckets != NULL)
        return table;
    free(table);
    return NULL;
}

void rate_free(struct rate_table *table)
{
    if (table == NULL)
        return;
    free(table->buckets);
    free(table);
}

static struct bucket *slot(struct bucket *buckets, size_t room, int64_t key)
{
    size_t i = (size_t)((uint64_t)key * 0x9e3779b97f4a7c15u >> 40) & (room - 1);
    while (buckets[i].key != 0 && buckets[i].key != key)
        i = (i + 1) & (room - 1);
    return &buckets[i];
}

// Doubles the room. False when memory runs out.
static bool grow(struct rate_table *table)
{
    struct bucket *more = calloc(table->room * 2, sizeof(*more));
    if (more == NULL)
        return false;
    for (size_t i = 0; i < table->room; i++)
        if (table->buckets[i].key != 0)
            *slot(more, table->room * 2, table->buckets[i].key) = table->buckets[i];
    free(table->buckets);
    table->buckets = more;
    table->room *= 2;
    return true;
}

static struct bucket *find(struct rate_table *table, int64_t key, int64_t per_minute, int64_t now_ms)
{
    struct bucket *bucket = slot(table->buckets, table->room, key);
    if (bucket->key == key)
        return bucket;
    if (table->used * 2 >= table->room) {
        if (!grow(table))
            return NULL;
        bucket = slot(table->buckets, table->room, key);
    }
    table->used++;
    *bucket = (struct bucket){.key = key, .tokens = (double)per_minute, .filled_ms = now_ms};
    return bucket;
}

struct rate_answer rate_take(struct rate_table *table, int64_t key, int64_t per_minute, int64_t count,
                             int64_t now_ms)
{
    struct bucket *bucket = find(table, key, per_minute, now_ms);
    if (bucket == NULL)
        return (struct rate_answer){.allowed = true};
    if (now_ms > bucket->filled_ms)
        bucket->tokens += (double)(now_ms - bucket->filled_ms) * (double)per_minute / 60000;
    if (bucket->tokens > (double)per_minute)
        bucket->tokens = (double)per_minute;
    bucket->filled_ms = now_ms;
    struct rate_answer answer = {.allowed = bucket->tokens >= 1};
    if (answer.allowed)
        bucket->tokens -= (double)count;
    answer.remaining = bucket->tokens > 0 ? (int64_t)bucket->tokens : 0;
    if (bucket->tokens < 1)
        answer.wait_s = (int64_t)((1 - bucket->tokens) * 60 / (double)per_minute) + 1;
    return answer;
}
