// What is held until a time, after a change.
#include "bridge/engine/rehold.h"

#include "bridge/engine/dispatch.h"
#include "bridge/engine/life.h"
#include "bridge/engine/quiet.h"
#include "bridge/engine/route.h"
#include "bridge/store/held.h"

#include <string.h>

enum { WINDOW = 64, WINDOWS_MAX = 16 };

static bool load_one(void *context, int64_t n)
{
    struct core *core = context;
    struct fleet_account *account = fleet_account(core->fleet, n);
    if (account != NULL)
        account->held_look = true;
    return true;
}

bool rehold_load(struct core *core)
{
    return store_held_looks_each(core->store, load_one, core);
}

void rehold_note(struct core *core, int64_t n)
{
    struct fleet_account *account = fleet_account(core->fleet, n);
    if (account == NULL)
        return;
    account->held_look = true;
    account->held_n = 0;
    (void)store_held_look_add(core->store, n);
}

// Whether it is quiet until the same time, in the same words.
static bool is_quiet_as_before(const struct core *core, const struct message *message)
{
    char detail[DETAIL_SIZE];
    int64_t until;
    if (!quiet_holds(core, message, &until, detail))
        return false;
    return strcmp(detail, message->detail) == 0;
}

static void look(struct core *core, struct message *message)
{
    if (route_of(core, message).gone != NULL)
        dispatch_release(core, message);
    else if (strcmp(message->reason, QUIET_HOURS) == 0 && !is_quiet_as_before(core, message))
        dispatch_offer(core, message);
}

// One window of an account.
static void look_on(struct core *core, struct fleet_account *account)
{
    struct message window[WINDOW];
    cache_flush(core->cache, core->store);
    size_t count = store_messages_held(core->store, window, WINDOW, account->row.n, account->held_n);
    for (size_t i = 0; i < count; i++) {
        account->held_n = window[i].n;
        struct message *message = cache_merge_take(core->cache, core->store, &window[i]);
        if (message != NULL && message->state == STATE_HELD && message->turn == TURN_NONE)
            look(core, message);
    }
    if (count < WINDOW) {
        account->held_look = false;
        account->held_n = 0;
        (void)store_held_look_remove(core->store, account->row.n);
    }
}

void rehold_upkeep(struct core *core)
{
    int windows = 0;
    struct fleet_account *account = fleet_first_account(core->fleet);
    for (; account != NULL; account = account->next)
        while (account->held_look && windows++ < WINDOWS_MAX)
            look_on(core, account);
}
