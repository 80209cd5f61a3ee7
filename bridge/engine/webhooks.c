// Webhooks in memory, and what administrators ask for them.
#include "bridge/engine/webhooks.h"

#include "bridge/engine/core.h"
#include "bridge/engine/phone_settings.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 256, WAITING_COUNTED = 100000 };

struct webhooks {
    struct webhook_entry *by_account[BUCKETS];
    struct webhook_entry *first, **end;
};

struct webhooks *webhooks_new(void)
{
    struct webhooks *webhooks = calloc(1, sizeof(*webhooks));
    if (webhooks != NULL)
        webhooks->end = &webhooks->first;
    return webhooks;
}

static void free_entry(struct webhook_entry *entry)
{
    for (size_t i = 0; i < entry->aboard_count; i++)
        hook_content_free(entry->aboard[i].told);
    free(entry->aboard);
    secret_clear(entry, sizeof(*entry));
    free(entry);
}

static void clear(struct webhooks *webhooks)
{
    for (struct webhook_entry *entry = webhooks->first, *next; entry != NULL; entry = next) {
        next = entry->next;
        free_entry(entry);
    }
    *webhooks = (struct webhooks){.first = NULL};
    webhooks->end = &webhooks->first;
}

void webhooks_free(struct webhooks *webhooks)
{
    if (webhooks == NULL)
        return;
    clear(webhooks);
    free(webhooks);
}

static struct webhook_entry *put(struct webhooks *webhooks, const struct webhook *row)
{
    struct webhook_entry *entry = calloc(1, sizeof(*entry));
    if (entry == NULL)
        return NULL;
    entry->row = *row;
    struct webhook_entry **bucket = &webhooks->by_account[(size_t)row->account % BUCKETS];
    while (*bucket != NULL)
        bucket = &(*bucket)->next_in_bucket;
    *bucket = entry;
    *webhooks->end = entry;
    webhooks->end = &entry->next;
    return entry;
}

static bool load_one(void *context, const struct webhook *row)
{
    struct core *core = context;
    return fleet_account(core->fleet, row->account) != NULL && put(core->webhooks, row) != NULL;
}

bool webhooks_load(struct core *core)
{
    clear(core->webhooks);
    core->next_hooks = 0;
    if (!store_webhooks_each(core->store, load_one, core))
        return false;
    for (struct webhook_entry *entry = core->webhooks->first; entry != NULL; entry = entry->next) {
        webhooks_count(core, entry);
        if (entry->waiting < 0)
            return false;
    }
    return true;
}

void webhooks_count(struct core *core, struct webhook_entry *entry)
{
    entry->waiting = store_hook_waiting(core->store, entry->row.n, WAITING_COUNTED);
    entry->counted = entry->waiting == 0; // nothing is behind another when nothing is due
}

struct webhook_entry *webhooks_first(struct webhooks *webhooks)
{
    return webhooks->first;
}

struct webhook_entry *webhooks_of(struct webhooks *webhooks, int64_t account, struct webhook_entry *after)
{
    struct webhook_entry *entry =
        after != NULL ? after->next_in_bucket : webhooks->by_account[(size_t)account % BUCKETS];
    while (entry != NULL && (entry->row.account != account || entry->row.removed_at != 0))
        entry = entry->next_in_bucket;
    return entry;
}

struct webhook_entry *webhooks_by_n(struct webhooks *webhooks, int64_t n)
{
    struct webhook_entry *entry = webhooks->first;
    while (entry != NULL && entry->row.n != n)
        entry = entry->next;
    return entry;
}

void webhooks_forget(struct webhooks *webhooks, struct webhook_entry *entry)
{
    struct webhook_entry **link = &webhooks->first;
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    if (entry->next == NULL)
        webhooks->end = link;
    link = &webhooks->by_account[(size_t)entry->row.account % BUCKETS];
    while (*link != entry)
        link = &(*link)->next_in_bucket;
    *link = entry->next_in_bucket;
    free_entry(entry);
}

// Standard Webhooks: "whsec_" and the base64 of 24 to 64 random bytes.
static bool make_secret(char secret[HOOK_SECRET_SIZE])
{
    uint8_t random[32];
    if (!secret_random(random, sizeof(random)))
        return false;
    memcpy(secret, "whsec_", 6);
    EVP_EncodeBlock((unsigned char *)secret + 6, random, sizeof(random));
    secret_clear(random, sizeof(random));
    return true;
}

// Puts a row into the store and into memory; NULL when memory runs out.
static struct webhook_entry *add(struct core *core, struct webhook *row)
{
    row->n = core->last_webhook + 1;
    row->created_at = core->now;
    id_new(row->id, "WH", core->now);
    struct webhook_entry *entry = put(core->webhooks, row);
    if (entry == NULL) {
        core->broken = true;
        return NULL;
    }
    entry->next_due = INT64_MAX; // nothing waits yet
    entry->counted = true;
    core->last_webhook++;
    (void)store_webhook_add(core->store, row);
    return entry;
}

// Whether a webhook speaks Twilio's form: the account has one row for callback URLs of that kind, one of
// others.
static bool is_twilio_form(enum hook_signature form)
{
    return form == HOOK_TWILIO_FORM;
}

static struct webhook_entry *find_callback(struct core *core, int64_t account, enum hook_signature form)
{
    struct webhook_entry *entry = NULL;
    while ((entry = webhooks_of(core->webhooks, account, entry)) != NULL)
        if (entry->row.url[0] == '\0' && is_twilio_form(entry->row.signature) == is_twilio_form(form))
            return entry;
    return NULL;
}

struct webhook_entry *webhooks_callback(struct core *core, int64_t account, enum hook_signature form)
{
    struct webhook_entry *entry = find_callback(core, account, form);
    struct webhook row = {.account = account,
                          .signature = form != 0 ? form : HOOK_STANDARD,
                          .name = "callback URLs of messages"};
    if (entry != NULL)
        return entry;
    if (is_twilio_form(form))
        snprintf(row.name, sizeof(row.name), "StatusCallback URLs of messages");
    if (!make_secret(row.secret)) {
        core->broken = true;
        return NULL;
    }
    return add(core, &row);
}

static void set_token(struct core *core, struct webhook_entry *entry, const char *token)
{
    snprintf(entry->row.secret, sizeof(entry->row.secret), "%s", token);
    entry->row.old_secret_until = 0;
    (void)store_webhook_update(core->store, &entry->row);
}

bool webhooks_sign_with(struct core *core, int64_t account, const char *token)
{
    struct webhook_entry *entry = webhooks_callback(core, account, HOOK_TWILIO_FORM);
    char key[HOOK_SECRET_SIZE + 8];
    uint8_t hash[SECRET_HASH_BYTES];
    if (entry == NULL)
        return false;
    int length = snprintf(key, sizeof(key), SECRET_APP_KEY "%s", entry->row.secret);
    secret_hash(hash, key, (size_t)length);
    secret_clear(key, sizeof(key));
    if (store_key_works(core->store, account, hash, core->now))
        return false;
    char old[HOOK_SECRET_SIZE];
    memcpy(old, entry->row.secret, sizeof(old));
    for (entry = NULL; (entry = webhooks_of(core->webhooks, account, entry)) != NULL;)
        if (is_twilio_form(entry->row.signature) && strcmp(entry->row.secret, old) == 0)
            set_token(core, entry, token);
    secret_clear(old, sizeof(old));
    return true;
}

static struct webhook_entry *by_app_id(struct core *core, int64_t account, const char *app_id)
{
    struct webhook_entry *entry = NULL;
    while (app_id[0] != '\0' && (entry = webhooks_of(core->webhooks, account, entry)) != NULL)
        if (strcmp(entry->row.app_id, app_id) == 0)
            return entry;
    return NULL;
}

struct webhook_entry *webhooks_named(struct core *core, struct command *command)
{
    struct webhook_entry *entry = NULL;
    while ((entry = webhooks_of(core->webhooks, command->account, entry)) != NULL)
        if (strcmp(entry->row.id, command->webhook.id) == 0)
            return entry;
    if ((entry = by_app_id(core, command->account, command->webhook.app_id)) != NULL)
        return entry;
    command_fail(command, COMMAND_NOT_FOUND, "id", "there is no such webhook");
    return NULL;
}

static size_t count_of(const struct core *core, int64_t account)
{
    size_t count = 0;
    struct webhook_entry *entry = NULL;
    while ((entry = webhooks_of(core->webhooks, account, entry)) != NULL)
        count += entry->row.url[0] != '\0';
    return count;
}

// The events that a form has words for; forms that are not here tell all.
static const int64_t SMSGATE_TELLS[] = {
    STATE_SENT,    STATE_DELIVERED, STATE_UNDELIVERED, STATE_FAILED,        STATE_EXPIRED,
    STATE_UNKNOWN, STATE_CANCELLED, STATE_RECEIVED,    EVENT_DEVICE_ONLINE, 0};
static const int64_t TWILIO_TELLS[] = {STATE_SENT,      STATE_DELIVERED, STATE_UNDELIVERED,
                                       STATE_FAILED,    STATE_EXPIRED,   STATE_UNKNOWN,
                                       STATE_CANCELLED, STATE_RECEIVED,  0};

bool webhooks_form_tells(enum hook_signature form, int64_t kind)
{
    const int64_t *told = form == HOOK_SMSGATE_FORM ? SMSGATE_TELLS
                          : is_twilio_form(form)    ? TWILIO_TELLS
                                                    : NULL;
    while (told != NULL && *told != 0 && *told != kind)
        told++;
    return told == NULL || *told != 0;
}

// What a webhook of that form can be told, as bits of event_bit.
static int64_t form_events(enum hook_signature form)
{
    int64_t bits = 0;
    for (int64_t kind = 0; kind <= EVENT_WEBHOOK_RESUMED; kind++)
        if (webhooks_form_tells(form, kind))
            bits |= event_bit(kind);
    return bits;
}

// The device that the webhook is to be told of. False with the command's error set.
static bool find_device(struct core *core, struct command *command, int64_t *n)
{
    const char *id = command->webhook.device;
    const struct fleet_device *device = id[0] != '\0' ? fleet_device_by_id(core->fleet, id) : NULL;
    *n = device != NULL ? device->row.n : 0;
    if (id[0] == '\0' || (device != NULL && device->row.account == command->account))
        return true;
    command_fail(command, COMMAND_INVALID, "device", "there is no such device in this account");
    return false;
}

// Twilio's validators know one secret: the auth token, which signs status callbacks as well.
static bool take_token(struct core *core, struct webhook *row)
{
    const struct webhook_entry *entry = find_callback(core, row->account, HOOK_TWILIO_FORM);
    if (entry == NULL)
        return make_secret(row->secret);
    memcpy(row->secret, entry->row.secret, sizeof(row->secret));
    return true;
}

// What is told in SMSGate's form is signed with the key that the account's phones sign with, what is told in
// Twilio's with the auth token.
static bool choose_secret(struct core *core, struct webhook *row)
{
    if (row->signature == HOOK_SMSGATE_FORM)
        return phone_settings_key(core, row->account, row->secret, sizeof(row->secret));
    return is_twilio_form(row->signature) ? take_token(core, row) : make_secret(row->secret);
}

// A webhook that is asked to work again starts afresh.
static void start_afresh(struct core *core, struct webhook_entry *entry)
{
    entry->row.paused_at = 0;
    entry->failures = 0;
    entry->next_due = 0;
    core->next_hooks = 0;
}

// Puts what the app wants now into the webhook that it named so before.
static void replace(struct core *core, struct command *command, struct webhook_entry *entry,
                    const struct webhook *row)
{
    memcpy(entry->row.url, row->url, sizeof(row->url));
    memcpy(entry->row.name, command->webhook.name, sizeof(entry->row.name));
    entry->row.events = row->events;
    entry->row.device = row->device;
    start_afresh(core, entry);
    (void)store_webhook_update(core->store, &entry->row);
    command->webhook.row = entry->row;
}

void webhooks_add(struct core *core, struct command *command)
{
    const struct command_webhook *wish = &command->webhook;
    struct webhook row = {.account = command->account, .events = wish->events, .signature = wish->signature};
    struct webhook_entry *known = by_app_id(core, command->account, wish->app_id);
    row.events &= form_events(row.signature);
    if (row.events == 0) {
        command_fail(command, COMMAND_INVALID, "events", "are none that this signature's form can tell");
        return;
    }
    if (!find_device(core, command, &row.device))
        return;
    snprintf(row.url, sizeof(row.url), "%s", wish->url);
    if (known != NULL && known->row.signature == row.signature) {
        replace(core, command, known, &row);
        return;
    }
    memcpy(row.app_id, wish->app_id, sizeof(row.app_id));
    if (count_of(core, command->account) >= WEBHOOKS_MAX) {
        command_fail(command, COMMAND_CONFLICT, "", "the account has 100 webhooks already");
        return;
    }
    snprintf(row.name, sizeof(row.name), "%s", wish->name);
    snprintf(row.secret, sizeof(row.secret), "%s", wish->secret);
    if (row.secret[0] == '\0' && !choose_secret(core, &row)) {
        command->status = COMMAND_UNAVAILABLE;
        return;
    }
    struct webhook_entry *entry = add(core, &row);
    if (entry != NULL)
        command->webhook.row = entry->row;
    if (is_twilio_form(row.signature) &&
        wish->secret[0] == '\0') // a key as well: the caller need not know it
        secret_clear(command->webhook.row.secret, sizeof(command->webhook.row.secret));
    secret_clear(&row, sizeof(row));
}

void webhooks_update(struct core *core, struct command *command)
{
    const struct command_webhook *wish = &command->webhook;
    struct webhook_entry *entry = webhooks_named(core, command);
    if (entry == NULL)
        return;
    if (entry->row.url[0] == '\0' && (wish->url != NULL || wish->events != 0)) {
        command_fail(command, COMMAND_INVALID, wish->url != NULL ? "url" : "events",
                     "is set by each message for callback URLs");
        return;
    }
    enum hook_signature form = wish->signature != 0 ? wish->signature : entry->row.signature;
    int64_t events = (wish->events != 0 ? wish->events : entry->row.events) & form_events(form);
    if (entry->row.url[0] == '\0' && is_twilio_form(form) != is_twilio_form(entry->row.signature)) {
        command_fail(command, COMMAND_INVALID, "signature", "is set by each message for callback URLs");
        return;
    }
    if (entry->row.url[0] != '\0' && events == 0) {
        command_fail(command, COMMAND_INVALID, "events", "are none that this signature's form can tell");
        return;
    }
    if (wish->name[0] != '\0')
        memcpy(entry->row.name, wish->name, sizeof(wish->name));
    if (wish->url != NULL)
        snprintf(entry->row.url, sizeof(entry->row.url), "%s", wish->url);
    entry->row.events = events;
    entry->row.signature = form;
    if (wish->set_disabled)
        entry->row.disabled = wish->disabled;
    start_afresh(core, entry);
    (void)store_webhook_update(core->store, &entry->row);
    command->webhook.row = entry->row;
}

void webhooks_rotate(struct core *core, struct command *command)
{
    struct webhook_entry *entry = webhooks_named(core, command);
    char secret[HOOK_SECRET_SIZE];
    if (entry == NULL)
        return;
    if (!make_secret(secret)) {
        command->status = COMMAND_UNAVAILABLE;
        return;
    }
    memcpy(entry->row.old_secret, entry->row.secret, sizeof(entry->row.secret));
    entry->row.old_secret_until = core->now + command->webhook.overlap_ms;
    snprintf(entry->row.secret, sizeof(entry->row.secret), "%s", secret);
    secret_clear(secret, sizeof(secret));
    (void)store_webhook_update(core->store, &entry->row);
    command->webhook.row = entry->row;
}

void webhooks_set_key(struct core *core, int64_t account, const char *secret)
{
    struct webhook_entry *entry = NULL;
    while ((entry = webhooks_of(core->webhooks, account, entry)) != NULL)
        if (entry->row.signature == HOOK_SMSGATE_FORM) {
            snprintf(entry->row.secret, sizeof(entry->row.secret), "%s", secret);
            (void)store_webhook_update(core->store, &entry->row);
        }
}

void webhooks_remove(struct core *core, struct command *command)
{
    struct webhook_entry *entry = webhooks_named(core, command);
    if (entry == NULL)
        return;
    entry->row.removed_at = core->now;
    (void)store_webhook_update(core->store, &entry->row);
}
