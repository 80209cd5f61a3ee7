// Pairing codes.
#include "bridge/engine/pairing.h"

#include "bridge/engine/admin.h"

#include <stdio.h>
#include <string.h>

enum { KEEP_MS = 86400000, SWEEP_ROWS = 100 };

// Whom the code is for: a device that is there, or the id of a new one. False with the error set.
static bool find_target(struct core *core, struct command *command, struct pairing *row)
{
    const struct command_pairing *wish = &command->pairing;
    const struct fleet_device *device = fleet_device_by_id(core->fleet, wish->device);
    if (wish->device[0] != '\0') {
        if (device == NULL || device->row.account != command->account) {
            command_fail(command, COMMAND_NOT_FOUND, "device", "there is no such device");
            return false;
        }
        row->device = device->row.n;
        return true;
    }
    memcpy(row->want_id, wish->want_id, sizeof(row->want_id));
    return wish->want_id[0] == '\0' || admin_device_id_free(core, command, wish->want_id);
}

void pairing_add(struct core *core, struct command *command)
{
    struct command_pairing *wish = &command->pairing;
    int64_t max = core->options.pairings_max;
    struct pairing row = {.n = core->last_pairing + 1,
                          .account = command->account,
                          .created_at = core->now,
                          .expires_at =
                              core->now + (wish->ttl_ms != 0 ? wish->ttl_ms : core->options.pairing_ttl_ms)};
    memcpy(row.name, wish->name, sizeof(row.name));
    if (!find_target(core, command, &row))
        return;
    if (store_pairing_count(core->store, command->account, core->now, max) >= max) {
        command->status = COMMAND_LIMITED;
        command->retry_after_ms = core->options.pairing_ttl_ms;
        field_fail(&command->error, "", "%lld codes are open already: use or cancel some", (long long)max);
        return;
    }
    if (!code_new(wish->code)) {
        command->status = COMMAND_UNAVAILABLE;
        return;
    }
    secret_hash(row.code_hash, wish->code, strlen(wish->code));
    id_new(row.id, "PA", core->now);
    core->last_pairing++;
    (void)store_pairing_add(core->store, &row);
    wish->row = row;
}

void pairing_remove(struct core *core, struct command *command)
{
    struct pairing row;
    if (!store_pairing_load(core->store, &row, command->account, command->pairing.id))
        command_fail(command, COMMAND_NOT_FOUND, "id", "there is no such pairing");
    else if (row.used_at != 0)
        command_fail(command, COMMAND_CONFLICT, "",
                     "the code was used already: remove the device, or rotate its key");
    else
        (void)store_pairing_delete(core->store, row.n);
}

// What makes the device, or gives it a new key. Owned; NULL when memory runs out.
static struct command *make_inner(struct core *core, const struct pairing *row,
                                  const struct command_pairing *wish)
{
    const struct fleet_device *device = fleet_device(core->fleet, row->device);
    struct command *inner =
        command_new(row->device != 0 ? COMMAND_DEVICE_ROTATE : COMMAND_DEVICE_ADD, ORIGIN_NONE, row->account);
    if (inner == NULL)
        return NULL;
    struct command_device *request = &inner->device;
    if (device != NULL)
        memcpy(request->id, device->row.id, sizeof(request->id));
    else
        memcpy(request->id, row->want_id, sizeof(request->id));
    const char *name = row->name[0] != '\0' ? row->name : wish->name[0] != '\0' ? wish->name : wish->model;
    snprintf(request->name, sizeof(request->name), "%s", name[0] != '\0' ? name : "Device");
    return inner;
}

static void use(struct core *core, struct command *command, struct pairing *row)
{
    struct command_pairing *wish = &command->pairing;
    struct command *inner = make_inner(core, row, wish);
    if (inner == NULL) {
        command->status = COMMAND_UNAVAILABLE;
        return;
    }
    if (row->device != 0)
        admin_device_rotate(core, inner);
    else
        admin_device_add(core, inner);
    command->status = inner->status;
    command->error = inner->error;
    if (inner->status == COMMAND_OK && !core->broken) {
        wish->given = inner->device.device;
        inner->device.device = (struct device){0};
        memcpy(wish->key, inner->device.key, sizeof(wish->key));
        row->device = wish->given.n;
        row->used_at = core->now;
        (void)store_pairing_used(core->store, row);
        wish->row = *row;
    }
    command_free(inner);
}

void pairing_use(struct core *core, struct command *command)
{
    struct pairing row;
    if (!store_pairing_by_code(core->store, &row, command->pairing.code_hash) || row.used_at != 0 ||
        row.expires_at <= core->now)
        command_fail(command, COMMAND_NOT_FOUND, "code",
                     "the code is not known: it was used, or its time is over");
    else
        use(core, command, &row);
}

void pairing_upkeep(struct core *core)
{
    store_pairing_sweep(core->store, core->now - KEEP_MS, SWEEP_ROWS);
}
