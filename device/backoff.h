// Waits that double with every failure, with jitter, so that many devices do not come back in one instant.
//
// Pure logic; any thread.
#ifndef SMSQUITTO_DEVICE_BACKOFF_H
#define SMSQUITTO_DEVICE_BACKOFF_H

#include <stdint.h>

struct backoff {
    int64_t first_ms, max_ms;
    int64_t next_ms; // 0 = at the beginning
};

// Returns the next wait: between half of the present step and the whole of it, by random; then doubles the
// step up to max_ms.
int64_t backoff_next(struct backoff *backoff, uint32_t random);

// Starts again at first_ms.
void backoff_reset(struct backoff *backoff);

// 32 random bits for the jitter; not for secrets.
uint32_t backoff_random(void);

#endif
