// How long messages are kept.
#include "bridge/engine/retention.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 100, EVENT_WINDOW = 2000 };

static const int64_t DAY_MS = INT64_C(24) * 3600 * 1000;

// One account's rule, and how far its deletions are: they begin anew from the oldest, which is cheap, because
// all but those that still waited are gone.
struct keeping {
    struct keeping *next;
    struct retention row;
    char deleted_to[ID_SIZE];
    int64_t events_to;
};

void retention_free(struct keeping *keeping)
{
    while (keeping != NULL) {
        struct keeping *next = keeping->next;
        free(keeping);
        keeping = next;
    }
}

// NULL when memory runs out.
static struct keeping *add(struct core *core, const struct retention *row)
{
    struct keeping *keeping = calloc(1, sizeof(*keeping));
    if (keeping == NULL)
        return NULL;
    keeping->row = *row;
    keeping->next = core->keepings;
    core->keepings = keeping;
    return keeping;
}

static bool load(void *context, const struct retention *row)
{
    return add(context, row) != NULL;
}

bool retention_load(struct core *core)
{
    retention_free(core->keepings);
    core->keepings = NULL;
    return store_retention_each(core->store, load, core);
}

static struct keeping *find(const struct core *core, int64_t account)
{
    struct keeping *keeping = core->keepings;
    while (keeping != NULL && keeping->row.account != account)
        keeping = keeping->next;
    return keeping;
}

bool retention_forgot(const struct core *core, int64_t account, int64_t at)
{
    const struct keeping *keeping = find(core, account);
    return keeping != NULL && keeping->row.delete_days > 0 &&
           at < core->now - keeping->row.delete_days * DAY_MS;
}

void retention_set(struct core *core, struct command *command)
{
    struct keeping *keeping = find(core, command->account);
    struct retention *row = &command->retention;
    row->account = command->account;
    if (keeping == NULL && (keeping = add(core, row)) == NULL) {
        core->broken = true;
        return;
    }
    // What was done before stays done; a shorter time goes on from there.
    memcpy(row->text_to, keeping->row.text_to, sizeof(row->text_to));
    memcpy(row->number_to, keeping->row.number_to, sizeof(row->number_to));
    keeping->row = *row;
    (void)store_retention_put(core->store, row);
}

// The lowest id of a message that was made days ago.
static void id_before(char out[ID_SIZE], const struct core *core, int64_t days)
{
    int64_t at = core->now - days * DAY_MS;
    snprintf(out, ID_SIZE, ID_MESSAGE "%012" PRIx64, (uint64_t)(at > 0 ? at : 0));
}

// A text that is still needed goes once it is sent.
static void forget_text(struct core *core, struct message *message)
{
    if (message->redact == REDACT_DONE)
        return;
    if (state_final(message->state)) {
        memset(message->text, 0, strlen(message->text));
        message->redact = REDACT_DONE;
    } else {
        message->redact = REDACT_WHEN_SENT;
    }
    cache_touch(core->cache, message);
}

// A number that is still needed stays until the message is deleted.
static void forget_number(struct core *core, struct message *message)
{
    if (!state_final(message->state) || message->peer[0] == '\0')
        return;
    message->peer[0] = '\0';
    (void)store_message_set_peer(core->store, message->n, message->peer);
}

// What still waits stays; so does the newest message, whose number must not be given twice.
static void delete_whole(struct core *core, struct message *message)
{
    if (!state_final(message->state) || message->n == core->last_message)
        return;
    (void)store_message_delete(core->store, message);
    cache_forget(core->cache, message);
}

// Does that to some messages between *from and those of days ago, and moves *from on. Returns whether there
// may be more.
static bool step(struct core *core, int64_t account, char from[ID_SIZE], int64_t days,
                 void (*act)(struct core *core, struct message *message))
{
    struct message window[WINDOW];
    char to[ID_SIZE];
    id_before(to, core, days);
    if (days == 0 || strcmp(from, to) >= 0)
        return false;
    cache_flush(core->cache, core->store);
    size_t count = store_messages_old(core->store, window, WINDOW, account, from, to);
    for (size_t i = 0; i < count; i++) {
        memcpy(from, window[i].id, ID_SIZE);
        struct message *message = cache_merge_take(core->cache, core->store, &window[i]);
        if (message != NULL)
            act(core, message);
    }
    return count == WINDOW;
}

// Events about devices and the like, in the order of their numbers, over and over.
static void delete_events(struct core *core, struct keeping *keeping)
{
    int64_t to = keeping->events_to + EVENT_WINDOW;
    to = to < core->last_event ? to : core->last_event - 1; // the newest number must not be given twice
    if (to > keeping->events_to)
        (void)store_events_delete(core->store, keeping->events_to, to, keeping->row.account,
                                  core->now - keeping->row.delete_days * DAY_MS);
    keeping->events_to = to < core->last_event - 1 ? to : 0;
}

static void keep(struct core *core, struct keeping *keeping)
{
    struct retention *row = &keeping->row;
    struct retention before = *row;
    (void)step(core, row->account, row->text_to, row->text_days, forget_text);
    (void)step(core, row->account, row->number_to, row->number_days, forget_number);
    if (strcmp(before.text_to, row->text_to) != 0 || strcmp(before.number_to, row->number_to) != 0)
        (void)store_retention_put(core->store, row);
    if (row->delete_days == 0)
        return;
    if (!step(core, row->account, keeping->deleted_to, row->delete_days, delete_whole))
        keeping->deleted_to[0] = '\0';
    delete_events(core, keeping);
}

void retention_upkeep(struct core *core)
{
    for (struct keeping *keeping = core->keepings; keeping != NULL; keeping = keeping->next)
        keep(core, keeping);
}
