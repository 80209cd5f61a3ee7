// /v1/schedules: texts that recur.
#include "bridge/api/api_internal.h"

#include "common/cron.h"
#include "common/json_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VARIABLES_MAX_BYTES = 16384, OWN_MAX_BYTES = 131072 };

struct body {
    const char *name, *cron, *zone;
    json_t *message;
    bool paused;
};

static const struct field CREATE_FIELDS[] = {
    {"name", FIELD_STRING, offsetof(struct body, name), true, 1, NAME_SIZE - 1},
    {"cron", FIELD_STRING, offsetof(struct body, cron), true, 1, CRON_TEXT_MAX},
    {"zone", FIELD_STRING, offsetof(struct body, zone), false, 1, ZONE_NAME_SIZE - 1},
    {"message", FIELD_OBJECT, offsetof(struct body, message), true, 1, 32},
};
static const struct field UPDATE_FIELDS[] = {
    {"name", FIELD_STRING, offsetof(struct body, name), false, 1, NAME_SIZE - 1},
    {"cron", FIELD_STRING, offsetof(struct body, cron), false, 1, CRON_TEXT_MAX},
    {"zone", FIELD_STRING, offsetof(struct body, zone), false, 1, ZONE_NAME_SIZE - 1},
    {"message", FIELD_OBJECT, offsetof(struct body, message), false, 1, 32},
    {"paused", FIELD_BOOL, offsetof(struct body, paused), false, 0, 0},
};

// A number, or, of one with values of its own, an object as a request takes it.
static json_t *recipient_json(const char *number, size_t length, json_t *own)
{
    if (!json_is_object(own))
        return json_stringn(number, length);
    json_t *json = json_pack("{s:o}", "to", json_stringn(number, length));
    if (json_object_update(json, own) == 0)
        return json;
    json_decref(json);
    return NULL;
}

static json_t *recipients_json(const struct schedule *row)
{
    json_t *numbers = json_array(), *own = row->own != NULL ? json_loads(row->own, 0, NULL) : NULL;
    const char *list = row->recipients;
    for (size_t i = 0; *list != '\0'; i++) {
        size_t length = strcspn(list, " ");
        json_list_add_take(&numbers, recipient_json(list, length, json_array_get(own, i)));
        list += length + strspn(list + length, " ");
    }
    json_decref(own);
    return numbers;
}

static json_t *message_json(const struct schedule *row)
{
    bool by_template = row->template[0] != '\0';
    json_t *message = json_pack("{s:o, s:o, s:o, s:o, s:s, s:I, s:o, s:o, s:o}", "to", recipients_json(row),
                                "text", api_text(row->text), "from", api_text(row->sender), "sim",
                                row->sim != 0 ? json_integer(row->sim) : json_null(), "lane",
                                lane_name(row->lane), "qos", (json_int_t)row->qos, "ttl",
                                row->ttl_ms != 0 ? json_integer(row->ttl_ms / 1000) : json_null(), "metadata",
                                row->metadata != NULL ? json_loads(row->metadata, 0, NULL) : json_null(),
                                "callback_url", api_text(row->callback_url));
    if (by_template) {
        json_t *variables = row->variables != NULL ? json_loads(row->variables, 0, NULL) : json_object();
        json_object_set_new(message, "template", json_string(row->template));
        json_object_set_new(message, "language", api_text(row->language));
        json_object_set_new(message, "variables", variables != NULL ? variables : json_object());
    }
    return message;
}

static json_t *schedule_json(const struct schedule *row)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:b, s:o, s:o, s:o, s:o, s:o}", "id", row->id, "name",
                     row->name, "cron", row->cron, "zone", row->zone, "message", message_json(row), "paused",
                     row->paused, "next_at", api_time(row->next_at), "last_at", api_time(row->last_at),
                     "last", api_text(row->last_id), "error", api_text(row->last_error), "created_at",
                     api_time(row->created_at));
}

// What a schedule cannot keep of a message.
static bool check_kept(const json_t *message, struct field_error *error)
{
    static const char *const NOT_KEPT[] = {"send_at", "zone", "expires_at", "report", "device"};
    char path[32];
    for (size_t i = 0; i < sizeof(NOT_KEPT) / sizeof(NOT_KEPT[0]); i++)
        if (json_object_get(message, NOT_KEPT[i]) != NULL) {
            snprintf(path, sizeof(path), "message.%s", NOT_KEPT[i]);
            return field_fail(error, path, "cannot stand in a message that recurs");
        }
    return true;
}

// Takes the template, which makes the text anew at each run.
static bool keep_template(struct schedule *row, const struct template_wish *wish, json_t *variables,
                          struct field_error *error)
{
    api_copy(row->template, sizeof(row->template), wish->name);
    api_copy(row->language, sizeof(row->language), wish->language);
    row->variables = json_object_size(variables) > 0 ? json_text_take(json_incref(variables)) : NULL;
    if (row->variables == NULL && json_object_size(variables) > 0)
        return field_no_memory(error, "message.variables");
    return row->variables == NULL || strlen(row->variables) <= VARIABLES_MAX_BYTES ||
           field_fail(error, "message.variables", "take more than %d bytes as JSON", VARIABLES_MAX_BYTES);
}

// What one recipient has of its own; NULL when memory runs out.
static json_t *own_json(const json_t *recipient)
{
    static const char *const KEPT[] = {"variables", "language"};
    if (!json_is_object(recipient))
        return json_null();
    json_t *own = json_object();
    for (size_t i = 0; i < sizeof(KEPT) / sizeof(KEPT[0]); i++) {
        json_t *value = json_object_get(recipient, KEPT[i]);
        if (value != NULL && !json_is_null(value) && json_object_set(own, KEPT[i], value) != 0) {
            json_decref(own);
            return NULL;
        }
    }
    return own;
}

// Takes the values that recipients have of their own.
static bool keep_own(struct schedule *row, const json_t *to, struct field_error *error)
{
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(to); i++)
        json_list_add_take(&list, own_json(json_array_get(to, i)));
    row->own = list != NULL ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    if (row->own == NULL)
        return field_no_memory(error, "message.to");
    return strlen(row->own) <= OWN_MAX_BYTES ||
           field_fail(error, "message.to", "has variables of more than %d bytes as JSON", OWN_MAX_BYTES);
}

// Takes what recurs out of the request to send.
static bool keep(struct schedule *row, struct command_send *send, json_t *message, struct field_error *error)
{
    size_t size = send->count * NUMBER_SIZE, length = 0;
    if (send->own != NULL && !keep_own(row, json_object_get(message, "to"), error))
        return false;
    if (send->wish != NULL && !keep_template(row, send->wish, json_object_get(message, "variables"), error))
        return false;
    row->metadata = send->metadata;
    row->callback_url = send->callback_url;
    send->metadata = send->callback_url = NULL;
    row->recipients = malloc(size);
    row->text = strdup(send->wish != NULL ? "" : send->text);
    if (row->recipients == NULL || row->text == NULL)
        return field_no_memory(error, "message");
    for (size_t i = 0; i < send->count; i++)
        length +=
            (size_t)snprintf(row->recipients + length, size - length, "%s%s", i > 0 ? " " : "", send->to[i]);
    api_copy(row->sender, sizeof(row->sender), send->from);
    row->sim = send->sim;
    row->lane = send->lane;
    row->qos = send->qos;
    row->ttl_ms = send->ttl_ms;
    return true;
}

static bool read_message(struct request *request, struct schedule *row, json_t *message,
                         struct field_error *error)
{
    struct field_error inner;
    struct command *send = command_new(COMMAND_SEND, ORIGIN_NONE, 0);
    if (send == NULL)
        return field_no_memory(error, "message");
    bool done = check_kept(message, error);
    if (done && !api_send_read(request, &send->send, message, &inner)) {
        char path[FIELD_PATH_SIZE + 8];
        snprintf(path, sizeof(path), "message.%s", inner.path);
        done = field_fail(error, path, "%s", inner.detail);
        error->memory = inner.memory;
    }
    done = done && keep(row, &send->send, message, error);
    command_free(send);
    return done;
}

// Takes over what the body has.
static bool keep_body(struct request *request, struct schedule *row, const struct body *body,
                      struct field_error *error)
{
    struct cron cron;
    const char *why;
    if (body->cron != NULL && !cron_parse(&cron, body->cron, &why))
        return field_fail(error, "cron", "%s", why);
    if (body->zone != NULL && !zone_known(body->zone))
        return field_fail(error, "zone", "is no time zone such as Europe/Berlin");
    api_copy(row->name, sizeof(row->name), body->name);
    api_copy(row->cron, sizeof(row->cron), body->cron);
    api_copy(row->zone, sizeof(row->zone), body->zone);
    return body->message == NULL || read_message(request, row, body->message, error);
}

static bool read_new(struct request *request, struct command_schedule *wish, json_t *json,
                     struct field_error *error)
{
    struct body body = {.zone = "UTC"};
    return fields_decode(&body, json, CREATE_FIELDS, sizeof(CREATE_FIELDS) / sizeof(CREATE_FIELDS[0]), "",
                         error) &&
           keep_body(request, &wish->row, &body, error);
}

static bool read_change(struct request *request, struct command_schedule *wish, json_t *json,
                        struct field_error *error)
{
    struct body body = {.paused = false};
    if (!fields_decode(&body, json, UPDATE_FIELDS, sizeof(UPDATE_FIELDS) / sizeof(UPDATE_FIELDS[0]), "",
                       error) ||
        !keep_body(request, &wish->row, &body, error))
        return false;
    wish->set_message = body.message != NULL;
    wish->set_paused = json_is_boolean(json_object_get(json, "paused"));
    wish->row.paused = body.paused;
    return true;
}

static void created(struct request *request, struct command *command)
{
    request_reply_json_take(request, 201, schedule_json(&command->schedule.row));
}

static void changed(struct request *request, struct command *command)
{
    if (command->status == COMMAND_REPLAYED)
        request_add_header(request, "Idempotency-Replayed", "true");
    if (command->schedule.remove)
        request_reply_empty(request, 204);
    else
        request_reply_json_take(request, 200, schedule_json(&command->schedule.row));
}

void api_schedules_create(struct request *request)
{
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command =
        command_new(COMMAND_SCHEDULE_ADD, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!read_new(request, &command->schedule, json, &error)) {
        request_invalid(request, &error);
    } else {
        request_submit_take(request, command, created);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

// A command for the schedule that the path names; NULL after replying.
static struct command *named(struct request *request, enum command_kind kind)
{
    const char *id = request_param(request, 0);
    struct command *command = command_new(kind, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL)
        request_unavailable(request);
    else if (id_valid(id, strlen(id), "SC")) {
        api_copy(command->schedule.id, sizeof(command->schedule.id), id);
        return command;
    } else {
        request_not_found(request, "there is no such schedule");
    }
    command_free(command);
    return NULL;
}

void api_schedules_update(struct request *request)
{
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command = named(request, COMMAND_SCHEDULE_UPDATE);
    if (command != NULL && !read_change(request, &command->schedule, json, &error)) {
        request_invalid(request, &error);
        command_free(command);
    } else if (command != NULL) {
        request_submit_take(request, command, changed);
    }
    json_decref(json);
}

void api_schedules_remove(struct request *request)
{
    struct command *command = named(request, COMMAND_SCHEDULE_UPDATE);
    if (command == NULL)
        return;
    command->schedule.remove = true;
    request_submit_take(request, command, changed);
}

// Counts the messages of a run against what the key may send. False after replying. One that is not there is
// for the engine to miss.
static bool charge_run(struct request *request)
{
    struct schedule row;
    int64_t count = 1;
    enum query_status status = query_schedule(request_store(request), &row,
                                              request_principal(request)->account, request_param(request, 0));
    if (status == QUERY_NONE)
        return true;
    if (status == QUERY_FAILED) {
        request_unavailable(request);
        return false;
    }
    for (const char *at = row.recipients; (at = strchr(at, ' ')) != NULL; at++)
        count++;
    schedule_clear(&row);
    return request_charge(request, count);
}

void api_schedules_run(struct request *request)
{
    struct field_error error;
    struct command *command = named(request, COMMAND_SCHEDULE_RUN);
    if (command == NULL)
        return;
    if (!api_idempotency_key(request, command->schedule.idempotency_key, &error)) {
        request_invalid(request, &error);
    } else if (charge_run(request)) {
        request_submit_take(request, command, changed);
        command = NULL;
    }
    command_free(command);
}

void api_schedules_show(struct request *request)
{
    struct schedule row;
    enum query_status status = query_schedule(request_store(request), &row,
                                              request_principal(request)->account, request_param(request, 0));
    if (status == QUERY_NONE)
        request_not_found(request, "there is no such schedule");
    else if (status == QUERY_FAILED)
        request_unavailable(request);
    if (status != QUERY_OK)
        return;
    request_reply_json_take(request, 200, schedule_json(&row));
    schedule_clear(&row);
}

void api_schedules_list(struct request *request)
{
    int64_t limit, cursor;
    size_t count = 0;
    if (!api_page(request, &limit, &cursor))
        return;
    struct schedule *rows = calloc((size_t)limit, sizeof(*rows));
    enum query_status status = rows != NULL
                                   ? query_schedules(request_store(request), rows, (size_t)limit, &count,
                                                     request_principal(request)->account, cursor)
                                   : QUERY_FAILED;
    json_t *list = json_array();
    int64_t last = status == QUERY_OK && count == (size_t)limit ? rows[count - 1].n : 0;
    for (size_t i = 0; i < count; i++) {
        json_list_add_take(&list, schedule_json(&rows[i]));
        schedule_clear(&rows[i]);
    }
    free(rows);
    if (status == QUERY_OK) {
        api_reply_page_take(request, "schedules", list, last);
        return;
    }
    json_decref(list);
    request_unavailable(request);
}
