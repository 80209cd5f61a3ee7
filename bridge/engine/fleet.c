// Devices and accounts in memory: adding, finding, counting.
#include "bridge/engine/fleet_internal.h"
#include "bridge/engine/fleet_pool.h"

#include "common/fnv1a.h"

#include <stdlib.h>
#include <string.h>

struct fleet *fleet_new(int64_t window_out, int64_t window_unaccepted)
{
    struct fleet *fleet = calloc(1, sizeof(*fleet));
    if (fleet == NULL)
        return NULL;
    fleet->window_out = window_out < FLEET_WINDOW_MAX ? window_out : FLEET_WINDOW_MAX;
    fleet->window_unaccepted = window_unaccepted;
    fleet->accounts_end = &fleet->accounts;
    return fleet;
}

static void free_devices(struct fleet_device *device)
{
    while (device != NULL) {
        struct fleet_device *next = device->next_in_account;
        for (struct fleet_place *place = device->places, *other; place != NULL; place = other) {
            other = place->next_of_device;
            free(place);
        }
        fleet_free_members(device);
        free(device->cards);
        free(device->tags);
        free(device);
        device = next;
    }
}

void fleet_clear(struct fleet *fleet)
{
    while (fleet->accounts != NULL) {
        struct fleet_account *account = fleet->accounts;
        fleet->accounts = account->next;
        free_devices(account->devices);
        fleet_free_pools(account);
        free(account);
    }
    *fleet = (struct fleet){
        .window_out = fleet->window_out, .window_unaccepted = fleet->window_unaccepted, .link = fleet->link};
    fleet->accounts_end = &fleet->accounts;
}

void fleet_free(struct fleet *fleet)
{
    if (fleet == NULL)
        return;
    fleet_clear(fleet);
    free(fleet);
}

size_t fleet_bucket(const char *word)
{
    return (size_t)(fnv1a(word) % FLEET_BUCKETS);
}

struct fleet_account *fleet_add_account(struct fleet *fleet, const struct account *row)
{
    struct fleet_account *account = calloc(1, sizeof(*account));
    if (account == NULL)
        return NULL;
    account->row = *row;
    account->all = (struct fleet_group){.route = ROUTE_ACCOUNT(row->n),
                                        .account = account,
                                        .priority = FLEET_PRIORITY_USUAL,
                                        .away_since = row->created_at};
    *fleet->accounts_end = account;
    fleet->accounts_end = &account->next;
    return account;
}

struct fleet_device *fleet_add_device(struct fleet *fleet, const struct device *row)
{
    struct fleet_account *account = fleet_account(fleet, row->account);
    struct fleet_device *device = account != NULL ? calloc(1, sizeof(*device)) : NULL;
    if (device == NULL)
        return NULL;
    device->row = *row;
    device->row.status = NULL;
    device->receipted = row->up_to;
    device->account = account;
    device->away_since = row->online_at != 0 ? row->online_at : row->created_at;
    if (row->removed_at == 0 && fleet_join(fleet, &account->all, device, 0, 1, device->away_since) == NULL) {
        free(device);
        return NULL;
    }
    device->next_in_account = account->devices;
    account->devices = device;
    struct fleet_device **bucket = &fleet->by_n[(size_t)device->row.n % FLEET_BUCKETS];
    device->next_by_n = *bucket;
    *bucket = device;
    if (device->row.removed_at == 0) {
        bucket = &fleet->by_id[fleet_bucket(device->row.id)];
        device->next_by_id = *bucket;
        *bucket = device;
    }
    return device;
}

struct fleet_account *fleet_account(struct fleet *fleet, int64_t n)
{
    struct fleet_account *account = fleet->accounts;
    while (account != NULL && account->row.n != n)
        account = account->next;
    return account;
}

struct fleet_device *fleet_device(struct fleet *fleet, int64_t n)
{
    struct fleet_device *device = fleet->by_n[(size_t)n % FLEET_BUCKETS];
    while (device != NULL && device->row.n != n)
        device = device->next_by_n;
    return device;
}

struct fleet_device *fleet_device_by_id(struct fleet *fleet, const char *id)
{
    struct fleet_device *device = fleet->by_id[fleet_bucket(id)];
    while (device != NULL && strcmp(device->row.id, id) != 0)
        device = device->next_by_id;
    return device;
}

struct fleet_group *fleet_group(struct fleet *fleet, int64_t route)
{
    if (route < ROUTE_POOL(0)) {
        struct fleet_pool *pool = fleet_pool(fleet, ROUTE_POOL(0) - route);
        return pool != NULL ? &pool->group : NULL;
    }
    struct fleet_account *account = fleet_account(fleet, -route);
    return account != NULL ? &account->all : NULL;
}

void fleet_retire(struct fleet *fleet, struct fleet_device *device, int64_t now)
{
    while (device->places != NULL)
        fleet_leave(device->places, now);
    fleet_free_members(device);
    fleet_forget_cards(fleet, device);
    struct fleet_device **link = &fleet->by_id[fleet_bucket(device->row.id)];
    while (*link != NULL && *link != device)
        link = &(*link)->next_by_id;
    if (*link == device)
        *link = device->next_by_id;
}

struct fleet_account *fleet_first_account(struct fleet *fleet)
{
    return fleet->accounts;
}

int64_t fleet_online_count(const struct fleet *fleet)
{
    int64_t count = 0;
    for (const struct fleet_account *account = fleet->accounts; account != NULL; account = account->next)
        for (const struct fleet_device *device = account->devices; device != NULL;
             device = device->next_in_account)
            count += device->row.online && device->row.removed_at == 0;
    return count;
}

void fleet_set_link(struct fleet *fleet, bool up, int64_t now)
{
    fleet->link = up;
    fleet_refresh_all(fleet, now);
    if (up)
        fleet_pools_arrive(fleet, now);
}

bool fleet_link(const struct fleet *fleet)
{
    return fleet->link;
}

bool fleet_reaches(const struct fleet *fleet, const struct fleet_device *device)
{
    return fleet->link || device->phone;
}

enum fleet_block fleet_device_block(const struct fleet *fleet, const struct fleet_device *device)
{
    if (device->row.removed_at != 0)
        return FLEET_NO_DEVICE;
    if (device->row.paused)
        return FLEET_PAUSED;
    if (!fleet_reaches(fleet, device))
        return FLEET_NO_BROKER;
    if (!device->row.online)
        return FLEET_OFFLINE;
    if (!device->ready)
        return FLEET_NO_HELLO;
    if (device->cool_until != 0)
        return FLEET_COOLING;
    return (device->resting & 1) != 0 ? FLEET_PACED : FLEET_FREE;
}

size_t fleet_room(const struct fleet *fleet, const struct fleet_device *device)
{
    int64_t out = fleet->window_out - device->out, unaccepted = fleet->window_unaccepted - device->unaccepted;
    int64_t room = out < unaccepted ? out : unaccepted;
    return fleet_device_block(fleet, device) == FLEET_FREE && room > 0 ? (size_t)room : 0;
}

bool fleet_has_room(const struct fleet *fleet, const struct fleet_device *device)
{
    return fleet_room(fleet, device) > 0;
}

bool fleet_has_sim(const struct fleet_device *device, int64_t sim)
{
    return sim == 0 ||
           ((device->sims == 0 || (device->sims >> (sim - 1) & 1) != 0) && (device->resting >> sim & 1) == 0);
}

// Puts the device into the lists of its room in all groups, and queues what can go now.
static void settle(struct fleet *fleet, struct fleet_device *device)
{
    fleet_place_all(fleet, device);
    if (device->waiting > 0 && fleet_has_room(fleet, device))
        fleet_push_device(fleet, device);
}

void fleet_tally(struct fleet *fleet, const struct message *message, int sign)
{
    if (message->turn == TURN_NONE)
        return;
    if (message->route < 0) {
        struct fleet_group *group = fleet_group(fleet, message->route);
        if (group == NULL)
            return;
        group->waiting += sign;
        group->account->waiting += sign;
        if (sign > 0 && group->able > 0)
            fleet_push_group(fleet, group);
        return;
    }
    struct fleet_device *device = fleet_device(fleet, message->route);
    if (device == NULL)
        return;
    if (message->turn == TURN_WAITS) {
        device->waiting += sign;
        device->account->waiting += sign;
    } else {
        device->out += sign;
        device->unaccepted += state_rank(message->state) < state_rank(STATE_ACCEPTED) ? sign : 0;
    }
    settle(fleet, device);
}

void fleet_refresh(struct fleet *fleet, struct fleet_device *device, int64_t now)
{
    bool was_able = device->away_since == 0;
    bool able = fleet_device_block(fleet, device) == FLEET_FREE;
    if (able != was_able)
        device->away_since = able ? 0 : now;
    for (struct fleet_place *each = device->places; each != NULL; each = each->next_of_device)
        fleet_place_able(fleet, each, now);
    settle(fleet, device);
}

void fleet_refresh_all(struct fleet *fleet, int64_t now)
{
    for (struct fleet_account *account = fleet->accounts; account != NULL; account = account->next)
        for (struct fleet_device *device = account->devices; device != NULL; device = device->next_in_account)
            fleet_refresh(fleet, device, now);
}

void fleet_push_device(struct fleet *fleet, struct fleet_device *device)
{
    if (device->pump_queued)
        return;
    device->pump_queued = true;
    device->next_pump = fleet->pump_devices;
    fleet->pump_devices = device;
}

struct fleet_device *fleet_pop_device(struct fleet *fleet)
{
    struct fleet_device *device = fleet->pump_devices;
    if (device != NULL) {
        fleet->pump_devices = device->next_pump;
        device->pump_queued = false;
    }
    return device;
}

void fleet_owe_receipt(struct fleet *fleet, struct fleet_device *device)
{
    if (device->owed_queued)
        return;
    device->owed_queued = true;
    device->next_owed = fleet->owed;
    fleet->owed = device;
}

struct fleet_device *fleet_pop_owed(struct fleet *fleet)
{
    struct fleet_device *device = fleet->owed;
    if (device != NULL) {
        fleet->owed = device->next_owed;
        device->owed_queued = false;
    }
    return device;
}

bool fleet_uplink_known(const struct fleet_device *device, int64_t seq)
{
    int64_t beyond = seq - device->row.up_to - 2;
    return seq <= device->row.up_to || (beyond >= 0 && beyond < 64 && (device->ahead >> beyond & 1) != 0);
}

void fleet_uplink(struct fleet *fleet, struct fleet_device *device, int64_t seq)
{
    int64_t beyond = seq - device->row.up_to - 2;
    fleet_owe_receipt(fleet, device);
    if (beyond >= 0) {
        if (beyond < 64)
            device->ahead |= (uint64_t)1 << beyond;
        return;
    }
    if (beyond < -1)
        return;
    for (device->row.up_to = seq; (device->ahead & 1) != 0; device->row.up_to++)
        device->ahead >>= 1;
    device->ahead >>= 1;
}
