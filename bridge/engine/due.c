// Messages whose time has come.
#include "bridge/engine/due.h"

#include "bridge/engine/arrive.h"
#include "bridge/engine/dispatch.h"
#include "bridge/engine/fleet_pool.h"
#include "bridge/engine/inbox.h"
#include "bridge/engine/jobs.h"
#include "bridge/engine/life.h"
#include "bridge/engine/otp.h"
#include "bridge/engine/pairing.h"
#include "bridge/engine/pool.h"
#include "bridge/engine/recipients.h"
#include "bridge/engine/rehold.h"
#include "bridge/engine/reopen.h"
#include "bridge/engine/retention.h"
#include "bridge/engine/route.h"
#include "bridge/engine/schedule.h"
#include "bridge/engine/stats.h"
#include "bridge/engine/suppress.h"
#include "bridge/engine/token.h"
#include "bridge/engine/vitals.h"

#include <stdlib.h>
#include <string.h>

enum {
    DUE_WINDOW = 64,       // messages read at once
    DUE_WINDOWS_MAX = 8,   // windows a batch
    ASK_DOUBLINGS_MAX = 4, // 16 times the first wait
    RECEIPT_MS = 1000,     // receipts are gathered this long
    RECEIPTS_MAX = 256,    // in one batch
    UPKEEP_MS = 1000,
    SWEEP_WINDOW = 64,
    SWEEP_WINDOWS_MAX = 4,
    SWEEP_IDEMPOTENCY = 500,
};

static int64_t next_ask(const struct core *core, const struct message *message)
{
    int64_t doublings = message->asked < ASK_DOUBLINGS_MAX ? message->asked : ASK_DOUBLINGS_MAX;
    return core->now + (core->options.confirm_ms << doublings);
}

static void ask_query(struct core *core, const struct message *message, const struct fleet_device *device)
{
    struct publish *item = effects_publish(&core->effects, device, TOPIC_QUERY, 1);
    if (item == NULL || (item->query.ids = malloc(sizeof(*item->query.ids))) == NULL) {
        core->broken = true;
        return;
    }
    memcpy(item->query.ids[0], message->id, ID_SIZE);
    item->query.count = 1;
}

static void ask_cancel(struct core *core, const struct message *message, const struct fleet_device *device)
{
    struct publish *item = effects_publish(&core->effects, device, TOPIC_CANCEL, 1);
    if (item == NULL)
        return;
    memcpy(item->cancel.id, message->id, sizeof(item->cancel.id));
    item->cancel.lease = message->lease;
}

// The device holds the message, or may; ask it again in the way that fits the state.
static void ask_again(struct core *core, struct message *message, const struct fleet_device *device)
{
    if (message->cancelling)
        ask_cancel(core, message, device);
    if (state_rank(message->state) >= state_rank(STATE_ACCEPTED))
        ask_query(core, message, device);
    else if (!message->cancelling)
        dispatch_again(core, message, device);
    core->counters.redeliveries++;
    message->asked++;
    life_due(core, message, next_ask(core, message));
}

// Whether a message that its device does not answer for may go to another one once its lease is over: the
// first may not begin any more then, and sending it twice is within what the client chose. What a device has
// accepted may be in its radio, so that waits for its word, unless the device was removed and cannot say it.
static bool may_move_on(const struct core *core, const struct message *message, bool gone)
{
    return message->qos == 1 && message->want_device == 0 && !message->cancelling &&
           message->expires_at > core->now &&
           (gone || state_rank(message->state) < state_rank(STATE_ACCEPTED));
}

static void move_on(struct core *core, struct message *message, bool gone)
{
    if (gone)
        life_note(core, message, EVENT_ASKED, core->now, 0, "device_removed",
                  "the device was removed before it said whether it was sent; it may be sent twice");
    else
        life_note(core, message, EVENT_ASKED, core->now, 0, "lease_over",
                  "the device did not answer within its lease; another one may take the message");
    life_release(core, message);
    dispatch_offer(core, message);
}

static void give_up(struct core *core, struct message *message)
{
    (void)life_move(core, message, STATE_UNKNOWN, core->now, "no_answer",
                    "the device has not said whether it was sent");
}

// At QoS 0 nobody is asked. Its publish may still be under way, when the clock was stepped.
static void look_once(struct core *core, struct message *message)
{
    if (message->asked > 0) {
        give_up(core, message);
        return;
    }
    life_due(core, message, next_ask(core, message));
    message->asked++;
}

static void look_out(struct core *core, struct message *message)
{
    struct fleet_device *device = fleet_device(core->fleet, message->device);
    bool gone = device == NULL || device->row.removed_at != 0;
    bool movable = may_move_on(core, message, gone);
    int64_t next = next_ask(core, message);
    if (message->qos == 0)
        look_once(core, message);
    else if ((gone && !movable) || core->now > message->expires_at + core->options.answer_wait_ms)
        give_up(core, message);
    else if (!gone && device->ready && fleet_reaches(core->fleet, device))
        ask_again(core, message, device);
    else if (movable && message->lease_until < core->now)
        move_on(core, message, gone);
    else
        life_due(core, message, movable && message->lease_until < next ? message->lease_until + 1 : next);
}

// Sent, and the delivery report is missing: ask the device now and then, and say so in the end.
static void look_sent(struct core *core, struct message *message)
{
    struct fleet_device *device = fleet_device(core->fleet, message->device);
    if (core->now >= message->updated_at + core->options.delivery_wait_ms) {
        life_note(core, message, EVENT_ASKED, core->now, 0, "no_report", "no delivery report came");
        vitals_report(core, message->device, false);
        memcpy(message->reason, "no_report", sizeof("no_report"));
        memcpy(message->detail, "no delivery report came", sizeof("no delivery report came"));
        life_due(core, message, 0);
        return;
    }
    if (device != NULL && device->ready && fleet_reaches(core->fleet, device))
        ask_query(core, message, device);
    int64_t waited = core->now - message->updated_at;
    message->asked++;
    life_due(core, message,
             core->now + (waited > core->options.confirm_ms ? waited : core->options.confirm_ms));
}

static bool is_over(const struct core *core, const struct message *message)
{
    return message->expires_at != 0 && message->expires_at <= core->now;
}

void due_look(struct core *core, struct message *message)
{
    if (message->turn == TURN_OUT)
        look_out(core, message);
    else if (message->state == STATE_SENT)
        look_sent(core, message);
    else if (state_final(message->state) || message->state == STATE_DISPATCHED)
        life_due(core, message, 0);
    else if (is_over(core, message))
        (void)life_move(core, message, STATE_EXPIRED, core->now, "expired",
                        "its time ran out before it was sent");
    else if (message->turn == TURN_WAITS)
        life_due(core, message, 0);
    else
        dispatch_offer(core, message);
}

void due_messages(struct core *core)
{
    struct message window[DUE_WINDOW];
    size_t count = DUE_WINDOW;
    for (int i = 0; core->next_due <= core->now && i < DUE_WINDOWS_MAX; i++) {
        cache_flush(core->cache, core->store);
        count = store_messages_due(core->store, window, DUE_WINDOW, core->now);
        for (size_t k = 0; k < count; k++) {
            struct message *message = cache_merge_take(core->cache, core->store, &window[k]);
            if (message != NULL && message->due_at != 0 && message->due_at <= core->now)
                due_look(core, message);
        }
        if (count < DUE_WINDOW) {
            cache_flush(core->cache, core->store);
            core->next_due = store_next_due(core->store);
        }
    }
}

// The store knows it before the device forgets what the receipt names, and not for each of its uplinks: a
// bridge that starts between the two is sent them again.
static void send_receipt(struct core *core, struct fleet_device *device)
{
    if (device->row.up_to != device->receipted)
        (void)store_device_uplink(core->store, device->row.n, device->row.up_to, device->row.seen_at);
    device->receipted = device->row.up_to;
    if (!device->row.online || device->row.journal[0] == '\0')
        return;
    struct publish *item = effects_publish(&core->effects, device, TOPIC_RECEIPT, 0);
    if (item == NULL)
        return;
    memcpy(item->receipt.journal, device->row.journal, sizeof(item->receipt.journal));
    item->receipt.up_to = device->row.up_to;
}

static void send_receipts(struct core *core)
{
    struct fleet_device *device = NULL;
    for (int i = 0; i < RECEIPTS_MAX && (device = fleet_pop_owed(core->fleet)) != NULL; i++)
        send_receipt(core, device);
    core->next_receipts = device != NULL ? core->now : core->now + RECEIPT_MS;
}

// Whether it waits for who rests, which is said once for the route.
static bool is_told(const struct message *message, const char *code, const struct route_way *way)
{
    bool rests = way->block == FLEET_PACED || way->block == FLEET_COOLING;
    return message->state == STATE_HELD && rests && strcmp(message->reason, code) == 0;
}

// Lets a waiting message say what blocks it. One that waited for a blocked device only because of its pool's
// policy looks for another; one that named a device that is gone for good fails.
static void tell_waiting(struct core *core, struct message *message, const char *code, const char *detail,
                         const struct route_way *way)
{
    if (code != NULL && way->named != NULL && message->want_device == 0)
        dispatch_offer(core, message);
    else if (way->gone != NULL)
        (void)life_move(core, message, STATE_FAILED, core->now, way->gone, detail);
    else if (!is_told(message, code, way) && (strcmp(message->reason, code != NULL ? code : "") != 0 ||
                                              (code != NULL && strcmp(message->detail, detail) != 0)))
        life_wait(core, message, message->route, code, code != NULL ? detail : NULL);
}

// Makes what waits on a route say what blocks it (held), or that nothing does any more (queued): some windows
// a call, from where the last call stopped.
static void sweep_route(struct core *core, struct fleet_sweep *sweep, const struct route_way *way)
{
    struct message window[SWEEP_WINDOW];
    char detail[DETAIL_SIZE];
    const char *code = route_reason(way, detail);
    cache_flush(core->cache, core->store);
    for (int windows = 0; windows < SWEEP_WINDOWS_MAX && !sweep->done; windows++) {
        size_t count = store_messages_turn(core->store, window, SWEEP_WINDOW, TURN_WAITS, way->route,
                                           sweep->lane, sweep->n);
        for (size_t i = 0; i < count; i++) {
            sweep->lane = window[i].lane;
            sweep->n = window[i].n;
            struct message *message = cache_merge_take(core->cache, core->store, &window[i]);
            if (message != NULL && message->turn == TURN_WAITS && message->route == way->route)
                tell_waiting(core, message, code, detail, way);
        }
        sweep->done = count < SWEEP_WINDOW;
    }
}

// A blocked route is swept once its grace is over, an open one at once; each time that changes, from the
// start.
static bool sweep_is_due(const struct core *core, struct fleet_sweep *sweep, int64_t away_since,
                         int64_t waiting)
{
    bool blocked = away_since != 0;
    if (waiting == 0 || (blocked && core->now - away_since < core->options.offline_grace_ms))
        return false;
    if (sweep->blocked != blocked)
        *sweep = (struct fleet_sweep){.blocked = blocked};
    return !sweep->done;
}

static void sweep_group(struct core *core, struct fleet_group *group)
{
    const struct route_way way = {
        .route = group->route, .block = fleet_group_block(core->fleet, group), .group = group};
    sweep_route(core, &group->sweep, &way);
}

static void sweep_device(struct core *core, struct fleet_device *device)
{
    enum fleet_block block = fleet_device_block(core->fleet, device);
    const struct route_way way = {.route = device->row.n,
                                  .block = block,
                                  .named = device,
                                  .gone = block == FLEET_NO_DEVICE ? "device_removed" : NULL};
    sweep_route(core, &device->sweep, &way);
}

static void sweep_groups(struct core *core, struct fleet_account *account)
{
    struct fleet_group *all = &account->all;
    if (sweep_is_due(core, &all->sweep, all->away_since, all->waiting))
        sweep_group(core, all);
    for (struct fleet_pool *pool = account->pools; pool != NULL; pool = pool->next)
        if (sweep_is_due(core, &pool->group.sweep, pool->group.away_since, pool->group.waiting))
            sweep_group(core, &pool->group);
}

static void sweep_holds(struct core *core)
{
    struct fleet_account *account = fleet_first_account(core->fleet);
    for (; account != NULL; account = account->next) {
        sweep_groups(core, account);
        for (struct fleet_device *device = account->devices; device != NULL; device = device->next_in_account)
            if (sweep_is_due(core, &device->sweep, device->away_since, device->waiting))
                sweep_device(core, device);
    }
}

static void end_rests(struct core *core)
{
    struct fleet_account *account = fleet_first_account(core->fleet);
    for (; account != NULL; account = account->next)
        for (struct fleet_device *device = account->devices; device != NULL; device = device->next_in_account)
            if (device->cool_until != 0 && device->cool_until <= core->now) {
                device->cool_until = 0;
                fleet_refresh(core->fleet, device, core->now);
            }
}

void due_upkeep(struct core *core)
{
    if (core->now >= core->next_receipts)
        send_receipts(core);
    if (core->now < core->next_upkeep)
        return;
    core->next_upkeep = core->now + UPKEEP_MS;
    end_rests(core);
    core->rests_changed = true;
    arrive_heartbeats(core);
    jobs_upkeep(core);
    pool_upkeep(core);
    otp_upkeep(core);
    suppress_upkeep(core);
    schedule_upkeep(core);
    recipients_upkeep(core);
    reopen_upkeep(core);
    rehold_upkeep(core);
    pairing_upkeep(core);
    token_upkeep(core);
    stats_upkeep(core);
    retention_upkeep(core);
    vitals_upkeep(core);
    inbox_upkeep(core);
    sweep_holds(core);
    store_refusals_sweep(core->store, core->now - core->options.idempotency_keep_ms, SWEEP_IDEMPOTENCY);
    (void)store_idempotency_sweep(core->store, core->now - core->options.idempotency_keep_ms,
                                  SWEEP_IDEMPOTENCY);
}

int64_t due_wait_ms(const struct core *core, int64_t now)
{
    int64_t next = core->next_receipts < core->next_upkeep ? core->next_receipts : core->next_upkeep;
    if (core->next_due < next)
        next = core->next_due;
    if (core->next_pace < next)
        next = core->next_pace;
    if (core->next_backfill < next)
        next = core->next_backfill;
    if (core->next_hooks < next)
        next = core->next_hooks;
    if (core->pump_again)
        return 0;
    return next > now ? next - now : 0;
}
