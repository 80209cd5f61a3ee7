// What an operator does with messages that wait or ended badly.
#include "bridge/engine/backlog.h"

#include "bridge/engine/dispatch.h"
#include "bridge/engine/life.h"
#include "bridge/engine/send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void refuse(struct backlog_item *item, const char *why)
{
    snprintf(item->why, sizeof(item->why), "%s", why);
}

static bool is_in(const struct message *message, enum backlog queue)
{
    if (message->direction != DIRECTION_OUTBOUND)
        return false;
    if (queue == BACKLOG_ACTIVE)
        return message->state == STATE_QUEUED || message->state == STATE_DISPATCHED ||
               message->state == STATE_ACCEPTED;
    return queue == BACKLOG_HELD ? message->state == STATE_HELD : state_final(message->state);
}

// Calls act for each message that is still in its queue.
static void each(struct core *core, struct command *command,
                 void (*act)(struct core *core, const struct command *command, struct message *message,
                             struct backlog_item *item))
{
    for (size_t i = 0; i < command->backlog.count && !core->broken; i++) {
        struct backlog_item *item = &command->backlog.items[i];
        struct message *message = cache_get(core->cache, core->store, command->account, item->id);
        if (message == NULL)
            refuse(item, "there is no such message");
        else if (!is_in(message, command->backlog.queue))
            snprintf(item->why, sizeof(item->why), "is not in this queue: it is %s",
                     state_name(message->state));
        else
            act(core, command, message, item);
    }
}

static void release(struct core *core, const struct command *command, struct message *message,
                    struct backlog_item *item)
{
    (void)command;
    if (message->turn == TURN_NONE)
        dispatch_release(core, message);
    item->done = message->state != STATE_HELD;
    if (!item->done)
        refuse(item, message->detail);
}

void backlog_release(struct core *core, struct command *command)
{
    each(core, command, release);
}

static void drop(struct core *core, const struct command *command, struct message *message,
                 struct backlog_item *item)
{
    if (command->backlog.queue == BACKLOG_DEAD)
        item->done = store_dead_remove(core->store, message->n, message->account);
    else
        item->done = send_withdraw(core, message, "dropped from its queue");
    if (!item->done)
        refuse(item, command->backlog.queue == BACKLOG_DEAD ? "was seen to before"
                                                            : "it can no longer be withdrawn");
}

void backlog_drop(struct core *core, struct command *command)
{
    each(core, command, drop);
}

static char *copy(const char *text)
{
    return text != NULL ? strdup(text) : NULL;
}

// The request that was made for the message, without its times. Owned; NULL when memory runs out.
static struct command *ask_again(const struct core *core, const struct message *message)
{
    struct command *inner = command_new(COMMAND_SEND, ORIGIN_NONE, message->account);
    if (inner == NULL)
        return NULL;
    struct command_send *send = &inner->send;
    int64_t start = message->send_at > message->created_at ? message->send_at : message->created_at;
    const struct fleet_device *device =
        message->want_device != 0 ? fleet_device(core->fleet, message->want_device) : NULL;
    send->to = calloc(1, sizeof(*send->to));
    send->text = strdup(message->text);
    send->metadata = copy(message->metadata);
    send->callback_url = copy(message->callback_url);
    if (send->to == NULL || send->text == NULL || (send->metadata == NULL && message->metadata != NULL) ||
        (send->callback_url == NULL && message->callback_url != NULL)) {
        command_free(inner);
        return NULL;
    }
    send->count = 1;
    snprintf(send->to[0], sizeof(send->to[0]), "%.*s", NUMBER_SIZE - 1, message->peer);
    if (device != NULL)
        memcpy(send->device, device->row.id, sizeof(send->device));
    send->pool = message->want_pool;
    send->encoding = message->encoding;
    send->parts = message->parts;
    send->sim = message->want_sim;
    send->qos = message->qos;
    send->lane = message->lane;
    send->report = message->want_report;
    send->redact = message->redact;
    send->schedule = message->schedule;
    send->ttl_ms = message->expires_at - start;
    return inner;
}

// Tells in both timelines what became of what.
static void tell(struct core *core, const struct message *message, struct command *inner,
                 struct backlog_item *item)
{
    char detail[DETAIL_SIZE];
    const struct message *made =
        cache_get(core->cache, core->store, message->account, inner->send.messages[0].id);
    snprintf(detail, sizeof(detail), "sent again as %s", inner->send.messages[0].id);
    life_note(core, message, EVENT_RETRIED, core->now, 0, "retried", detail);
    snprintf(detail, sizeof(detail), "for %s, which ended as %s", message->id, state_name(message->state));
    if (made != NULL)
        life_note(core, made, EVENT_RETRIED, core->now, 0, "retry", detail);
    memcpy(item->made, inner->send.messages[0].id, sizeof(item->made));
    item->done = true;
}

static void retry(struct core *core, const struct command *command, struct message *message,
                  struct backlog_item *item)
{
    if (message->state == STATE_UNKNOWN && !command->backlog.force) {
        refuse(item, "may have been sent already: force sends it again");
        return;
    }
    if (message->redact == REDACT_DONE) {
        refuse(item, "its text is not kept any more");
        return;
    }
    if (message->hide_number || message->peer[0] == '\0') {
        refuse(item, "its number is not kept any more");
        return;
    }
    if (!store_dead_remove(core->store, message->n, message->account)) {
        refuse(item, "was seen to before");
        return;
    }
    struct command *inner = ask_again(core, message);
    if (inner == NULL) {
        core->broken = true;
        return;
    }
    send_apply(core, inner);
    if (inner->status == COMMAND_OK && inner->send.message_count > 0) {
        tell(core, message, inner, item);
    } else {
        refuse(item, inner->error.detail);
        (void)store_dead_add(core->store, message->n, message->account);
    }
    command_free(inner);
}

void backlog_retry(struct core *core, struct command *command)
{
    each(core, command, retry);
}
