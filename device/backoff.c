// Waits that double with every failure, with jitter.
#include "device/backoff.h"

#include <stdlib.h>
#include <sys/random.h>

int64_t backoff_next(struct backoff *backoff, uint32_t random)
{
    int64_t step = backoff->next_ms > 0 ? backoff->next_ms : backoff->first_ms;
    backoff->next_ms = step * 2 < backoff->max_ms ? step * 2 : backoff->max_ms;
    int64_t half = step / 2;
    return step - half + (int64_t)(random % (uint64_t)(half + 1));
}

void backoff_reset(struct backoff *backoff)
{
    backoff->next_ms = 0;
}

uint32_t backoff_random(void)
{
    uint32_t value = 0;
    if (getrandom(&value, sizeof value, GRND_NONBLOCK) != (ssize_t)sizeof value)
        value = (uint32_t)random();
    return value;
}
