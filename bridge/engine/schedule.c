// Texts that recur.
#include "bridge/engine/schedule.h"

#include "bridge/engine/send.h"
#include "bridge/engine/templates.h"
#include "common/secret.h"
#include "common/segments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SCHEDULES_MAX = 1000, // of one account
    RUN_WINDOW = 8,
    RUN_WINDOWS_MAX = 8,
    RUN_MESSAGES_MAX = SEND_RECIPIENTS_MAX, // made by one call of the upkeep
    GRACE_MS = 3600000,
    SWEEP_ROWS = 16,
};
static const int64_t KEEP_MS = 30LL * 24 * 3600 * 1000; // for the messages that name it

static int64_t next_of(const struct schedule *row, int64_t after)
{
    struct cron cron;
    const char *why;
    return cron_parse(&cron, row->cron, &why) ? cron_next(&cron, row->zone, after) : 0;
}

static size_t count_numbers(const char *list)
{
    size_t count = list[0] != '\0';
    for (; *list != '\0'; list++)
        count += *list == ' ';
    return count;
}

// Puts the values that recipients have of their own into the request. False when memory runs out.
static bool set_own(struct command_send *send, const char *text)
{
    struct field_error error;
    if (text == NULL)
        return true;
    json_t *list = json_loads(text, 0, NULL);
    send->own = calloc(send->count, sizeof(*send->own));
    bool read = list != NULL && send->own != NULL;
    send->own_count = read ? send->count : 0;
    for (size_t i = 0; i < send->own_count && read; i++) {
        const json_t *item = json_array_get(list, i);
        const char *language = json_string_value(json_object_get(item, "language"));
        snprintf(send->own[i].language, sizeof(send->own[i].language), "%s",
                 language != NULL ? language : "");
        read = template_values_read(&send->own[i].values, json_object_get(item, "variables"), "", &error);
    }
    json_decref(list);
    return read;
}

// Puts the text of the schedule, or the template that makes it, into the request. False when memory runs out.
static bool set_text(struct command_send *send, const struct schedule *row)
{
    struct segments segments;
    struct field_error error;
    if (row->template[0] == '\0') {
        send->text = strdup(row->text);
        if (send->text == NULL || !segments_count(&segments, row->text, strlen(row->text)))
            return false;
        send->encoding = segments.encoding;
        send->parts = segments.parts;
        return true;
    }
    send->wish = calloc(1, sizeof(*send->wish));
    if (send->wish == NULL)
        return false;
    memcpy(send->wish->name, row->template, sizeof(row->template));
    memcpy(send->wish->language, row->language, sizeof(row->language));
    json_t *variables =
        row->variables != NULL ? fields_parse(row->variables, strlen(row->variables), &error) : NULL;
    bool read = row->variables == NULL ||
                (variables != NULL && template_values_read(&send->wish->values, variables, "", &error));
    json_decref(variables);
    return read && set_own(send, row->own);
}

static bool set_recipients(struct command_send *send, const char *number, size_t count)
{
    send->to = calloc(count, sizeof(*send->to));
    for (; send->to != NULL && send->count < count; number += strcspn(number, " ") + 1)
        snprintf(send->to[send->count++], NUMBER_SIZE, "%.*s", (int)strcspn(number, " "), number);
    return send->to != NULL;
}

static bool copy(char **out, const char *text)
{
    *out = text != NULL ? strdup(text) : NULL;
    return *out != NULL || text == NULL;
}

// The request that an app would make. Owned; NULL when memory runs out.
static struct command *make_send(const struct schedule *row)
{
    struct command *inner = command_new(COMMAND_SEND, ORIGIN_NONE, row->account);
    if (inner == NULL)
        return NULL;
    struct command_send *send = &inner->send;
    size_t count = count_numbers(row->recipients);
    if (!set_recipients(send, row->recipients, count) || !set_text(send, row) ||
        !copy(&send->metadata, row->metadata) || !copy(&send->callback_url, row->callback_url)) {
        command_free(inner);
        return NULL;
    }
    memcpy(send->from, row->sender, sizeof(row->sender));
    send->batch = count > 1;
    send->sim = row->sim;
    send->lane = row->lane;
    send->qos = row->qos;
    send->ttl_ms = row->ttl_ms;
    send->report = true;
    send->schedule = row->n;
    return inner;
}

// Whether its template makes a text as it is now; otherwise false with the command's error set.
static bool check_template(struct core *core, struct command *command)
{
    struct command *inner = make_send(&command->schedule.row);
    char path[FIELD_PATH_SIZE];
    if (inner == NULL) {
        command->status = COMMAND_UNAVAILABLE;
        return false;
    }
    bool good = templates_fill(core, inner);
    if (!good) {
        command->status = inner->status;
        snprintf(path, sizeof(path), "message.%.*s", FIELD_PATH_SIZE - 16, inner->error.path);
        field_fail(&command->error, path, "%s", inner->error.detail);
    }
    command_free(inner);
    return good;
}

void schedule_add(struct core *core, struct command *command)
{
    struct schedule *row = &command->schedule.row;
    row->account = command->account;
    row->created_at = core->now;
    row->next_at = next_of(row, core->now);
    if (row->next_at == 0) {
        command_fail(command, COMMAND_INVALID, "cron", "never comes");
        return;
    }
    if (store_schedule_count(core->store, command->account, SCHEDULES_MAX) >= SCHEDULES_MAX) {
        command_fail(command, COMMAND_CONFLICT, "", "the account has %d schedules already", SCHEDULES_MAX);
        return;
    }
    if (!check_template(core, command))
        return;
    row->n = ++core->last_schedule;
    id_new(row->id, "SC", core->now);
    (void)store_schedule_add(core->store, row);
}

// The schedule that the command names; false with the error set. The caller clears it.
static bool find(struct core *core, struct command *command, struct schedule *row)
{
    if (store_schedule_load(core->store, row, command->account, command->schedule.id))
        return true;
    command_fail(command, COMMAND_NOT_FOUND, "id", "there is no such schedule");
    return false;
}

static void swap(char **a, char **b)
{
    char *kept = *a;
    *a = *b;
    *b = kept;
}

// Takes what is sent, and to whom, out of another row.
static void take_message(struct schedule *row, struct schedule *from)
{
    swap(&row->recipients, &from->recipients);
    swap(&row->text, &from->text);
    swap(&row->variables, &from->variables);
    swap(&row->own, &from->own);
    swap(&row->metadata, &from->metadata);
    swap(&row->callback_url, &from->callback_url);
    memcpy(row->template, from->template, sizeof(row->template));
    memcpy(row->language, from->language, sizeof(row->language));
    memcpy(row->sender, from->sender, sizeof(row->sender));
    row->sim = from->sim;
    row->lane = from->lane;
    row->qos = from->qos;
    row->ttl_ms = from->ttl_ms;
}

// Puts the wish's row, changed where the wish says so, in its place. Returns whether its times changed.
static bool merge_take(struct command_schedule *wish, struct schedule *row)
{
    struct schedule *from = &wish->row;
    bool moved = (from->cron[0] != '\0' && strcmp(from->cron, row->cron) != 0) ||
                 (from->zone[0] != '\0' && strcmp(from->zone, row->zone) != 0);
    if (from->name[0] != '\0')
        memcpy(row->name, from->name, sizeof(row->name));
    if (from->cron[0] != '\0')
        memcpy(row->cron, from->cron, sizeof(row->cron));
    if (from->zone[0] != '\0')
        memcpy(row->zone, from->zone, sizeof(row->zone));
    if (wish->set_paused)
        row->paused = from->paused;
    if (wish->set_message)
        take_message(row, from);
    schedule_clear(from);
    *from = *row;
    return moved;
}

// Its numbers and text go at once; who reads its messages still finds its name in the row. One that made none
// leaves nothing.
static void end(struct core *core, struct schedule *row)
{
    if (row->last_at == 0) {
        (void)store_schedule_delete(core->store, row->n);
        return;
    }
    char **const kept[] = {&row->variables, &row->own, &row->metadata, &row->callback_url};
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        free(*kept[i]);
        *kept[i] = NULL;
    }
    row->recipients[0] = row->text[0] = '\0';
    row->next_at = 0;
    row->removed_at = core->now;
    (void)store_schedule_update(core->store, row);
}

void schedule_update(struct core *core, struct command *command)
{
    struct command_schedule *wish = &command->schedule;
    struct schedule row;
    if (!find(core, command, &row))
        return;
    if (wish->remove) {
        end(core, &row);
        schedule_clear(&row);
        return;
    }
    bool moved = merge_take(wish, &row);
    int64_t next = next_of(&wish->row, core->now);
    if (moved && next == 0) {
        command_fail(command, COMMAND_INVALID, "cron", "never comes");
        return;
    }
    if (wish->set_message && !check_template(core, command))
        return;
    if (wish->row.paused)
        wish->row.next_at = 0;
    else if (moved || wish->row.next_at == 0)
        wish->row.next_at = next;
    (void)store_schedule_update(core->store, &wish->row);
}

// Keeps why nothing was made, NULL = all is well; of a variable, which.
static void note_error(struct schedule *row, const struct field_error *error)
{
    bool named = error != NULL && (strncmp(error->path, "variables", strlen("variables")) == 0 ||
                                   strncmp(error->path, "to[", strlen("to[")) == 0);
    snprintf(row->last_error, sizeof(row->last_error), "%.48s%s%.*s", named ? error->path : "",
             named ? " " : "", DETAIL_SIZE - 50, error != NULL ? error->detail : "");
}

// Makes the messages of one run and notes what came of it.
static void run(struct core *core, struct schedule *row)
{
    struct command *inner = make_send(row);
    if (inner == NULL) {
        core->broken = true;
        return;
    }
    send_apply(core, inner);
    bool made = inner->status == COMMAND_OK && inner->send.message_count > 0;
    row->last_at = core->now;
    snprintf(row->last_id, sizeof(row->last_id), "%s",
             !made               ? ""
             : inner->send.batch ? inner->send.batch_id
                                 : inner->send.messages[0].id);
    note_error(row, made ? NULL : &inner->error);
    command_free(inner);
}

// Whether a run under this key is known, which is the answer then.
static bool replay(struct core *core, struct command *command, struct schedule *row, const uint8_t *hash)
{
    struct idempotency known;
    const char *key = command->schedule.idempotency_key;
    if (key[0] == '\0' || !store_idempotency_load(core->store, &known, command->account, key))
        return false;
    command->status = COMMAND_REPLAYED;
    if (memcmp(known.request_hash, hash, SECRET_HASH_BYTES) != 0) {
        command_fail(command, COMMAND_KEY_REUSED, "Idempotency-Key", "was used before with another request");
    }
    memcpy(row->last_id, known.message, sizeof(row->last_id));
    row->last_error[0] = '\0';
    return true;
}

// A run that made nothing may be asked for again.
static void remember_key(struct core *core, const struct command *command, const struct schedule *row,
                         const uint8_t *hash)
{
    struct idempotency known = {.account = command->account, .created_at = core->now};
    if (command->schedule.idempotency_key[0] == '\0' || row->last_id[0] == '\0')
        return;
    memcpy(known.key, command->schedule.idempotency_key, sizeof(known.key));
    memcpy(known.request_hash, hash, sizeof(known.request_hash));
    memcpy(known.message, row->last_id, sizeof(known.message));
    (void)store_idempotency_add(core->store, &known);
}

void schedule_run(struct core *core, struct command *command)
{
    struct schedule row;
    uint8_t hash[SECRET_HASH_BYTES];
    if (!find(core, command, &row))
        return;
    secret_hash(hash, row.id, strlen(row.id)); // no request to send has an id as its body
    if (!replay(core, command, &row, hash)) {
        run(core, &row);
        (void)store_schedule_update(core->store, &row);
        remember_key(core, command, &row, hash);
    }
    command->schedule.row = row;
}

// One whose time has come. False when there is no room for its messages now.
static bool run_due(struct core *core, struct schedule *row, size_t *room)
{
    size_t count = count_numbers(row->recipients);
    if (core->now - row->next_at > GRACE_MS) {
        snprintf(row->last_error, sizeof(row->last_error),
                 "left out: the bridge was down when its time came");
    } else if (count > *room) {
        return false;
    } else {
        *room -= count;
        run(core, row);
    }
    row->next_at = next_of(row, core->now);
    (void)store_schedule_update(core->store, row);
    return true;
}

void schedule_upkeep(struct core *core)
{
    struct schedule window[RUN_WINDOW];
    size_t room = RUN_MESSAGES_MAX, count = RUN_WINDOW;
    bool goes_on = true;
    for (int windows = 0; goes_on && count == RUN_WINDOW && windows < RUN_WINDOWS_MAX; windows++) {
        count = store_schedules_due(core->store, window, RUN_WINDOW, core->now);
        for (size_t i = 0; i < count; i++) {
            goes_on = goes_on && !core->broken && run_due(core, &window[i], &room);
            schedule_clear(&window[i]);
        }
    }
    (void)store_schedule_sweep(core->store, core->now - KEEP_MS, SWEEP_ROWS);
}
