// Whom a request to send names as its sender.
#include "bridge/engine/sender.h"

#include "bridge/engine/fleet_pool.h"
#include "bridge/engine/route.h"

#include <string.h>

static bool find(struct core *core, struct command *command, struct route_want *want, const char *field,
                 const char *name)
{
    if (route_want_read(want, core, command->account, name))
        return true;
    return command_fail(command, COMMAND_INVALID, field,
                        "names no pool, device, SIM number or tag of this account: \"%s\"", name);
}

static bool can_send(struct core *core, int64_t account, const struct route_want *want)
{
    const struct message probe = {.account = account,
                                  .want_device = want->device != NULL ? want->device->row.n : 0,
                                  .want_sim = want->sim,
                                  .want_pool = want->pool != NULL ? want->pool->row.n : 0};
    return route_of(core, &probe).block == FLEET_FREE;
}

// Puts the fallback in the place of *want when that is better. What can send today says nothing of a
// scheduled message.
static bool fall_back(struct core *core, struct command *command, struct route_want *want)
{
    struct command_send *send = &command->send;
    struct route_want other;
    if (send->fallback_from[0] == '\0')
        return true;
    if (!find(core, command, &other, "fallback_from", send->fallback_from))
        return false;
    send->fell_back = send->send_at <= core->now && !can_send(core, command->account, want) &&
                      can_send(core, command->account, &other);
    if (send->fell_back)
        *want = other;
    return true;
}

static bool read_from(struct core *core, struct command *command)
{
    struct command_send *send = &command->send;
    struct route_want want;
    if (send->from[0] == '\0')
        return true;
    if (!find(core, command, &want, "from", send->from) || !fall_back(core, command, &want))
        return false;
    if (want.sim != 0 && send->sim != 0 && send->sim != want.sim) {
        return command_fail(command, COMMAND_INVALID, "sim",
                            "is another one than that of the number in from");
    }
    send->pool = want.pool != NULL ? want.pool->row.n : 0;
    if (want.pool != NULL)
        memcpy(send->pool_name, want.pool->row.name, sizeof(send->pool_name));
    send->sim = want.sim != 0 ? want.sim : send->sim;
    if (want.device != NULL)
        memcpy(send->device, want.device->row.id, sizeof(send->device));
    return true;
}

bool sender_read(struct core *core, struct command *command, int64_t *device)
{
    const struct command_send *send = &command->send;
    *device = 0;
    if (!read_from(core, command))
        return false;
    if (send->device[0] == '\0')
        return true;
    const struct fleet_device *named = fleet_device_by_id(core->fleet, send->device);
    if (named == NULL || named->row.account != command->account) {
        return command_fail(command, COMMAND_INVALID, "device", "there is no device \"%s\" in this account",
                            send->device);
    }
    *device = named->row.n;
    return true;
}
