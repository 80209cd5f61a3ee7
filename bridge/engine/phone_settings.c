// What an account's phones are to be like.
#include "bridge/engine/phone_settings.h"

#include "bridge/engine/arrive.h"
#include "bridge/engine/webhooks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_BYTES = 24 };

// The account's row, made in memory when there is none. False when memory or randomness run out.
static bool load(struct core *core, struct phone_settings *row, int64_t account)
{
    uint8_t random[KEY_BYTES];
    if (store_phone_settings_load(core->store, row, account))
        return true;
    *row = (struct phone_settings){.settings = strdup("{}")};
    if (row->settings == NULL || !secret_random(random, sizeof(random)))
        return false;
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(row->signing_key + 2 * i, 3, "%02x", random[i]);
    secret_clear(random, sizeof(random));
    return true;
}

// Phones that are there come for what is new; the others do so when they are there again.
static void tell_phones(struct core *core, int64_t account)
{
    const struct fleet_account *owner = fleet_account(core->fleet, account);
    const struct fleet_device *device = owner != NULL ? owner->devices : NULL;
    for (; device != NULL; device = device->next_in_account)
        if (device->phone && device->row.online)
            arrive_configure(core, device);
}

void phone_settings_apply(struct core *core, struct command *command)
{
    struct phone_settings *wish = &command->phone_settings, row;
    if (!load(core, &row, command->account)) {
        phone_settings_clear(&row);
        command->status = COMMAND_UNAVAILABLE;
        return;
    }
    if (wish->settings != NULL) {
        free(row.settings);
        row.settings = wish->settings;
        wish->settings = NULL;
    }
    if (wish->signing_key[0] != '\0') {
        memcpy(row.signing_key, wish->signing_key, sizeof(row.signing_key));
        webhooks_set_key(core, command->account, row.signing_key);
    }
    (void)store_phone_settings_set(core->store, command->account, &row);
    tell_phones(core, command->account);
    phone_settings_clear(&row);
}

bool phone_settings_key(struct core *core, int64_t account, char *key, size_t size)
{
    struct phone_settings row;
    bool done = load(core, &row, account);
    if (done) {
        snprintf(key, size, "%s", row.signing_key);
        (void)store_phone_settings_set(core->store, account, &row);
    }
    phone_settings_clear(&row);
    return done;
}
