// What devices say about messages, applied forward only.
#include "bridge/engine/report.h"

#include "bridge/engine/arrive.h"
#include "bridge/engine/dispatch.h"
#include "bridge/engine/life.h"
#include "bridge/engine/retention.h"
#include "bridge/engine/suppress.h"
#include "bridge/store/store_pools.h"
#include "common/segments.h"

#include <stdio.h>
#include <string.h>

enum { CLOCK_LEEWAY_MS = 1000, TOO_SOON_LEASES = 3 };

// A device's word on when something happened, kept within what can be: after the message was made, not in the
// future.
static int64_t plausible(const struct core *core, const struct message *message, int64_t at)
{
    return at < message->created_at || at > core->now ? core->now : at;
}

static uint64_t all_parts(int64_t parts)
{
    return parts >= 64 ? UINT64_MAX : ((uint64_t)1 << parts) - 1;
}

// Marks the reported part in *mask; true when no part is missing any more.
static bool mark_part(int64_t *mask, const struct wire_report *report)
{
    if (report->part == 0 || report->parts <= 1)
        *mask = (int64_t)all_parts(report->parts > 0 ? report->parts : 1);
    else
        *mask |= (int64_t)((uint64_t)1 << (report->part - 1));
    return report->part == 0 || (uint64_t)*mask == all_parts(report->parts > 0 ? report->parts : 1);
}

// sent or delivered, part by part; the message moves when the last part is there.
static bool part_done(struct core *core, struct message *message, const struct wire_report *report,
                      int64_t at)
{
    bool delivered = report->state == STATE_DELIVERED;
    int64_t *mask = delivered ? &message->parts_delivered : &message->parts_sent;
    int64_t before = *mask;
    if (!state_may_move(message->state, report->state))
        return false;
    if (mark_part(mask, report)) {
        (void)life_move(core, message, report->state, at, report->error_code, report->error_text);
        if (!delivered)
            life_due(core, message, message->want_report ? core->now + core->options.confirm_ms * 4 : 0);
        return true;
    }
    if (*mask != before) {
        life_note(core, message, EVENT_PART, at, report->part, state_name(report->state), NULL);
        cache_touch(core->cache, message);
    }
    return true;
}

static int64_t retry_delay(const struct core *core, int64_t attempts)
{
    return core->options.retry_delay_ms << (attempts < 16 ? attempts - 1 : 15);
}

// Not sent, and may work later: again under a new lease, as often as the options allow.
static void retry(struct core *core, struct message *message, const struct wire_report *report)
{
    char detail[DETAIL_SIZE];
    int64_t delay = retry_delay(core, ++message->attempts);
    snprintf(detail, sizeof(detail), "try %d failed for now (%s); tried again in %d s",
             (int)message->attempts, report->error_code != NULL ? report->error_code : "no code",
             (int)(delay / 1000));
    core->counters.retries++;
    life_release(core, message);
    life_hold_until(core, message, core->now + delay, "retry", detail);
}

// The phone or its network refuses more for now: the message waits its turn again, the device rests.
static void cool_down(struct core *core, struct message *message, struct fleet_device *device)
{
    device->cool_until = core->now + core->options.cool_down_ms;
    core->rests_changed = true;
    fleet_refresh(core->fleet, device, core->now);
    life_release(core, message);
    dispatch_offer(core, message);
}

static bool failed(struct core *core, struct message *message, const struct wire_report *report,
                   struct fleet_device *device, int64_t at)
{
    if (!state_may_move(message->state, STATE_SENT)) {
        return false; // it was sent, or is final: a late failure does not lower that
    }
    bool partly = message->parts_sent != 0 && message->qos == 2;
    if (report->error_kind == WIRE_ERROR_LIMIT && !partly)
        cool_down(core, message, device);
    else if (report->error_kind == WIRE_ERROR_TEMPORARY && !partly &&
             message->attempts < core->options.retries)
        retry(core, message, report);
    else {
        const char *code = report->error_code != NULL ? report->error_code : "failed";
        char number[PEER_SIZE]; // the message may not keep it
        memcpy(number, message->peer, sizeof(number));
        (void)life_move(core, message, STATE_FAILED, at, code, report->error_text);
        suppress_failure(core, message->account, number, report->error_code);
    }
    return true;
}

// expired, from the device: its lease ran out before the radio had the message, or the message's own time.
static bool expired(struct core *core, struct message *message, const struct wire_report *report, int64_t at)
{
    bool lease = report->error_code != NULL && strcmp(report->error_code, "lease") == 0;
    if (!state_may_move(message->state, STATE_SENT))
        return false;
    bool too_soon = (lease ? message->lease_until : message->expires_at) > core->now + CLOCK_LEEWAY_MS;
    if (message->expires_at > core->now && (lease || too_soon)) {
        life_release(core, message);
        // Its clock is off by more than we knew. Others may do better, and its next status tells.
        if (too_soon && message->lease >= TOO_SOON_LEASES)
            life_hold_until(core, message, core->now + core->options.retry_delay_ms, "retry",
                            "the device's clock differs from the bridge's");
        else
            dispatch_offer(core, message);
        return true;
    }
    return life_move(core, message, STATE_EXPIRED, at, "expired", "its time ran out before it was sent");
}

// The device answers that its journal has no such message.
static bool not_there(struct core *core, struct message *message, const struct fleet_device *device)
{
    if (message->turn != TURN_OUT)
        return false;
    if (message->state == STATE_ACCEPTED && message->qos == 2)
        return life_move(core, message, STATE_UNKNOWN, core->now, "journal_lost",
                         "the device accepted it, then lost its journal: it may have been sent");
    if (message->state == STATE_ACCEPTED)
        life_note(core, message, EVENT_ASKED, core->now, 0, "journal_lost",
                  "the device lost its journal; it is given the message again and may send it twice");
    core->counters.redeliveries++;
    dispatch_again(core, message, device);
    life_due(core, message, core->now + core->options.confirm_ms);
    return true;
}

static bool accepted(struct core *core, struct message *message, int64_t at)
{
    if (!life_move(core, message, STATE_ACCEPTED, at, NULL, NULL))
        return false;
    life_due(core, message, core->now + core->options.confirm_ms * 2);
    return true;
}

static bool apply_one(struct core *core, struct message *message, const struct wire_report *report,
                      struct fleet_device *device)
{
    int64_t at = plausible(core, message, report->at);
    if (report->none)
        return not_there(core, message, device);
    switch (report->state) {
    case STATE_ACCEPTED:
        return accepted(core, message, at);
    case STATE_SENT:
    case STATE_DELIVERED:
        return part_done(core, message, report, at);
    case STATE_FAILED:
        return failed(core, message, report, device, at);
    case STATE_EXPIRED:
        return expired(core, message, report, at);
    case STATE_CANCELLED:
        return life_move(core, message, STATE_CANCELLED, at, "requested", "withdrawn by request");
    case STATE_UNDELIVERED:
    case STATE_UNKNOWN:
        return life_move(core, message, report->state, at, report->error_code, report->error_text);
    default:
        return false;
    }
}

// A repeat of what is known, or a query's answer, is no fault.
static bool is_repeat(const struct message *message, const struct wire_report *report)
{
    return report->seq == 0 || state_rank(report->state) <= state_rank(message->state);
}

// A device that lost its lease on a message says that it was on the air there too: the timeline tells, once.
// What the holder says goes on to count.
static void tell_fenced(struct core *core, const struct message *message, const struct fleet_device *device,
                        const struct wire_report *report)
{
    char detail[DETAIL_SIZE];
    bool sent = report->state == STATE_SENT || report->state == STATE_DELIVERED;
    if (!sent || message->device == device->row.n || report->lease < 1 || report->lease >= message->lease ||
        store_event_known(core->store, message->n, EVENT_FENCED, 0))
        return;
    snprintf(detail, sizeof(detail), "%s says that it sent it too, under its lease %d", device->row.id,
             (int)report->lease);
    life_note(core, message, EVENT_FENCED, core->now, 0, "sent_twice", detail);
}

static void one_report(struct core *core, struct fleet_device *device, const struct wire_report *report)
{
    struct message *message = cache_get(core->cache, core->store, device->row.account, report->id);
    bool holds = message != NULL && message->direction == DIRECTION_OUTBOUND &&
                 message->device == device->row.n && message->lease == report->lease;
    if (message != NULL && message->direction == DIRECTION_OUTBOUND && !holds)
        tell_fenced(core, message, device, report);
    if (!holds || (!apply_one(core, message, report, device) && !is_repeat(message, report)))
        core->counters.bad_reports++;
}

// Uplinks of another journal than the one that the hello named count, but earn no receipt until the next
// hello.
static bool same_journal(const struct fleet_device *device, const char *journal)
{
    return strcmp(device->row.journal, journal) == 0;
}

// Receipts are gathered, but one that many uplinks wait for leaves with this batch: devices have few of them
// on the way without one.
static void heard(struct core *core, struct fleet_device *device)
{
    enum { UPLINKS = 50 };
    arrive_word(core, device);
    if (device->row.up_to - device->receipted >= UPLINKS)
        core->next_receipts = core->now;
}

void report_apply(struct core *core, struct command *command)
{
    const struct wire_reports *reports = &command->reports.reports;
    struct fleet_device *device = fleet_device_by_id(core->fleet, command->reports.device);
    if (device == NULL) {
        core->counters.bad_reports++;
        return;
    }
    bool known_journal = same_journal(device, reports->journal);
    for (size_t i = 0; i < reports->count; i++) {
        const struct wire_report *report = &reports->items[i];
        bool repeat = known_journal && report->seq != 0 && fleet_uplink_known(device, report->seq);
        if (!repeat)
            one_report(core, device, report);
        if (known_journal && report->seq != 0)
            fleet_uplink(core->fleet, device, report->seq);
    }
    heard(core, device);
}

static void one_inbound(struct core *core, const struct fleet_device *device,
                        const struct wire_inbound *inbound)
{
    if (store_inbound_known(core->store, device->row.n, inbound->uid) ||
        retention_forgot(core, device->row.account, inbound->received_at))
        return;
    struct segments segments = {.encoding = SEGMENTS_UCS2, .parts = 1};
    (void)segments_count(&segments, inbound->text, strlen(inbound->text));
    struct message message = {
        .n = core->last_message + 1,
        .account = device->row.account,
        .direction = DIRECTION_INBOUND,
        .text = strdup(inbound->text),
        .encoding = segments.encoding,
        .parts = segments.parts,
        .state = STATE_RECEIVED,
        .lane = LANE_NORMAL,
        .device = device->row.n,
        .sim = inbound->sim,
        .created_at = inbound->received_at < core->now ? inbound->received_at : core->now,
        .updated_at = core->now,
    };
    id_new(message.id, ID_MESSAGE, core->now);
    snprintf(message.peer, sizeof(message.peer), "%s", inbound->from);
    snprintf(message.uid, sizeof(message.uid), "%s", inbound->uid);
    const struct message *added = message.text != NULL ? life_add_take(core, &message) : NULL;
    if (added == NULL) {
        message_clear(&message);
        core->broken = true;
        return;
    }
    core->last_message++;
    cache_flush(core->cache, core->store); // so that the same uid later in this batch is known
    suppress_inbound(core, added, device->row.id);
}

void report_inbound(struct core *core, struct command *command)
{
    const struct wire_inbounds *inbounds = &command->inbound.inbounds;
    struct fleet_device *device = fleet_device_by_id(core->fleet, command->inbound.device);
    if (device == NULL) {
        core->counters.bad_reports++;
        return;
    }
    bool known_journal = same_journal(device, inbounds->journal);
    for (size_t i = 0; i < inbounds->count; i++) {
        one_inbound(core, device, &inbounds->items[i]);
        if (known_journal && inbounds->items[i].seq != 0)
            fleet_uplink(core->fleet, device, inbounds->items[i].seq);
    }
    heard(core, device);
}

// Nobody subscribed: the device has gone, or lost its session. Only a first publish is taken back: a repeated
// one may have been received before.
static void nobody_there(struct core *core, struct message *message, struct fleet_device *device)
{
    device->ready = false;
    fleet_refresh(core->fleet, device, core->now);
    if (message->state == STATE_DISPATCHED || message->asked > 0)
        return;
    life_release(core, message);
    dispatch_offer(core, message);
}

void report_published(struct core *core, struct command *command)
{
    for (size_t i = 0; i < command->published.count; i++) {
        const struct published *item = &command->published.items[i];
        struct message *message = cache_get(core->cache, core->store, item->account, item->id);
        struct fleet_device *device = message != NULL ? fleet_device(core->fleet, message->device) : NULL;
        if (device == NULL || message->lease != item->lease || message->turn != TURN_OUT)
            continue;
        if (item->nobody) {
            nobody_there(core, message, device);
        } else if (message->state == STATE_QUEUED) {
            (void)life_move(core, message, STATE_DISPATCHED, core->now, NULL, NULL);
            if (message->qos == 0) {
                fleet_tally(core->fleet, message, -1);
                message->turn = TURN_NONE;
                life_due(core, message, 0);
            }
        }
    }
}
