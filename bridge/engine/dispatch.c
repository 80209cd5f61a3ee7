// Leasing what waits to devices that have room.
#include "bridge/engine/dispatch.h"

#include "bridge/engine/life.h"
#include "bridge/engine/route.h"
#include "common/isotime.h"

#include <stdio.h>
#include <string.h>

enum { PUMP_WINDOW = 64, SIM_LOOK_AGAIN_MS = 60000 };

const char *dispatch_reason(enum fleet_block block, const struct fleet_device *device, char *detail)
{
    static const struct {
        const char *code, *one, *any;
    } REASONS[] = {
        [FLEET_NO_DEVICE] = {"no_device", "device %s was removed", "the account has no device"},
        [FLEET_OFFLINE] = {"device_offline", "device %s is offline", "no device of the account is online"},
        [FLEET_NO_HELLO] = {"device_not_ready", "device %s is connected, but has not said that it is ready",
                            "the account's devices are connected, but have not said that they are ready"},
        [FLEET_PAUSED] = {"device_paused", "device %s is paused", "every device of the account is paused"},
        [FLEET_COOLING] = {"device_limit", "device %s rests, because its phone or network refused more",
                           "every device of the account rests, because its phone or network refused more"},
        [FLEET_NO_BROKER] = {"no_broker", "the gateway has no connection to its MQTT broker",
                             "the gateway has no connection to its MQTT broker"},
        [FLEET_FREE] = {NULL, "", ""},
    };
    if (device != NULL && strstr(REASONS[block].one, "%s") != NULL) {
        const char *tail = strstr(REASONS[block].one, "%s");
        snprintf(detail, DETAIL_SIZE, "%.*s%s%s", (int)(tail - REASONS[block].one), REASONS[block].one,
                 device->row.id, tail + 2);
    } else {
        snprintf(detail, DETAIL_SIZE, "%s", REASONS[block].any);
    }
    return REASONS[block].code;
}

struct fleet_device *dispatch_plan(struct core *core, struct message *message)
{
    struct route_way way = route_of(core, message);
    const char *code = dispatch_reason(way.block, way.named, message->detail);
    message->state = code != NULL ? STATE_HELD : STATE_QUEUED;
    snprintf(message->reason, sizeof(message->reason), "%s", code != NULL ? code : "");
    message->turn = TURN_WAITS;
    message->route = way.route;
    return route_take(core, message, &way);
}

void dispatch_offer(struct core *core, struct message *message)
{
    struct route_way way = route_of(core, message);
    struct fleet_device *device = route_take(core, message, &way);
    char detail[DETAIL_SIZE];
    const char *code = dispatch_reason(way.block, way.named, detail);
    if (way.gone)
        (void)life_move(core, message, STATE_FAILED, core->now, "device_removed", detail);
    else if (device != NULL)
        dispatch_lease(core, message, device);
    else
        life_wait(core, message, way.route, code, code != NULL ? detail : NULL);
}

void dispatch_again(struct core *core, const struct message *message, const struct fleet_device *device)
{
    struct publish *item = effects_publish(&core->effects, device->row.id, TOPIC_SEND, (int)message->qos);
    char *text = item != NULL ? strdup(message->text) : NULL;
    if (text == NULL)
        return;
    item->send.text = text;
    memcpy(item->send.id, message->id, sizeof(item->send.id));
    memcpy(item->send.to, message->peer, sizeof(item->send.to));
    item->send.account = message->account;
    item->send.lease = message->lease;
    item->send.sim = message->sim != 0 ? message->sim : message->want_sim;
    item->send.qos = message->qos;
    item->send.expires_at = message->expires_at;
    item->send.lease_until = message->lease_until;
    item->send.report = message->want_report;
}

void dispatch_lease(struct core *core, struct message *message, struct fleet_device *device)
{
    life_lease(core, message, device);
    dispatch_again(core, message, device);
}

// No device that is there has the slot: step aside, so that the others can pass, and look again later.
static void wait_for_sim(struct core *core, struct message *message)
{
    char detail[DETAIL_SIZE];
    snprintf(detail, sizeof(detail), "no device that could take it has SIM %d", (int)message->want_sim);
    life_hold_until(core, message, core->now + SIM_LOOK_AGAIN_MS, "no_sim", detail);
}

// Gives the first messages of a route to named, or to any device of the group, as far as there is room.
static void pump_route(struct core *core, int64_t route, struct fleet_device *named,
                       struct fleet_group *group, size_t room)
{
    struct message window[PUMP_WINDOW];
    cache_flush(core->cache, core->store);
    size_t count = store_messages_turn(core->store, window, room < PUMP_WINDOW ? room : PUMP_WINDOW,
                                       TURN_WAITS, route, 0, 0);
    for (size_t i = 0; i < count; i++) {
        struct message *message = cache_merge_take(core->cache, &window[i]);
        if (message == NULL || message->turn != TURN_WAITS || message->route != route)
            continue;
        struct fleet_device *device =
            named != NULL ? route_named(core, message, named) : route_pick(core, message, group);
        if (device == NULL)
            wait_for_sim(core, message);
        else
            dispatch_lease(core, message, device);
    }
}

void dispatch_pump(struct core *core)
{
    struct fleet_device *device;
    struct fleet_group *group;
    while ((device = fleet_pop_device(core->fleet)) != NULL) {
        size_t room = fleet_room(core->fleet, device);
        if (device->waiting > 0 && room > 0)
            pump_route(core, device->row.n, device, NULL, room);
    }
    while ((group = fleet_pop_group(core->fleet)) != NULL) {
        size_t room = fleet_group_room(core->fleet, group, PUMP_WINDOW);
        if (group->waiting > 0 && room > 0)
            pump_route(core, group->route, NULL, group, room);
    }
}
