// Token buckets and log rations.
#include "plugin/limits.h"

const char *refusal_name(enum refusal refusal)
{
    static const char *const names[] = {
        [REFUSED_LOGIN] = "login", [REFUSED_WRITE] = "write", [REFUSED_SUBSCRIBE] = "subscribe",
        [REFUSED_SIZE] = "size",   [REFUSED_RATE] = "rate",   [REFUSED_RETAIN] = "retain",
    };
    return names[refusal];
}

bool bucket_take(struct bucket *bucket, int64_t rate, int64_t burst, int64_t now_ms)
{
    if (rate == 0)
        return true;
    // A token a second is a thousandth a millisecond, so rate is also thousandths a millisecond. The time is
    // compared first: it cannot overflow.
    int64_t passed_ms = now_ms - bucket->at_ms;
    if (passed_ms > bucket->spent_milli / rate)
        bucket->spent_milli = 0;
    else if (passed_ms > 0)
        bucket->spent_milli -= passed_ms * rate;
    bucket->at_ms = now_ms;
    if (bucket->spent_milli + 1000 > burst * 1000)
        return false;
    bucket->spent_milli += 1000;
    return true;
}

static void roll(struct ration *ration, int64_t now_ms)
{
    if (now_ms - ration->start_ms < RATION_WINDOW_MS)
        return;
    ration->start_ms = now_ms;
    ration->lines = 0;
}

bool ration_take(struct ration *ration, uint64_t *withheld, int64_t now_ms)
{
    roll(ration, now_ms);
    if (ration->lines == RATION_LINES) {
        ration->withheld++;
        return false;
    }
    ration->lines++;
    *withheld = ration->withheld;
    ration->withheld = 0;
    return true;
}

uint64_t ration_settle(struct ration *ration, int64_t now_ms)
{
    roll(ration, now_ms);
    if (ration->lines == RATION_LINES)
        return 0;
    uint64_t withheld = ration->withheld;
    ration->withheld = 0;
    return withheld;
}
