// Accepting messages and withdrawing them.
#include "bridge/engine/send.h"

#include "bridge/engine/dispatch.h"
#include "bridge/engine/fleet_pool.h"
#include "bridge/engine/life.h"
#include "bridge/engine/quiet.h"
#include "bridge/engine/room.h"
#include "bridge/engine/sender.h"
#include "bridge/engine/suppress.h"
#include "bridge/engine/templates.h"
#include "bridge/store/store_pools.h"
#include "common/isotime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool send_copy_message(struct message *copy, const struct message *message)
{
    *copy = *message;
    copy->text = strdup(message->text);
    copy->metadata = message->metadata != NULL ? strdup(message->metadata) : NULL;
    copy->callback_url = message->callback_url != NULL ? strdup(message->callback_url) : NULL;
    if (copy->text != NULL && (copy->metadata != NULL || message->metadata == NULL) &&
        (copy->callback_url != NULL || message->callback_url == NULL))
        return true;
    message_clear(copy);
    return false;
}

// Puts a copy behind the command's results. Room is there.
static bool add_result(struct command_send *send, const struct message *message)
{
    if (!send_copy_message(&send->messages[send->message_count], message))
        return false;
    send->message_count++;
    return true;
}

// Answers with what the first request under this idempotency key made.
static void replay(struct core *core, struct command *command, const struct idempotency *known)
{
    struct command_send *send = &command->send;
    if (memcmp(known->request_hash, send->request_hash, SECRET_HASH_BYTES) != 0) {
        command_fail(command, COMMAND_KEY_REUSED, "Idempotency-Key", "was used before with another request");
        return;
    }
    command->status = COMMAND_REPLAYED;
    if (id_valid(known->message, strlen(known->message), ID_BATCH)) {
        cache_flush(core->cache, core->store);
        memcpy(send->batch_id, known->message, sizeof(send->batch_id));
        send->message_count =
            store_messages_batch(core->store, send->messages, send->count, command->account, known->message);
        send->refused = calloc(send->count, sizeof(*send->refused));
        core->broken |= send->refused == NULL;
        if (send->refused != NULL)
            send->refused_count = store_refusals(core->store, send->refused, send->count, known->message);
        return;
    }
    const struct message *message = cache_get(core->cache, core->store, command->account, known->message);
    if (message == NULL || !add_result(send, message))
        command->status = COMMAND_UNAVAILABLE;
}

static bool check_times(const struct core *core, struct command *command)
{
    const struct command_send *send = &command->send;
    int64_t start = send->send_at > core->now ? send->send_at : core->now;
    if (send->expires_at == 0 || send->expires_at > start)
        return true;
    return command_fail(command, COMMAND_INVALID, "expires_at", "lies before the message could be sent");
}

static void fill(struct core *core, const struct command *command, struct message *message, size_t i,
                 int64_t device)
{
    const struct command_send *send = &command->send;
    int64_t start = send->send_at > core->now ? send->send_at : core->now;
    int64_t ttl = send->ttl_ms != 0 ? send->ttl_ms : core->options.default_ttl_ms;
    const struct send_own *own = send->own != NULL ? &send->own[i] : NULL;
    const char *text = own != NULL ? own->text : send->text;
    *message = (struct message){
        .n = core->last_message + 1,
        .account = command->account,
        .direction = DIRECTION_OUTBOUND,
        .text = text != NULL ? strdup(text) : NULL,
        .metadata = send->metadata != NULL ? strdup(send->metadata) : NULL,
        .callback_url =
            send->callback_url != NULL ? hook_callback_keep(send->callback_form, send->callback_url) : NULL,
        .want_pool = send->pool,
        .purpose = send->purpose,
        .redact = send->redact,
        .hide_number = send->hide_number,
        .schedule = send->schedule,
        .encoding = own != NULL ? own->encoding : send->encoding,
        .parts = own != NULL ? own->parts : send->parts,
        .lane = send->lane,
        .qos = send->qos,
        .want_device = device,
        .want_sim = send->sim,
        .want_report = send->report && send->qos > 0,
        .send_at = send->send_at,
        .expires_at = send->expires_at != 0 ? send->expires_at : start + ttl,
        .created_at = core->now,
        .updated_at = core->now,
    };
    id_new(message->id, ID_MESSAGE, core->now);
    memcpy(message->batch, send->batch_id, sizeof(message->batch));
    memcpy(message->peer, send->to[i], sizeof(send->to[i]));
}

// Whether the message is an answer that one machine gives to another without end.
static bool is_loop(struct core *core, const struct command_send *send, const struct message *message)
{
    const struct engine_options *options = &core->options;
    return send->answer && !answers_allow(&core->answers, message->account, message->peer, core->mono,
                                          options->answers_max, options->answers_gap_ms);
}

static void end_loop(struct core *core, struct message *message)
{
    char detail[DETAIL_SIZE];
    snprintf(
        detail, sizeof(detail),
        "more than %lld answers in a row: two machines may be answering each other. No answer for %lld s "
        "ends the row",
        (long long)core->options.answers_max, (long long)core->options.answers_gap_ms / 1000);
    (void)life_move(core, message, STATE_FAILED, core->now, ANSWERS_LOOP, detail);
}

// Accepts one recipient's message. False when memory runs out.
static bool accept_one(struct core *core, struct command *command, size_t i, int64_t device)
{
    struct message message;
    struct fleet_device *free_device = NULL;
    fill(core, command, &message, i, device);
    bool loop = is_loop(core, &command->send, &message);
    if (loop) {
        message.state = STATE_QUEUED;
    } else if (message.send_at > core->now) {
        message.state = STATE_SCHEDULED;
        message.due_at = message.send_at;
    } else if (quiet_holds(core, &message, &message.due_at, message.detail)) {
        message.state = STATE_HELD;
        memcpy(message.reason, QUIET_HOURS, sizeof(QUIET_HOURS));
    } else {
        free_device = dispatch_plan(core, &message);
    }
    bool whole = message.text != NULL && (message.metadata != NULL) == (command->send.metadata != NULL) &&
                 (message.callback_url != NULL) == (command->send.callback_url != NULL);
    struct message *added = whole ? life_add_take(core, &message) : NULL;
    if (added == NULL) {
        message_clear(&message);
        return false;
    }
    core->last_message++;
    core->counters.accepted_messages++;
    if (command->send.fell_back)
        life_note(core, added, EVENT_MOVED, core->now, 0, "fallback",
                  "nobody of the sender that was asked for can send now: the other one takes the message");
    if (added->turn != TURN_NONE)
        dispatch_planned(core, added, free_device);
    if (loop)
        end_loop(core, added);
    return add_result(&command->send, added);
}

// Puts the i-th recipient to another place of the list, with what is its own.
static void move_recipient(struct command_send *send, size_t to, size_t i)
{
    memmove(send->to[to], send->to[i], sizeof(send->to[i]));
    if (send->own == NULL || to == i)
        return;
    struct send_own swap = send->own[to]; // what is refused stays behind, to be freed
    send->own[to] = send->own[i];
    send->own[i] = swap;
}

// Takes the recipients who must not be written to out of the list. False when none is left, with the error
// set.
static bool sort_out(struct core *core, struct command *command)
{
    struct command_send *send = &command->send;
    char why[DETAIL_SIZE];
    size_t kept = 0;
    for (size_t i = 0; i < send->count; i++) {
        if (!suppress_refuses(core, command->account, send->to[i], send->purpose, why)) {
            move_recipient(send, kept++, i);
            continue;
        }
        if (send->refused == NULL && (send->refused = calloc(send->count, sizeof(*send->refused))) == NULL) {
            core->broken = true;
            return false;
        }
        struct refusal *refusal = &send->refused[send->refused_count++];
        memcpy(refusal->to, send->to[i], sizeof(refusal->to));
        memcpy(refusal->why, why, sizeof(refusal->why));
    }
    send->count = kept;
    if (kept > 0)
        return true;
    return command_fail(command, COMMAND_SUPPRESSED, "to", "%s", why);
}

static void remember_key(struct core *core, const struct command *command)
{
    const struct command_send *send = &command->send;
    struct idempotency row = {.account = command->account, .created_at = core->now};
    memcpy(row.key, send->idempotency_key, sizeof(row.key));
    memcpy(row.request_hash, send->request_hash, sizeof(row.request_hash));
    memcpy(row.message, send->batch ? send->batch_id : send->messages[0].id, sizeof(row.message));
    (void)store_idempotency_add(core->store, &row);
    (void)store_refusals_add(core->store, send->batch_id, send->refused, send->refused_count, core->now);
}

// Whether the app's own id for it is free. False with the command's error set.
static bool check_name(struct core *core, struct command *command)
{
    const char *name = command->send.name;
    char known[ID_SIZE];
    if (name[0] == '\0' || !store_send_name_load(core->store, known, command->account, name))
        return true;
    return command_fail(command, COMMAND_CONFLICT, "id", "was given to another message before");
}

static void remember_name(struct core *core, const struct command *command)
{
    const struct command_send *send = &command->send;
    struct send_name row = {.account = command->account, .created_at = core->now};
    memcpy(row.name, send->name, sizeof(row.name));
    memcpy(row.message, send->batch ? send->batch_id : send->messages[0].id, sizeof(row.message));
    (void)store_send_name_add(core->store, &row);
}

void send_apply(struct core *core, struct command *command)
{
    struct command_send *send = &command->send;
    struct idempotency known;
    int64_t device;
    send->messages = calloc(send->count, sizeof(*send->messages));
    if (send->messages == NULL) {
        core->broken = true;
        return;
    }
    bool keyed = send->idempotency_key[0] != '\0';
    if (keyed && store_idempotency_load(core->store, &known, command->account, send->idempotency_key)) {
        replay(core, command, &known);
        return;
    }
    if (!room_check(core, command) || !check_name(core, command) || !sender_read(core, command, &device) ||
        !check_times(core, command) || !templates_fill(core, command) || !sort_out(core, command))
        return;
    if (send->batch)
        id_new(send->batch_id, ID_BATCH, core->now);
    for (size_t i = 0; i < send->count; i++)
        if (!accept_one(core, command, i, device)) {
            core->broken = true;
            return;
        }
    if (keyed)
        remember_key(core, command);
    if (send->name[0] != '\0')
        remember_name(core, command);
}

// Asks the device that holds the message to let it go.
static void ask_device(struct core *core, struct message *message, const struct fleet_device *device)
{
    struct publish *item = effects_publish(&core->effects, device, TOPIC_CANCEL, 1);
    message->cancelling = true;
    life_due(core, message, core->now + core->options.confirm_ms);
    if (item == NULL)
        return;
    memcpy(item->cancel.id, message->id, sizeof(item->cancel.id));
    item->cancel.lease = message->lease;
}

bool send_withdraw(struct core *core, struct message *message, const char *detail)
{
    const struct fleet_device *device =
        message->turn == TURN_OUT ? fleet_device(core->fleet, message->device) : NULL;
    if (device != NULL && message->qos > 0)
        ask_device(core, message, device);
    else if (state_rank(message->state) >= state_rank(STATE_DISPATCHED))
        return false;
    else
        (void)life_move(core, message, STATE_CANCELLED, core->now, "requested", detail);
    return true;
}

// The same for who asks for it: false with *why set when it is too late.
static bool withdraw(struct core *core, struct message *message, struct field_error *why)
{
    return send_withdraw(core, message, "withdrawn by request") || message->state == STATE_CANCELLED ||
           field_fail(why, "", "the message is %s: it can no longer be withdrawn",
                      state_name(message->state));
}

static void not_found(struct command *command)
{
    command_fail(command, COMMAND_NOT_FOUND, "id", "there is no such message");
}

// Withdraws what can be withdrawn of a batch; a conflict when that is nothing.
static void cancel_batch(struct core *core, struct command *command)
{
    struct message *rows = calloc(SEND_RECIPIENTS_MAX, sizeof(*rows));
    if (rows == NULL) {
        command->status = COMMAND_UNAVAILABLE;
        return;
    }
    cache_flush(core->cache, core->store);
    size_t count =
        store_messages_batch(core->store, rows, SEND_RECIPIENTS_MAX, command->account, command->cancel.id);
    size_t withdrawn = 0;
    for (size_t i = 0; i < count; i++) {
        struct message *message = cache_merge_take(core->cache, core->store, &rows[i]);
        withdrawn += message != NULL && withdraw(core, message, &command->error);
        message_clear(&rows[i]);
    }
    free(rows);
    if (count == 0)
        not_found(command);
    else if (withdrawn == 0)
        command->status = COMMAND_CONFLICT;
}

void send_cancel(struct core *core, struct command *command)
{
    const char *id = command->cancel.id;
    if (id_valid(id, strlen(id), ID_BATCH)) {
        cancel_batch(core, command);
        return;
    }
    struct message *message = cache_get(core->cache, core->store, command->account, id);
    if (message == NULL || message->direction != DIRECTION_OUTBOUND)
        not_found(command);
    else if (!withdraw(core, message, &command->error))
        command->status = COMMAND_CONFLICT;
    if (message != NULL && !send_copy_message(&command->cancel.message, message))
        core->broken = true;
}

void send_feedback(struct core *core, struct command *command)
{
    struct command_feedback *feedback = &command->feedback;
    const struct message *message = cache_get(core->cache, core->store, command->account, feedback->id);
    if (message == NULL || message->direction != DIRECTION_OUTBOUND) {
        command_fail(command, COMMAND_NOT_FOUND, "id", "there is no such message");
        return;
    }
    enum event_kind kind = feedback->confirmed ? EVENT_CONFIRMED : EVENT_UNCONFIRMED;
    feedback->at = core->now;
    cache_flush(core->cache, core->store);
    if (!store_event_known(core->store, message->n, kind, 0)) // said again it adds nothing
        life_note(core, message, kind, core->now, 0, NULL, NULL);
}

void send_reschedule(struct core *core, struct command *command)
{
    const struct command_reschedule *wish = &command->reschedule;
    struct message *message = cache_get(core->cache, core->store, command->account, wish->id);
    char detail[DETAIL_SIZE], time[ISOTIME_SIZE];
    if (message == NULL || message->direction != DIRECTION_OUTBOUND) {
        command_fail(command, COMMAND_NOT_FOUND, "id", "there is no such message");
        return;
    }
    if (message->state != STATE_SCHEDULED) {
        command_fail(command, COMMAND_CONFLICT, "", "the message is %s: its time has come",
                     state_name(message->state));
        return;
    }
    int64_t at = wish->send_at > core->now ? wish->send_at : core->now;
    message->expires_at += at - message->send_at;
    message->send_at = at;
    cache_flush(core->cache, core->store);
    (void)store_message_reschedule(core->store, message->n, message->send_at, message->expires_at);
    isotime_format(time, at);
    snprintf(detail, sizeof(detail), "now for %s", time);
    life_note(core, message, EVENT_RESCHEDULED, core->now, 0, NULL, detail);
    life_due(core, message, at);
}
