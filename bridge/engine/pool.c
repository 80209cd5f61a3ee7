// Pools and tags.
#include "bridge/engine/pool.h"

#include "bridge/engine/dispatch.h"
#include "bridge/engine/fleet_pool.h"
#include "bridge/engine/rehold.h"
#include "bridge/engine/route.h"
#include "bridge/store/store_pools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FALLBACK_AFTER_MS = 60000,
    MOVE_WINDOW = 64,
    MOVE_WINDOWS_MAX = 16,
};

static bool is_tag_pool(const struct fleet_pool *pool)
{
    return strncmp(pool->row.name, ROUTE_TAG, strlen(ROUTE_TAG)) == 0;
}

// The pool that the command names, or NULL with the error set.
static struct fleet_pool *find(const struct core *core, struct command *command)
{
    struct fleet_pool *pool =
        fleet_pool_named(fleet_account(core->fleet, command->account), command->pool.pool);
    if (pool == NULL)
        command_fail(command, COMMAND_NOT_FOUND, "pool", "there is no such pool");
    return pool;
}

static size_t count_pools(const struct fleet_account *account)
{
    size_t count = 0;
    for (const struct fleet_pool *pool = account->pools; pool != NULL; pool = pool->next)
        count++;
    return count;
}

// Names of pools and ids of devices stand in the same place of a request.
static bool name_is_free(const struct core *core, struct command *command, const char *name)
{
    const struct fleet_device *device = fleet_device_by_id(core->fleet, name);
    if (fleet_pool_named(fleet_account(core->fleet, command->account), name) != NULL)
        command_fail(command, COMMAND_CONFLICT, "name", "is taken by another pool");
    else if (device != NULL && device->row.account == command->account)
        command_fail(command, COMMAND_CONFLICT, "name", "is the id of a device");
    else
        return true;
    return false;
}

// Whether the chain of fallbacks from `from` comes to `to`, or is longer than allowed.
static bool leads_to(const struct core *core, const struct fleet_pool *from, int64_t to)
{
    int depth = 0;
    for (; from != NULL && depth < ROUTE_DEPTH_MAX; depth++) {
        if (from->row.n == to)
            return true;
        from = fleet_pool(core->fleet, from->row.fallback);
    }
    return depth == ROUTE_DEPTH_MAX;
}

static bool read_fallback(const struct core *core, struct command *command, struct pool *row)
{
    const struct command_pool *request = &command->pool;
    const struct fleet_account *account = fleet_account(core->fleet, command->account);
    if (!request->set_fallback)
        return true;
    row->fallback = 0;
    if (request->fallback[0] == '\0')
        return true;
    const struct fleet_pool *fallback = fleet_pool_named(account, request->fallback);
    if (fallback == NULL)
        command_fail(command, COMMAND_INVALID, "fallback", "there is no such pool");
    else if (leads_to(core, fallback, row->n))
        command_fail(command, COMMAND_INVALID, "fallback",
                     "leads back to this pool, or on over too many pools");
    else
        row->fallback = fallback->row.n;
    return row->fallback != 0;
}

// Writes the fields of the request over a row. False with the error set.
static bool read_row(const struct core *core, struct command *command, struct pool *row)
{
    const struct command_pool *request = &command->pool;
    if (request->name[0] != '\0' && strcmp(request->name, row->name) != 0 &&
        !name_is_free(core, command, request->name))
        return false;
    if (request->name[0] != '\0')
        memcpy(row->name, request->name, sizeof(row->name));
    if (request->set_policy)
        row->policy = request->policy;
    if (request->set_priority)
        row->priority = request->priority;
    if (request->set_fallback_after)
        row->fallback_after_ms = request->fallback_after_ms;
    if (request->set_tag)
        memcpy(row->tag, request->tag, sizeof(row->tag));
    if (request->set_quiet) {
        row->own_quiet = request->own_quiet;
        row->quiet = request->quiet;
    }
    return read_fallback(core, command, row);
}

static bool set_carriers(struct core *core, struct fleet_pool *pool, const struct command_pool *request)
{
    bool set = true;
    if (!request->set_carriers)
        return true;
    fleet_pool_clear_carriers(pool);
    (void)store_pool_carriers_clear(core->store, pool->row.n);
    for (size_t i = 0; i < request->carrier_count && set; i++) {
        struct pool_carrier carrier = request->carriers[i];
        carrier.pool = pool->row.n;
        set = fleet_pool_add_carrier(pool, &carrier);
        (void)store_pool_carrier_add(core->store, &carrier);
    }
    return set;
}

// Adds the pool of that row to memory and store.
static struct fleet_pool *make(struct core *core, struct pool *row)
{
    id_new(row->id, ID_POOL, core->now);
    struct fleet_pool *pool = fleet_add_pool(core->fleet, row, core->now);
    if (pool == NULL) {
        core->broken = true;
        return NULL;
    }
    core->last_pool++;
    (void)store_pool_add(core->store, &pool->row);
    return pool;
}

static struct pool new_row(const struct core *core, int64_t account)
{
    return (struct pool){.n = core->last_pool + 1,
                         .account = account,
                         .priority = FLEET_PRIORITY_USUAL,
                         .fallback_after_ms = FALLBACK_AFTER_MS,
                         .created_at = core->now};
}

void pool_add(struct core *core, struct command *command)
{
    struct pool row = new_row(core, command->account);
    if (count_pools(fleet_account(core->fleet, command->account)) >= POOL_MAX) {
        command_fail(command, COMMAND_CONFLICT, "name", "the account has as many pools as it can have");
        return;
    }
    if (!read_row(core, command, &row))
        return;
    struct fleet_pool *pool = make(core, &row);
    if (pool == NULL)
        return;
    if (!set_carriers(core, pool, &command->pool) || !fleet_pool_refit(core->fleet, pool, core->now))
        core->broken = true;
    command->pool.row = pool->row;
    rehold_note(core, command->account);
}

void pool_update(struct core *core, struct command *command)
{
    struct fleet_pool *pool = find(core, command);
    if (pool == NULL)
        return;
    struct pool row = pool->row;
    if (is_tag_pool(pool) && (command->pool.name[0] != '\0' || command->pool.set_tag)) {
        command_fail(command, COMMAND_CONFLICT, "name", "the pool of a tag keeps its name and its tag");
        return;
    }
    if (!read_row(core, command, &row))
        return;
    pool->row = row;
    (void)store_pool_update(core->store, &row);
    if (!set_carriers(core, pool, &command->pool) || !fleet_pool_refit(core->fleet, pool, core->now))
        core->broken = true;
    command->pool.row = pool->row;
    rehold_note(core, command->account);
}

static bool is_fallback(const struct fleet_account *account, int64_t n)
{
    const struct fleet_pool *pool = account->pools;
    while (pool != NULL && pool->row.fallback != n)
        pool = pool->next;
    return pool != NULL;
}

void pool_remove(struct core *core, struct command *command)
{
    struct fleet_pool *pool = find(core, command);
    if (pool == NULL)
        return;
    if (is_tag_pool(pool))
        command_fail(command, COMMAND_CONFLICT, "pool",
                     "the pool of a tag stays: take the tag from its devices");
    else if (pool->group.waiting > 0)
        command_fail(command, COMMAND_CONFLICT, "pool", "messages wait for this pool");
    else if (is_fallback(pool->group.account, pool->row.n))
        command_fail(command, COMMAND_CONFLICT, "pool", "it is the fallback of another pool");
    if (command->status != COMMAND_OK)
        return;
    pool->row.removed_at = core->now;
    (void)store_pool_update(core->store, &pool->row);
    (void)store_pool_members_clear(core->store, pool->row.n);
    (void)store_pool_carriers_clear(core->store, pool->row.n);
    command->pool.row = pool->row;
    fleet_remove_pool(core->fleet, pool, core->now);
    rehold_note(core, command->account);
}

// Pool and device of a membership, or false with the error set.
static bool find_member(const struct core *core, struct command *command, struct fleet_pool **pool,
                        struct fleet_device **device)
{
    *pool = find(core, command);
    *device = fleet_device_by_id(core->fleet, command->pool.device);
    if (*pool == NULL)
        return false;
    if (*device != NULL && (*device)->row.account == command->account)
        return true;
    command_fail(command, COMMAND_NOT_FOUND, "device", "there is no such device");
    return false;
}

void pool_member_put(struct core *core, struct command *command)
{
    const struct command_pool *request = &command->pool;
    struct fleet_pool *pool;
    struct fleet_device *device;
    if (!find_member(core, command, &pool, &device))
        return;
    if (!fleet_is_member(pool, device, request->sim) && fleet_member_count(device) >= POOL_MEMBER_MAX) {
        command_fail(command, COMMAND_CONFLICT, "device", "is in as many pools as it can be");
        return;
    }
    struct pool_member member = {
        .pool = pool->row.n, .device = device->row.n, .sim = request->sim, .weight = request->weight};
    memcpy(member.prefixes, request->prefixes, sizeof(member.prefixes));
    if (!fleet_member_put(pool, device, member.sim, member.weight, member.prefixes) ||
        !fleet_device_refit(core->fleet, device, core->now))
        core->broken = true;
    (void)store_pool_member_put(core->store, &member);
    command->pool.row = pool->row;
}

void pool_member_remove(struct core *core, struct command *command)
{
    struct fleet_pool *pool;
    struct fleet_device *device;
    if (!find_member(core, command, &pool, &device))
        return;
    if (!fleet_member_drop(pool, device, command->pool.sim)) {
        command_fail(command, COMMAND_NOT_FOUND, "device", "is no member of this pool");
        return;
    }
    if (!fleet_device_refit(core->fleet, device, core->now))
        core->broken = true;
    (void)store_pool_member_remove(core->store, pool->row.n, device->row.n, command->pool.sim);
    command->pool.row = pool->row;
}

// Makes the pool that a tag stands for, unless it is there. False with the error set.
static bool make_tag_pool(struct core *core, struct command *command, const char *tag)
{
    struct fleet_account *account = fleet_account(core->fleet, command->account);
    struct pool row = new_row(core, command->account);
    snprintf(row.tag, sizeof(row.tag), "%s", tag);
    snprintf(row.name, sizeof(row.name), ROUTE_TAG "%s", row.tag);
    if (fleet_pool_named(account, row.name) != NULL)
        return true;
    if (count_pools(account) >= POOL_MAX) {
        command_fail(command, COMMAND_CONFLICT, "tags",
                     "the account has as many pools and tags as it can have");
        return false;
    }
    return make(core, &row) != NULL;
}

// Reads one word of *words and goes on behind it. False at the end.
static bool next_word(char word[TAG_SIZE], const char **words)
{
    if (*words == NULL || **words == '\0')
        return false;
    size_t length = strcspn(*words, " ");
    snprintf(word, TAG_SIZE, "%.*s", (int)length, *words);
    *words += length + ((*words)[length] == ' ');
    return true;
}

bool pool_set_tags_take(struct core *core, struct command *command, struct fleet_device *device, char **tags)
{
    char tag[TAG_SIZE];
    for (const char *word = *tags; next_word(tag, &word);)
        if (!make_tag_pool(core, command, tag))
            return false;
    (void)store_device_tags_clear(core->store, device->row.n);
    for (const char *word = *tags; next_word(tag, &word);)
        (void)store_device_tag_add(core->store, device->row.n, tag);
    free(device->tags);
    device->tags = *tags;
    *tags = NULL;
    if (!fleet_device_refit(core->fleet, device, core->now))
        core->broken = true;
    return true;
}

void pool_forget_device(struct core *core, const struct fleet_device *device)
{
    (void)store_pool_device_clear(core->store, device->row.n);
}

// Lets what waits for the pool look for its way again.
static void move_waiting(struct core *core, const struct fleet_pool *pool)
{
    struct message window[MOVE_WINDOW];
    size_t count = MOVE_WINDOW;
    for (int windows = 0; windows < MOVE_WINDOWS_MAX && count == MOVE_WINDOW; windows++) {
        cache_flush(core->cache, core->store);
        count = store_messages_turn(core->store, window, MOVE_WINDOW, TURN_WAITS, pool->group.route, 0, 0);
        for (size_t i = 0; i < count; i++) {
            struct message *message = cache_merge_take(core->cache, core->store, &window[i]);
            if (message != NULL && message->turn == TURN_WAITS && message->route == pool->group.route)
                dispatch_offer(core, message);
        }
    }
}

void pool_upkeep(struct core *core)
{
    struct fleet_account *account = fleet_first_account(core->fleet);
    for (; account != NULL; account = account->next)
        for (struct fleet_pool *pool = account->pools; pool != NULL; pool = pool->next)
            if (pool->group.waiting > 0 && route_stand_in(core, pool) != pool)
                move_waiting(core, pool);
}
