// Bounds on what one client, and the log about it, may cost.
//
// Pure logic: time is an argument, in milliseconds of a clock that never steps. Any thread, one caller at a
// time.
#ifndef SMSQUITTO_PLUGIN_LIMITS_H
#define SMSQUITTO_PLUGIN_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

// What the plugin refuses, as it is counted.
enum refusal {
    REFUSED_LOGIN,
    REFUSED_WRITE,     // a topic that the client may not publish
    REFUSED_SUBSCRIBE, // a filter that it may not subscribe or unsubscribe
    REFUSED_SIZE,
    REFUSED_RATE,
    REFUSED_RETAIN,
    REFUSAL_COUNT
};

// The word of a refusal in logs and replies, borrowed for ever.
const char *refusal_name(enum refusal refusal);

// A token bucket; all zero is a full one that was never used.
struct bucket {
    int64_t spent_milli; // thousandths of tokens that are missing
    int64_t at_ms;       // when that was true
};

// Takes a token. Returns false when the bucket is empty. rate is tokens a second, 0 for no limit; burst is
// the size of the bucket.
bool bucket_take(struct bucket *bucket, int64_t rate, int64_t burst, int64_t now_ms);

// The log's share of repeated events: so many lines, then silence until the window ends.
enum { RATION_LINES = 20, RATION_WINDOW_MS = 10000 };

struct ration {
    int64_t start_ms;
    int lines;
    uint64_t withheld;
};

// Asks to write a line. When it may be written, *withheld is how many were not since the last one that was.
bool ration_take(struct ration *ration, uint64_t *withheld, int64_t now_ms);

// After the window has ended: how many lines were withheld in it and not yet told, 0 when none; tells them.
uint64_t ration_settle(struct ration *ration, int64_t now_ms);

#endif
