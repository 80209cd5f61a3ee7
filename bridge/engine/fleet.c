// Devices and accounts in memory.
#include "bridge/engine/fleet.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096 }; // chains of a handful at ten thousand devices

struct fleet {
    int64_t window_out, window_unaccepted;
    bool link;
    struct fleet_device *by_id[BUCKETS], *by_n[BUCKETS];
    struct fleet_account *accounts, **accounts_end;
    struct fleet_device *pump_devices, *owed;
    struct fleet_account *pump_accounts;
};

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
        device_clear(&device->row);
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

// FNV-1a, for short slugs.
static size_t bucket_of_id(const char *id)
{
    uint32_t hash = 2166136261u;
    for (; *id != '\0'; id++)
        hash = (hash ^ (unsigned char)*id) * 16777619u;
    return hash % BUCKETS;
}

struct fleet_account *fleet_add_account(struct fleet *fleet, const struct account *row)
{
    struct fleet_account *account = calloc(1, sizeof(*account));
    if (account == NULL)
        return NULL;
    account->row = *row;
    account->away_since = row->created_at;
    *fleet->accounts_end = account;
    fleet->accounts_end = &account->next;
    return account;
}

struct fleet_device *fleet_add_device_take(struct fleet *fleet, struct device *row)
{
    struct fleet_account *account = fleet_account(fleet, row->account);
    struct fleet_device *device = account != NULL ? calloc(1, sizeof(*device)) : NULL;
    if (device == NULL)
        return NULL;
    device->row = *row;
    row->status = NULL;
    device->account = account;
    device->load = -1;
    device->away_since = row->online_at != 0 ? row->online_at : row->created_at;
    device->next_in_account = account->devices;
    account->devices = device;
    struct fleet_device **bucket = &fleet->by_n[(size_t)device->row.n % BUCKETS];
    device->next_by_n = *bucket;
    *bucket = device;
    if (device->row.removed_at == 0) {
        bucket = &fleet->by_id[bucket_of_id(device->row.id)];
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
    struct fleet_device *device = fleet->by_n[(size_t)n % BUCKETS];
    while (device != NULL && device->row.n != n)
        device = device->next_by_n;
    return device;
}

struct fleet_device *fleet_device_by_id(struct fleet *fleet, const char *id)
{
    struct fleet_device *device = fleet->by_id[bucket_of_id(id)];
    while (device != NULL && strcmp(device->row.id, id) != 0)
        device = device->next_by_id;
    return device;
}

void fleet_retire(struct fleet *fleet, struct fleet_device *device)
{
    struct fleet_device **link = &fleet->by_id[bucket_of_id(device->row.id)];
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
}

bool fleet_link(const struct fleet *fleet)
{
    return fleet->link;
}

enum fleet_block fleet_device_block(const struct fleet *fleet, const struct fleet_device *device)
{
    if (device->row.removed_at != 0)
        return FLEET_NO_DEVICE;
    if (device->row.paused)
        return FLEET_PAUSED;
    if (!fleet->link)
        return FLEET_NO_BROKER;
    if (!device->row.online)
        return FLEET_OFFLINE;
    if (!device->ready)
        return FLEET_NO_HELLO;
    return device->cool_until != 0 ? FLEET_COOLING : FLEET_FREE;
}

enum fleet_block fleet_account_block(const struct fleet *fleet, const struct fleet_account *account)
{
    static const int MILDNESS[] = {
        [FLEET_NO_DEVICE] = 0, [FLEET_PAUSED] = 1,    [FLEET_OFFLINE] = 2, [FLEET_NO_HELLO] = 3,
        [FLEET_COOLING] = 4,   [FLEET_NO_BROKER] = 5, [FLEET_FREE] = 6,
    };
    if (account->able > 0)
        return FLEET_FREE;
    enum fleet_block mildest = FLEET_NO_DEVICE;
    for (const struct fleet_device *device = account->devices; device != NULL;
         device = device->next_in_account) {
        enum fleet_block block = fleet_device_block(fleet, device);
        if (MILDNESS[block] > MILDNESS[mildest])
            mildest = block;
    }
    return mildest;
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

size_t fleet_account_room(const struct fleet *fleet, const struct fleet_account *account, size_t max)
{
    size_t room = 0;
    for (int load = 0; load <= FLEET_WINDOW_MAX; load++)
        for (const struct fleet_device *device = account->first[load]; device != NULL && room < max;
             device = device->load_next)
            room += fleet_room(fleet, device);
    return room < max ? room : max;
}

bool fleet_has_sim(const struct fleet_device *device, int64_t sim)
{
    return sim == 0 || device->sims == 0 || (device->sims >> (sim - 1) & 1) != 0;
}

static void load_remove(struct fleet_device *device)
{
    struct fleet_account *account = device->account;
    if (device->load < 0)
        return;
    *(device->load_previous != NULL ? &device->load_previous->load_next : &account->first[device->load]) =
        device->load_next;
    *(device->load_next != NULL ? &device->load_next->load_previous : &account->last[device->load]) =
        device->load_previous;
    device->load = -1;
}

static void load_append(struct fleet_device *device, int load)
{
    struct fleet_account *account = device->account;
    device->load = load;
    device->load_next = NULL;
    device->load_previous = account->last[load];
    *(account->last[load] != NULL ? &account->last[load]->load_next : &account->first[load]) = device;
    account->last[load] = device;
}

// Puts the device into the list of its load, or in none, and queues what can go now.
static void place(struct fleet *fleet, struct fleet_device *device)
{
    bool room = fleet_has_room(fleet, device);
    int load = room ? (int)device->out : -1;
    if (load != device->load) {
        load_remove(device);
        if (room)
            load_append(device, load);
    }
    if (!room)
        return;
    if (device->waiting > 0)
        fleet_push_device(fleet, device);
    if (device->account->waiting > 0)
        fleet_push_account(fleet, device->account);
}

void fleet_tally(struct fleet *fleet, const struct message *message, int sign)
{
    if (message->turn == TURN_NONE)
        return;
    if (message->route < 0) {
        struct fleet_account *account = fleet_account(fleet, -message->route);
        if (account == NULL)
            return;
        account->waiting += sign;
        if (sign > 0 && account->able > 0)
            fleet_push_account(fleet, account);
        return;
    }
    struct fleet_device *device = fleet_device(fleet, message->route);
    if (device == NULL)
        return;
    if (message->turn == TURN_WAITS) {
        device->waiting += sign;
    } else {
        device->out += sign;
        device->unaccepted += state_rank(message->state) < state_rank(STATE_ACCEPTED) ? sign : 0;
    }
    place(fleet, device);
}

void fleet_refresh(struct fleet *fleet, struct fleet_device *device, int64_t now)
{
    bool was_able = device->away_since == 0;
    bool able = fleet_device_block(fleet, device) == FLEET_FREE;
    if (able != was_able) {
        struct fleet_account *account = device->account;
        device->away_since = able ? 0 : now;
        account->able += able ? 1 : -1;
        account->away_since = account->able > 0 ? 0 : account->away_since != 0 ? account->away_since : now;
    }
    place(fleet, device);
}

void fleet_refresh_all(struct fleet *fleet, int64_t now)
{
    for (struct fleet_account *account = fleet->accounts; account != NULL; account = account->next)
        for (struct fleet_device *device = account->devices; device != NULL; device = device->next_in_account)
            fleet_refresh(fleet, device, now);
}

struct fleet_device *fleet_least_loaded(const struct fleet_account *account, int64_t sim)
{
    for (int load = 0; load <= FLEET_WINDOW_MAX; load++)
        for (struct fleet_device *device = account->first[load]; device != NULL; device = device->load_next)
            if (fleet_has_sim(device, sim))
                return device;
    return NULL;
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

void fleet_push_account(struct fleet *fleet, struct fleet_account *account)
{
    if (account->pump_queued)
        return;
    account->pump_queued = true;
    account->next_pump = fleet->pump_accounts;
    fleet->pump_accounts = account;
}

struct fleet_account *fleet_pop_account(struct fleet *fleet)
{
    struct fleet_account *account = fleet->pump_accounts;
    if (account != NULL) {
        fleet->pump_accounts = account->next_pump;
        account->pump_queued = false;
    }
    return account;
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

bool fleet_uplink(struct fleet *fleet, struct fleet_device *device, int64_t seq)
{
    int64_t beyond = seq - device->row.up_to - 2;
    fleet_owe_receipt(fleet, device);
    if (beyond >= 0) {
        if (beyond < 64)
            device->ahead |= (uint64_t)1 << beyond;
        return false;
    }
    if (beyond < -1)
        return false;
    for (device->row.up_to = seq; (device->ahead & 1) != 0; device->row.up_to++)
        device->ahead >>= 1;
    device->ahead >>= 1;
    return true;
}
