// Whether an account's queue has room.
#include "bridge/engine/room.h"

#include "bridge/store/send.h"

enum { RETRY_MS = 60000, LOOK_MS = 5000, HOUR_MS = 3600000 };

static bool refuse(struct command *command, int64_t retry_after_ms)
{
    command->status = COMMAND_LIMITED;
    command->retry_after_ms = retry_after_ms;
    return false;
}

static bool check_count(const struct core *core, struct command *command, const struct fleet_account *account)
{
    int64_t max = core->options.backlog_max;
    if (max == 0 || account->waiting < max)
        return true;
    (void)field_fail(&command->error, "", "%lld messages wait already", (long long)account->waiting);
    return refuse(command, RETRY_MS);
}

// The store is asked now and then only.
static bool check_age(struct core *core, struct command *command, struct fleet_account *account)
{
    int64_t max = core->options.backlog_age_ms;
    if (max == 0 || account->waiting == 0)
        return true;
    if (core->mono >= account->look_at) {
        cache_flush(core->cache, core->store);
        account->oldest_at = store_oldest_waiting(core->store, account->row.n);
        account->look_at = core->mono + LOOK_MS;
    }
    if (account->oldest_at == 0 || core->now - account->oldest_at <= max)
        return true;
    (void)field_fail(&command->error, "", "a message has waited for %lld s already",
                     (long long)(core->now - account->oldest_at) / 1000);
    return refuse(command, RETRY_MS);
}

static bool check_failed(const struct core *core, struct command *command,
                         const struct fleet_account *account)
{
    int64_t max = core->options.failed_max;
    if (max == 0 || account->failed_hour != core->now / HOUR_MS || account->failed < max)
        return true;
    (void)field_fail(&command->error, "", "%lld messages have failed in this hour",
                     (long long)account->failed);
    return refuse(command, HOUR_MS - core->now % HOUR_MS);
}

bool room_check(struct core *core, struct command *command)
{
    struct fleet_account *account = fleet_account(core->fleet, command->account);
    return !command->send.mind_backlog || account == NULL ||
           (check_count(core, command, account) && check_age(core, command, account) &&
            check_failed(core, command, account));
}

void room_failed(struct core *core, int64_t account_n)
{
    struct fleet_account *account = fleet_account(core->fleet, account_n);
    int64_t hour = core->now / HOUR_MS;
    if (account == NULL)
        return;
    if (account->failed_hour != hour)
        account->failed = 0;
    account->failed_hour = hour;
    account->failed++;
}
