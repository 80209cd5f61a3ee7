// Services for one-time codes.
#include "bridge/engine/services.h"

#include <string.h>

void services_add(struct core *core, struct command *command)
{
    const struct command_service *wish = &command->service;
    if (store_service_count(core->store, command->account) >= SERVICES_MAX) {
        command_fail(command, COMMAND_CONFLICT, "", "the account has 100 services already");
        return;
    }
    struct otp_service row = {.n = store_service_last(core->store) + 1,
                              .account = command->account,
                              .digits = wish->digits,
                              .created_at = core->now,
                              .updated_at = core->now};
    id_new(row.id, ID_SERVICE, core->now);
    memcpy(row.name, wish->name, sizeof(row.name));
    (void)store_service_add(core->store, &row);
    command->service.row = row;
}

static bool find(struct core *core, struct command *command, struct otp_service *row)
{
    if (store_service_load(core->store, row, command->account, command->service.id))
        return true;
    command_fail(command, COMMAND_NOT_FOUND, "id", "there is no such service");
    return false;
}

void services_update(struct core *core, struct command *command)
{
    const struct command_service *wish = &command->service;
    struct otp_service row;
    if (!find(core, command, &row))
        return;
    if (wish->name[0] != '\0')
        memcpy(row.name, wish->name, sizeof(row.name));
    if (wish->digits != 0)
        row.digits = wish->digits;
    row.updated_at = core->now;
    (void)store_service_update(core->store, &row);
    command->service.row = row;
}

void services_remove(struct core *core, struct command *command)
{
    struct otp_service row;
    if (!find(core, command, &row))
        return;
    row.updated_at = row.removed_at = core->now;
    (void)store_service_update(core->store, &row);
}
