// Webhooks in memory, and what administrators ask for them.
#include "bridge/engine/webhooks.h"

#include "bridge/engine/core.h"

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
    return put(((struct core *)context)->webhooks, row) != NULL;
}

bool webhooks_load(struct core *core)
{
    clear(core->webhooks);
    core->next_hooks = 0;
    if (!store_webhooks_each(core->store, load_one, core))
        return false;
    for (struct webhook_entry *entry = core->webhooks->first; entry != NULL; entry = entry->next)
        entry->waiting = store_hook_waiting(core->store, entry->row.n, WAITING_COUNTED);
    return true;
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
    core->last_webhook++;
    (void)store_webhook_add(core->store, row);
    return entry;
}

struct webhook_entry *webhooks_callback(struct core *core, int64_t account)
{
    struct webhook_entry *entry = NULL;
    while ((entry = webhooks_of(core->webhooks, account, entry)) != NULL)
        if (entry->row.url[0] == '\0')
            return entry;
    struct webhook row = {
        .account = account, .signature = HOOK_STANDARD, .name = "callback URLs of messages"};
    if (!make_secret(row.secret)) {
        core->broken = true;
        return NULL;
    }
    return add(core, &row);
}

static void fail(struct command *command, enum command_status status, const char *path, const char *detail)
{
    command->status = status;
    field_fail(&command->error, path, "%s", detail);
}

struct webhook_entry *webhooks_named(struct core *core, struct command *command)
{
    struct webhook_entry *entry = NULL;
    while ((entry = webhooks_of(core->webhooks, command->account, entry)) != NULL)
        if (strcmp(entry->row.id, command->webhook.id) == 0)
            return entry;
    fail(command, COMMAND_NOT_FOUND, "id", "there is no such webhook");
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

void webhooks_add(struct core *core, struct command *command)
{
    const struct command_webhook *wish = &command->webhook;
    struct webhook row = {.account = command->account, .events = wish->events, .signature = wish->signature};
    if (count_of(core, command->account) >= WEBHOOKS_MAX) {
        fail(command, COMMAND_CONFLICT, "", "the account has 100 webhooks already");
        return;
    }
    snprintf(row.name, sizeof(row.name), "%s", wish->name);
    snprintf(row.url, sizeof(row.url), "%s", wish->url);
    snprintf(row.secret, sizeof(row.secret), "%s", wish->secret);
    if (row.secret[0] == '\0' && !make_secret(row.secret)) {
        command->status = COMMAND_UNAVAILABLE;
        return;
    }
    struct webhook_entry *entry = add(core, &row);
    if (entry != NULL)
        command->webhook.row = entry->row;
    secret_clear(&row, sizeof(row));
}

// A webhook that is asked to work again starts afresh.
static void start_afresh(struct core *core, struct webhook_entry *entry)
{
    entry->row.paused_at = 0;
    entry->failures = 0;
    entry->next_due = 0;
    core->next_hooks = 0;
}

void webhooks_update(struct core *core, struct command *command)
{
    const struct command_webhook *wish = &command->webhook;
    struct webhook_entry *entry = webhooks_named(core, command);
    if (entry == NULL)
        return;
    if (entry->row.url[0] == '\0' && (wish->url != NULL || wish->events != 0)) {
        fail(command, COMMAND_INVALID, wish->url != NULL ? "url" : "events",
             "is set by each message for callback URLs");
        return;
    }
    if (wish->name[0] != '\0')
        memcpy(entry->row.name, wish->name, sizeof(wish->name));
    if (wish->url != NULL)
        snprintf(entry->row.url, sizeof(entry->row.url), "%s", wish->url);
    if (wish->events != 0)
        entry->row.events = wish->events;
    if (wish->signature != 0)
        entry->row.signature = wish->signature;
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

void webhooks_remove(struct core *core, struct command *command)
{
    struct webhook_entry *entry = webhooks_named(core, command);
    if (entry == NULL)
        return;
    entry->row.removed_at = core->now;
    (void)store_webhook_update(core->store, &entry->row);
}
