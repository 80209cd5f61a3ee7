// Accounts, keys and devices.
#include "bridge/engine/admin.h"

#include "bridge/engine/arrive.h"
#include "bridge/engine/fleet_pool.h"
#include "bridge/engine/life.h"
#include "bridge/engine/phone_settings.h"
#include "bridge/engine/pool.h"
#include "bridge/engine/rehold.h"
#include "bridge/engine/webhooks.h"
#include "bridge/store/phone.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

// A slug of a name: lower case, runs of anything else become one '-'. Empty when nothing is left.
static void slug_of(char slug[DEVICE_ID_SIZE], const char *name)
{
    size_t length = 0;
    for (; *name != '\0' && length < DEVICE_ID_MAX - 4; name++) {
        if (isalnum((unsigned char)*name) && (unsigned char)*name < 128)
            slug[length++] = (char)tolower((unsigned char)*name);
        else if (length > 0 && slug[length - 1] != '-')
            slug[length++] = '-';
    }
    while (length > 0 && slug[length - 1] == '-')
        length--;
    slug[length] = '\0';
}

// "pairings" is a word of the API's paths: GET /v1/devices/pairings would not find the device.
static bool id_is_free(const struct core *core, const char *id)
{
    return fleet_device_by_id(core->fleet, id) == NULL && strcmp(id, core->options.bridge_name) != 0 &&
           strcmp(id, "pairings") != 0;
}

bool admin_device_id_free(struct core *core, struct command *command, const char *id)
{
    bool pool = fleet_pool_named(fleet_account(core->fleet, command->account), id) != NULL;
    bool good = id_is_free(core, id) && !pool;
    if (!good)
        command_fail(command, COMMAND_CONFLICT, "id", pool ? "is the name of a pool" : "is taken");
    return good;
}

// An id for a device that came with a name only: the slug of it, with a number when that is taken.
static bool make_id(const struct core *core, char id[DEVICE_ID_SIZE], const char *name)
{
    char slug[DEVICE_ID_SIZE];
    slug_of(slug, name);
    snprintf(id, DEVICE_ID_SIZE, "%.*s", DEVICE_ID_MAX - 4, slug[0] != '\0' ? slug : "device");
    for (int number = 2; !id_is_free(core, id) && number < 1000; number++)
        snprintf(id, DEVICE_ID_SIZE, "%.*s-%d", DEVICE_ID_MAX - 4, slug[0] != '\0' ? slug : "device", number);
    return id_is_free(core, id);
}

// Copies what the API shows of a device into the result.
static void give_device(struct core *core, struct command_device *result, const struct fleet_device *device)
{
    result->device = device->row;
    result->device.status = store_device_status(core->store, device->row.n);
}

// The device of the caller's account that the command names, or NULL with the error set.
static struct fleet_device *find_device(struct core *core, struct command *command)
{
    struct fleet_device *device = fleet_device_by_id(core->fleet, command->device.id);
    if (device != NULL && device->row.account == command->account)
        return device;
    command_fail(command, COMMAND_NOT_FOUND, "id", "there is no such device");
    return NULL;
}

static bool new_key(struct command *command, char key[SECRET_SIZE], const char *prefix,
                    uint8_t hash[SECRET_HASH_BYTES])
{
    if (!secret_new(key, prefix)) {
        command->status = COMMAND_UNAVAILABLE;
        return false;
    }
    secret_hash(hash, key, strlen(key));
    return true;
}

// Lets the plugin know the device's key, or that it is gone.
static void tell_roster(struct core *core, const struct fleet_device *device, bool kick)
{
    bool removed = device->row.removed_at != 0;
    if (!effects_login(&core->effects, device->row.id, removed ? NULL : device->row.key_hash, kick))
        core->broken = true;
}

// A phone gets the key that it is to sign with.
static void add_phone(struct core *core, const struct fleet_device *device)
{
    char key[HOOK_SECRET_SIZE];
    (void)store_phone_add(core->store, device->row.n);
    if (!phone_settings_key(core, device->row.account, key, sizeof(key)))
        core->broken = true;
    secret_clear(key, sizeof(key));
}

void admin_device_add(struct core *core, struct command *command)
{
    struct command_device *request = &command->device;
    if (request->code[0] != '\0' && !phone_code_use(core, command))
        return;
    if (request->id[0] == '\0' && !make_id(core, request->id, request->name)) {
        command_fail(command, COMMAND_CONFLICT, "name",
                     "no free id could be made from this name: give an id");
        return;
    }
    if (!admin_device_id_free(core, command, request->id))
        return;
    struct device row = {.n = core->last_device + 1, .account = command->account, .created_at = core->now};
    memcpy(row.id, request->id, sizeof(row.id));
    memcpy(row.name, request->name[0] != '\0' ? request->name : request->id,
           request->name[0] != '\0' ? sizeof(row.name) : sizeof(row.id));
    if (!new_key(command, request->key, SECRET_DEVICE_KEY, row.key_hash))
        return;
    struct fleet_device *device = fleet_add_device(core->fleet, &row);
    if (device == NULL) {
        core->broken = true;
        return;
    }
    core->last_device++;
    (void)store_device_add(core->store, &device->row);
    device->phone = request->phone;
    if (device->phone)
        add_phone(core, device);
    life_device_event(core, device, EVENT_DEVICE_ADDED, NULL, NULL);
    tell_roster(core, device, false);
    give_device(core, request, device);
}

void admin_device_update(struct core *core, struct command *command)
{
    struct command_device *request = &command->device;
    struct fleet_device *device = find_device(core, command);
    if (device == NULL || (request->set_tags && !pool_set_tags_take(core, command, device, &request->tags)))
        return;
    if (request->name[0] != '\0')
        memcpy(device->row.name, request->name, sizeof(device->row.name));
    if (request->set_paused && request->paused != device->row.paused) {
        device->row.paused = request->paused;
        life_device_event(core, device, request->paused ? EVENT_DEVICE_PAUSED : EVENT_DEVICE_RESUMED, NULL,
                          NULL);
        fleet_refresh(core->fleet, device, core->now);
        if (device->row.online)
            arrive_configure(core, device);
    }
    (void)store_device_update(core->store, &device->row);
    give_device(core, request, device);
}

void admin_device_rotate(struct core *core, struct command *command)
{
    struct fleet_device *device = find_device(core, command);
    if (device == NULL || !new_key(command, command->device.key, SECRET_DEVICE_KEY, device->row.key_hash))
        return;
    (void)store_device_update(core->store, &device->row);
    tell_roster(core, device, true);
    give_device(core, &command->device, device);
}

void admin_device_remove(struct core *core, struct command *command)
{
    struct fleet_device *device = find_device(core, command);
    if (device == NULL)
        return;
    device->row.removed_at = core->now;
    device->row.online = false;
    device->ready = false;
    fleet_refresh(core->fleet, device, core->now);
    fleet_retire(core->fleet, device, core->now);
    (void)store_device_update(core->store, &device->row);
    pool_forget_device(core, device);
    rehold_note(core, device->row.account);
    life_device_event(core, device, EVENT_DEVICE_REMOVED, NULL, NULL);
    tell_roster(core, device, true);
    give_device(core, &command->device, device);
}

void admin_key_create(struct core *core, struct command *command)
{
    struct command_key *request = &command->key;
    struct app_key *row = &request->row;
    *row = (struct app_key){
        .n = core->last_key + 1,
        .account = command->account,
        .scopes = request->scopes,
        .rate_per_minute = request->rate_per_minute,
        .created_at = core->now,
        .expires_at = request->expires_at,
    };
    id_new(row->id, ID_KEY, core->now);
    memcpy(row->name, request->name, sizeof(row->name));
    if (!new_key(command, request->secret, SECRET_APP_KEY, row->hash))
        return;
    snprintf(row->hint, sizeof(row->hint), "%.8s", request->secret);
    core->last_key++;
    (void)store_key_add(core->store, row);
    core->effects.keys_changed = true;
    if (request->twilio)
        request->signs = webhooks_sign_with(core, command->account, request->secret + strlen(SECRET_APP_KEY));
}

void admin_key_revoke(struct core *core, struct command *command)
{
    if (store_key_revoke(core->store, command->account, command->key.id, core->now)) {
        core->effects.keys_changed = true;
        phone_code_forget(core, command->account);
    } else {
        command_fail(command, COMMAND_NOT_FOUND, "id", "there is no such key, or it is revoked already");
    }
}

void admin_key_used(struct core *core, struct command *command)
{
    (void)store_key_used(core->store, command->key.key, core->now);
}

void admin_account_add(struct core *core, struct command *command)
{
    struct account *row = &command->account_add.row;
    *row = (struct account){.n = core->last_account + 1, .created_at = core->now};
    id_new(row->id, ID_ACCOUNT, core->now);
    memcpy(row->name, command->account_add.name, sizeof(row->name));
    if (fleet_add_account(core->fleet, row) == NULL) {
        core->broken = true;
        return;
    }
    core->last_account++;
    (void)store_account_add(core->store, row);
}
