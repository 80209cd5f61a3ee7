// Texts that recur.
#include "bridge/engine/schedule.h"

#include "bridge/engine/send.h"
#include "bridge/engine/templates.h"
#include "common/segments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCHEDULES_MAX = 1000, RUN_WINDOW = 8, GRACE_MS = 3600000 };

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
    if (row->variables == NULL)
        return true;
    json_t *variables = fields_parse(row->variables, strlen(row->variables), &error);
    bool read = variables != NULL && template_values_read(&send->wish->values, variables, "", &error);
    json_decref(variables);
    return read;
}

// The request that an app would make. Owned; NULL when memory runs out.
static struct command *make_send(const struct schedule *row)
{
    struct command *inner = command_new(COMMAND_SEND, ORIGIN_NONE, row->account);
    if (inner == NULL)
        return NULL;
    struct command_send *send = &inner->send;
    size_t count = count_numbers(row->recipients);
    send->to = calloc(count, sizeof(*send->to));
    if (send->to == NULL || !set_text(send, row)) {
        command_free(inner);
        return NULL;
    }
    const char *number = row->recipients;
    for (; send->count < count; number += strcspn(number, " ") + 1)
        snprintf(send->to[send->count++], NUMBER_SIZE, "%.*s", (int)strcspn(number, " "), number);
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
        command->status = COMMAND_INVALID;
        field_fail(&command->error, "cron", "never comes");
        return;
    }
    if (store_schedule_count(core->store, command->account, SCHEDULES_MAX) >= SCHEDULES_MAX) {
        command->status = COMMAND_CONFLICT;
        field_fail(&command->error, "", "the account has %d schedules already", SCHEDULES_MAX);
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
    command->status = COMMAND_NOT_FOUND;
    field_fail(&command->error, "id", "there is no such schedule");
    return false;
}

void schedule_update(struct core *core, struct command *command)
{
    struct command_schedule *wish = &command->schedule;
    struct schedule row;
    if (!find(core, command, &row))
        return;
    row.paused = wish->paused;
    row.removed_at = wish->remove ? core->now : 0;
    row.next_at = row.paused || wish->remove ? 0 : next_of(&row, core->now);
    (void)store_schedule_update(core->store, &row);
    wish->row = row;
}

// Keeps why nothing was made, NULL = all is well; of a variable, which.
static void note_error(struct schedule *row, const struct field_error *error)
{
    bool named = error != NULL && strncmp(error->path, "variables", strlen("variables")) == 0;
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

void schedule_run(struct core *core, struct command *command)
{
    struct schedule row;
    if (!find(core, command, &row))
        return;
    run(core, &row);
    (void)store_schedule_update(core->store, &row);
    command->schedule.row = row;
}

void schedule_upkeep(struct core *core)
{
    struct schedule window[RUN_WINDOW];
    size_t count = store_schedules_due(core->store, window, RUN_WINDOW, core->now);
    for (size_t i = 0; i < count; i++) {
        struct schedule *row = &window[i];
        if (core->now - row->next_at <= GRACE_MS)
            run(core, row);
        else
            snprintf(row->last_error, sizeof(row->last_error),
                     "left out: the bridge was down when its time came");
        row->next_at = next_of(row, core->now);
        (void)store_schedule_update(core->store, row);
        schedule_clear(row);
    }
}
