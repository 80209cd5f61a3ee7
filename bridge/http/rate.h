// Token buckets by key: the rate holds on average, a full bucket allows one burst of a minute's worth.
//
// A take may drive a bucket below zero (a batch), and then waits until it is above zero again. HTTP thread
// only.
#ifndef SMSQUITTO_BRIDGE_HTTP_RATE_H
#define SMSQUITTO_BRIDGE_HTTP_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate_table;

// NULL when memory runs out.
struct rate_table *rate_new(void);
void rate_free(struct rate_table *table);

struct rate_answer {
    bool allowed;
    int64_t remaining; // whole tokens left, never below 0
    int64_t wait_s;    // until the next token; 0 when there is one
};

// Takes count tokens from the bucket of key, which fills with per_minute tokens a minute. When memory runs
// out the bucket counts as full.
struct rate_answer rate_take(struct rate_table *table, int64_t key, int64_t per_minute, int64_t count,
                             int64_t now_ms);

#endif
