// Leasing what waits to devices that have room.
#include "bridge/engine/dispatch.h"

#include "bridge/engine/fleet_pool.h"
#include "bridge/engine/life.h"
#include "bridge/engine/pace.h"
#include "bridge/engine/quiet.h"
#include "bridge/engine/recipients.h"
#include "bridge/engine/route.h"
#include "common/isotime.h"

#include <stdio.h>
#include <string.h>

enum {
    PUMP_WINDOW = 64,
    PUMP_MAX = 512, // messages for named devices that one batch looks at
    SIM_LOOK_AGAIN_MS = 60000,
    LOWER_LANE_TURN = 8,
    BULK_TURN = 16,
};

// Says in the timeline that another pool than the one that the request named does the work.
static void tell_stand_in(struct core *core, const struct message *message, const struct route_way *way)
{
    const struct fleet_pool *pool = fleet_pool(core->fleet, message->want_pool);
    const struct fleet_pool *other = way->group != NULL ? way->group->pool : NULL;
    char detail[DETAIL_SIZE];
    if (pool == NULL || other == NULL || other == pool)
        return;
    snprintf(detail, sizeof(detail), "pool %s has had no device that can send; pool %s takes the message",
             pool->row.name, other->row.name);
    life_note(core, message, EVENT_MOVED, core->now, 0, "fallback", detail);
}

struct fleet_device *dispatch_plan(struct core *core, struct message *message)
{
    struct route_way way = route_of(core, message);
    const char *code = route_reason(&way, message->detail);
    message->state = code != NULL ? STATE_HELD : STATE_QUEUED;
    snprintf(message->reason, sizeof(message->reason), "%s", code != NULL ? code : "");
    message->turn = TURN_WAITS;
    struct route_choice choice = route_take(core, message, &way);
    message->route = choice.waits_for != NULL ? choice.waits_for->row.n : way.route;
    return choice.takes;
}

void dispatch_planned(struct core *core, struct message *message, struct fleet_device *device)
{
    if (message->want_pool != 0 && message->route < 0 && message->route != ROUTE_POOL(message->want_pool)) {
        const struct route_way way = {.group = fleet_group(core->fleet, message->route)};
        tell_stand_in(core, message, &way);
    }
    if (device != NULL)
        dispatch_lease(core, message, device);
}

// Steps aside until people may be written to again.
static bool wait_for_quiet(struct core *core, struct message *message)
{
    char detail[DETAIL_SIZE];
    int64_t until;
    if (!quiet_holds(core, message, &until, detail))
        return false;
    life_hold_until(core, message, until, QUIET_HOURS, detail);
    return true;
}

// Steps aside until the device that it names, by the SIM that it names, may send to its recipient again.
static bool wait_for_limit(struct core *core, struct message *message)
{
    const struct fleet_device *device = fleet_device(core->fleet, message->want_device);
    int64_t until = 0, sim = message->want_sim;
    char text[DETAIL_SIZE];
    const char *why = device != NULL && sim != 0 ? pace_why(device, sim, &until) : "";
    if (why[0] == '\0' && device != NULL &&
        recipients_slot(core, device, message->peer, sim) == RECIPIENTS_NONE) {
        until = recipients_until(core, device, sim, text);
        why = text;
    }
    if (until == 0)
        return false;
    life_hold_until(core, message, until, LIFE_AT_LIMIT, why);
    return true;
}

// Steps aside until the first of those that could send takes somebody new. False when none is at that limit.
static bool wait_for_recipients(struct core *core, struct message *message, const struct fleet_group *group)
{
    char why[DETAIL_SIZE] = "", text[DETAIL_SIZE];
    int64_t soonest = INT64_MAX;
    const struct fleet_place *place = group->places;
    for (int i = 0; place != NULL && i < ROUTE_PLACES_MAX; i++, place = place->next_in_group) {
        int64_t sim = message->want_sim != 0 ? message->want_sim : place->sim;
        int64_t until = place->able && fleet_place_serves(place, message->want_sim)
                            ? recipients_until(core, place->device, sim, text)
                            : 0;
        if (until == 0 || until >= soonest)
            continue;
        soonest = until;
        memcpy(why, text, sizeof(why));
    }
    if (soonest != INT64_MAX)
        life_hold_until(core, message, soonest, LIFE_AT_LIMIT, why);
    return soonest != INT64_MAX;
}

void dispatch_release(struct core *core, struct message *message)
{
    if (wait_for_limit(core, message))
        return;
    struct route_way way = route_of(core, message);
    struct route_choice choice = route_take(core, message, &way);
    char detail[DETAIL_SIZE];
    const char *code = route_reason(&way, detail);
    if (way.gone != NULL) {
        (void)life_move(core, message, STATE_FAILED, core->now, way.gone, detail);
        return;
    }
    if (message->route != way.route)
        tell_stand_in(core, message, &way);
    if (choice.takes != NULL)
        dispatch_lease(core, message, choice.takes);
    else
        life_wait(core, message, choice.waits_for != NULL ? choice.waits_for->row.n : way.route, code,
                  code != NULL ? detail : NULL);
}

void dispatch_offer(struct core *core, struct message *message)
{
    if (!wait_for_quiet(core, message))
        dispatch_release(core, message);
}

// A time as the device's own clock will show it.
static int64_t in_clock_of(const struct fleet_device *device, int64_t at)
{
    return at + device->skew_ms > 0 ? at + device->skew_ms : 0;
}

void dispatch_again(struct core *core, const struct message *message, const struct fleet_device *device)
{
    struct publish *item = effects_publish(&core->effects, device, TOPIC_SEND, (int)message->qos);
    if (item == NULL || (item->send.text = strdup(message->text)) == NULL) {
        core->broken = true;
        return;
    }
    memcpy(item->send.id, message->id, sizeof(item->send.id));
    memcpy(item->send.to, message->peer, sizeof(item->send.to));
    item->send.account = message->account;
    item->send.lease = message->lease;
    item->send.sim = message->sim != 0 ? message->sim : message->want_sim;
    item->send.qos = message->qos;
    // The device compares these with its own clock.
    item->send.expires_at = in_clock_of(device, message->expires_at);
    item->send.lease_until = in_clock_of(device, message->lease_until);
    item->send.report = message->want_report;
    item->send.lane = message->lane;
}

// A phone that comes by HTTP keeps no journal of what its radio has, so nobody can promise more of it.
static void cap_qos(struct core *core, struct message *message)
{
    message->qos = 1;
    life_note(core, message, EVENT_ASKED, core->now, 0, "qos_capped",
              "the phone cannot rule out that it sends a text twice: QoS 1 at most");
}

void dispatch_lease(struct core *core, struct message *message, struct fleet_device *device)
{
    if (device->phone && message->qos > 1)
        cap_qos(core, message);
    if (message->sim == 0)
        message->sim = pace_slot(device, 0);
    life_lease(core, message, device);
    dispatch_again(core, message, device);
    pace_count(core, device, message);
}

// No device that is there has the slot, or may write to the recipient: step aside, so that the others can
// pass, and look again later.
static void wait_for_sim(struct core *core, struct message *message, const struct fleet_group *group)
{
    char detail[DETAIL_SIZE];
    if (wait_for_limit(core, message) || (group != NULL && wait_for_recipients(core, message, group)))
        return;
    if (message->want_sim != 0)
        snprintf(detail, sizeof(detail), "no device that could take it has SIM %d", (int)message->want_sim);
    else
        snprintf(detail, sizeof(detail), "no device may write to its recipient now");
    life_hold_until(core, message, core->now + SIM_LOOK_AGAIN_MS, "no_sim", detail);
}

// Gives the first message of a route to who takes it. False when nobody has room any more.
static bool pump_message(struct core *core, struct message *message, struct fleet_device *named,
                         struct fleet_group *group)
{
    if (named != NULL ? !fleet_has_room(core->fleet, named) : fleet_group_room(core->fleet, group, 1) == 0)
        return false;
    if (wait_for_quiet(core, message))
        return true;
    struct route_choice choice =
        named != NULL ? route_named(core, message, named) : route_pick(core, message, group);
    if (choice.takes != NULL)
        dispatch_lease(core, message, choice.takes);
    else if (choice.waits_for != NULL)
        life_reroute(core, message, choice.waits_for->row.n);
    else if (named != NULL && message->want_device == 0)
        dispatch_offer(core, message);
    else
        wait_for_sim(core, message, group);
    return true;
}

// Reads what goes next on a route, highest lane first. When that alone would fill all the room, every eighth
// time the last slot goes to a lower lane, so that bulk never starves however much goes before it. Each route
// counts for itself: routes that take turns must not take each other's.
static size_t read_window(struct core *core, struct message *window, size_t limit, int64_t route,
                          uint64_t *full_windows)
{
    size_t count = store_messages_turn(core->store, window, limit, TURN_WAITS, route, 0, 0);
    int64_t last = count > 0 ? window[count - 1].lane : LANE_BULK;
    struct message lower;
    if (count < limit || last == LANE_BULK || last == LANE_OTP || ++*full_windows % LOWER_LANE_TURN != 0)
        return count;
    if (*full_windows % BULK_TURN == 0)
        last = LANE_BULK - 1; // normal texts must not keep bulk from its turn either
    if (store_messages_turn(core->store, &lower, 1, TURN_WAITS, route, last, INT64_MAX) == 0)
        return count;
    message_clear(&window[count - 1]);
    window[count - 1] = lower;
    return count;
}

// Gives the first messages of a route to named, or to any device of the group, as far as there is room.
// Returns how many it has looked at.
static size_t pump_route(struct core *core, int64_t route, struct fleet_device *named,
                         struct fleet_group *group, size_t room)
{
    struct message window[PUMP_WINDOW];
    bool goes_on = true;
    cache_flush(core->cache, core->store);
    size_t count = read_window(core, window, room < PUMP_WINDOW ? room : PUMP_WINDOW, route,
                               named != NULL ? &named->full_windows : &group->full_windows);
    for (size_t i = 0; i < count; i++) {
        struct message *message = cache_merge_take(core->cache, core->store, &window[i]);
        if (goes_on && message != NULL && message->turn == TURN_WAITS && message->route == route)
            goes_on = pump_message(core, message, named, group);
    }
    return count;
}

// Messages that stepped aside for a device that is worth waiting for have left room behind: the group is
// looked at again in the next batch.
static void pump_groups(struct core *core)
{
    struct fleet_group *again = NULL, *group;
    while ((group = fleet_pop_group(core->fleet)) != NULL) {
        size_t room = fleet_group_room(core->fleet, group, PUMP_WINDOW);
        if (group->waiting == 0 || room == 0)
            continue;
        size_t seen = pump_route(core, group->route, NULL, group, room);
        if (seen > 0 && group->waiting > 0 && !group->pump_queued &&
            fleet_group_room(core->fleet, group, 1) > 0) {
            group->pump_queued = true; // so that nobody queues it meanwhile
            group->next_pump = again;
            again = group;
        }
    }
    core->pump_again = again != NULL;
    while (again != NULL) {
        group = again;
        again = group->next_pump;
        group->pump_queued = false;
        fleet_push_group(core->fleet, group);
    }
}

void dispatch_pump(struct core *core)
{
    struct fleet_device *device;
    size_t seen = 0;
    while (seen < PUMP_MAX && (device = fleet_pop_device(core->fleet)) != NULL) {
        size_t room = fleet_room(core->fleet, device);
        if (device->waiting > 0 && room > 0)
            seen += pump_route(core, device->row.n, device, NULL, room);
    }
    pump_groups(core);
    core->pump_again |= seen >= PUMP_MAX;
}
