// Which uplinks are to be published now.
#include "device/uplink.h"

#include "device/backoff.h"

void uplink_init(struct uplink *uplink, int64_t oldest, int64_t next)
{
    *uplink = (struct uplink){.acked = oldest - 1, .sent = oldest - 1, .next = next};
    uplink->wait_ms = UPLINK_REPEAT_MS;
}

void uplink_online(struct uplink *uplink, int64_t now_ms)
{
    uplink->online = true;
    uplink->sent = uplink->acked;
    uplink->since_ms = now_ms;
    uplink->hold_ms = now_ms;
    uplink->wait_ms = UPLINK_REPEAT_MS;
}

void uplink_offline(struct uplink *uplink)
{
    uplink->online = false;
}

int64_t uplink_add(struct uplink *uplink)
{
    return uplink->next++;
}

bool uplink_due(const struct uplink *uplink, int64_t *from, int64_t *to, int64_t now_ms)
{
    int64_t last = uplink->next - 1;
    if (last > uplink->acked + UPLINK_WINDOW)
        last = uplink->acked + UPLINK_WINDOW;
    if (!uplink->online || now_ms < uplink->hold_ms || last <= uplink->sent)
        return false;
    *from = uplink->sent + 1;
    *to = last;
    return true;
}

void uplink_sent(struct uplink *uplink, int64_t up_to, int64_t now_ms)
{
    if (uplink->sent == uplink->acked)
        uplink->since_ms = now_ms;
    uplink->sent = up_to;
}

bool uplink_receipt(struct uplink *uplink, int64_t up_to, int64_t now_ms)
{
    if (up_to > uplink->next - 1)
        up_to = uplink->next - 1;
    if (up_to > uplink->acked) {
        uplink->acked = up_to;
        if (uplink->sent < up_to)
            uplink->sent = up_to;
        uplink->since_ms = now_ms;
        uplink->wait_ms = UPLINK_REPEAT_MS;
        return true;
    }
    if (up_to < uplink->sent && now_ms - uplink->since_ms > UPLINK_ASKED_MS)
        uplink->sent = uplink->acked;
    return false;
}

static int64_t uplink_back_off(struct uplink *uplink, uint32_t random)
{
    struct backoff backoff = {
        .first_ms = UPLINK_REPEAT_MS, .max_ms = UPLINK_REPEAT_MAX_MS, .next_ms = uplink->wait_ms};
    int64_t wait_ms = backoff_next(&backoff, random);
    uplink->wait_ms = (int32_t)backoff.next_ms;
    return wait_ms;
}

void uplink_refused(struct uplink *uplink, int64_t now_ms, uint32_t random)
{
    if (now_ms < uplink->hold_ms)
        return;
    uplink->sent = uplink->acked;
    uplink->hold_ms = now_ms + uplink_back_off(uplink, random);
}

void uplink_tick(struct uplink *uplink, int64_t now_ms, uint32_t random)
{
    if (!uplink->online || uplink->sent == uplink->acked || now_ms < uplink->since_ms + uplink->wait_ms)
        return;
    uplink->sent = uplink->acked;
    uplink->hold_ms = now_ms;
    uplink_back_off(uplink, random);
    uplink->wait_ms -= (int32_t)(random % (uint32_t)(uplink->wait_ms / 4));
}

int64_t uplink_deadline(const struct uplink *uplink)
{
    if (!uplink->online || uplink->next - 1 == uplink->acked)
        return INT64_MAX;
    if (uplink->sent == uplink->acked)
        return uplink->hold_ms;
    return uplink->since_ms + uplink->wait_ms;
}
