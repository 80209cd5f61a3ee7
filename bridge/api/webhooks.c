// /v1/webhooks: who is told what happens, and what became of each delivery.
#include "bridge/api/api_internal.h"

#include "common/clock.h"
#include "common/isotime.h"
#include "common/parse.h"
#include "common/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS_MAX = 64, SECRET_MIN = 16, OVERLAP_MAX_S = 30 * 86400, OVERLAP_DEFAULT_S = 86400, NEVER = -1 };

struct body {
    const char *name, *url, *signature, *secret;
    json_t *events;
    bool enabled;
    int64_t overlap_s;
};

static const struct field CREATE_FIELDS[] = {
    {"url", FIELD_STRING, offsetof(struct body, url), true, 1, HOOK_URL_MAX},
    {"name", FIELD_STRING, offsetof(struct body, name), false, 1, NAME_SIZE - 1},
    {"events", FIELD_ARRAY, offsetof(struct body, events), false, 1, EVENTS_MAX},
    {"signature", FIELD_STRING, offsetof(struct body, signature), false, 1, 16},
    {"secret", FIELD_STRING, offsetof(struct body, secret), false, SECRET_MIN, HOOK_SECRET_SIZE - 1},
};
static const struct field UPDATE_FIELDS[] = {
    {"url", FIELD_STRING, offsetof(struct body, url), false, 1, HOOK_URL_MAX},
    {"name", FIELD_STRING, offsetof(struct body, name), false, 1, NAME_SIZE - 1},
    {"events", FIELD_ARRAY, offsetof(struct body, events), false, 1, EVENTS_MAX},
    {"signature", FIELD_STRING, offsetof(struct body, signature), false, 1, 16},
    {"enabled", FIELD_BOOL, offsetof(struct body, enabled), false, 0, 0},
};
static const struct field ROTATE_FIELDS[] = {
    {"overlap_s", FIELD_INT, offsetof(struct body, overlap_s), false, 0, OVERLAP_MAX_S},
};

enum { LAST_BIT = 34 };

// Every kind that webhooks are told of, by its bit.
static int64_t kind_of_bit(int bit)
{
    for (int64_t kind = 1; kind <= EVENT_WEBHOOK_RESUMED; kind++)
        if (event_bit(kind) == (int64_t)1 << bit)
            return kind;
    return 0;
}

static int64_t all_events(void)
{
    int64_t bits = 0;
    for (int64_t kind = 1; kind <= EVENT_WEBHOOK_RESUMED; kind++)
        bits |= event_bit(kind);
    return bits;
}

static json_t *events_json(int64_t events)
{
    json_t *list = json_array();
    for (int bit = 0; bit < LAST_BIT; bit++)
        if ((events & (int64_t)1 << bit) != 0)
            json_list_add_take(&list, json_string(event_name(kind_of_bit(bit))));
    return list;
}

static bool read_events(int64_t *events, const json_t *list, struct field_error *error)
{
    char path[32];
    size_t i;
    json_t *value;
    *events = list == NULL ? 0 : *events;
    json_array_foreach(list, i, value)
    {
        int64_t kind = 0;
        snprintf(path, sizeof(path), "events[%zu]", i);
        if (!json_is_string(value) || !event_parse(&kind, json_string_value(value)) || event_bit(kind) == 0)
            return field_fail(error, path, "is no event that webhooks are told of");
        *events |= event_bit(kind);
    }
    return true;
}

static json_t *webhook_json(const struct webhook *webhook)
{
    const char *state = webhook->disabled ? "disabled" : webhook->paused_at != 0 ? "paused" : "active";
    bool callbacks = webhook->url[0] == '\0';
    return json_pack("{s:s, s:s, s:o, s:b, s:o, s:s, s:s, s:o, s:o}", "id", webhook->id, "name",
                     webhook->name, "url", api_text(webhook->url), "callbacks", callbacks, "events",
                     callbacks ? json_null() : events_json(webhook->events), "signature",
                     hook_signature_name(webhook->signature), "state", state, "paused_at",
                     api_time(webhook->paused_at), "created_at", api_time(webhook->created_at));
}

static bool read_body(struct command_webhook *wish, const struct body *body, struct field_error *error)
{
    const char *why;
    if (body->url != NULL && !url_check(body->url, HOOK_URL_MAX, &why))
        return field_fail(error, "url", "%s", why);
    if (body->signature != NULL && !hook_signature_parse(&wish->signature, body->signature))
        return field_fail(error, "signature",
                          "must be standard, smsgate, twilio, smsgate-form or twilio-form");
    if (!read_events(&wish->events, body->events, error))
        return false;
    api_copy(wish->name, sizeof(wish->name), body->name);
    api_copy(wish->secret, sizeof(wish->secret), body->secret);
    wish->url = body->url != NULL ? strdup(body->url) : NULL;
    return body->url == NULL || wish->url != NULL || field_no_memory(error, "url");
}

// A command for the webhook that the path names; NULL after replying.
static struct command *named(struct request *request, enum command_kind kind)
{
    const char *id = request_param(request, 0);
    if (!id_valid(id, strlen(id), "WH")) {
        request_not_found(request, "there is no such webhook");
        return NULL;
    }
    struct command *command = command_new(kind, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL)
        request_unavailable(request);
    else
        api_copy(command->webhook.id, sizeof(command->webhook.id), id);
    return command;
}

static void reply_with_secret(struct request *request, int status, const struct webhook *webhook)
{
    json_t *json = webhook_json(webhook);
    json_object_set_new(json, "secret", api_text(webhook->secret));
    request_reply_json_take(request, status, json);
}

static void created(struct request *request, struct command *command)
{
    reply_with_secret(request, 201, &command->webhook.row);
}

static void rotated(struct request *request, struct command *command)
{
    reply_with_secret(request, 200, &command->webhook.row);
}

static void updated(struct request *request, struct command *command)
{
    request_reply_json_take(request, 200, webhook_json(&command->webhook.row));
}

static void removed(struct request *request, struct command *command)
{
    (void)command;
    request_reply_empty(request, 204);
}

static void replayed(struct request *request, struct command *command)
{
    request_reply_json_take(request, 202, json_pack("{s:I}", "replayed", (json_int_t)command->webhook.count));
}

static void tested(struct request *request, struct command *command)
{
    char id[24];
    snprintf(id, sizeof(id), "%lld", (long long)command->webhook.job);
    request_reply_json_take(request, 202, json_pack("{s:s}", "delivery", id));
}

void api_webhooks_create(struct request *request)
{
    struct body body = {.name = "webhook", .signature = "standard"};
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command =
        command_new(COMMAND_WEBHOOK_ADD, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!fields_decode(&body, json, CREATE_FIELDS, sizeof(CREATE_FIELDS) / sizeof(CREATE_FIELDS[0]),
                              "", &error) ||
               !read_body(&command->webhook, &body, &error)) {
        request_invalid(request, &error);
    } else {
        if (body.events == NULL)
            command->webhook.events = all_events();
        request_submit_take(request, command, created);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

void api_webhooks_update(struct request *request)
{
    struct body body = {.enabled = true};
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command = named(request, COMMAND_WEBHOOK_UPDATE);
    if (command != NULL) {
        if (fields_decode(&body, json, UPDATE_FIELDS, sizeof(UPDATE_FIELDS) / sizeof(UPDATE_FIELDS[0]), "",
                          &error) &&
            read_body(&command->webhook, &body, &error)) {
            command->webhook.set_disabled = json_is_boolean(json_object_get(json, "enabled"));
            command->webhook.disabled = !body.enabled;
            request_submit_take(request, command, updated);
            command = NULL;
        } else {
            request_invalid(request, &error);
        }
    }
    command_free(command);
    json_decref(json);
}

void api_webhooks_remove(struct request *request)
{
    struct command *command = named(request, COMMAND_WEBHOOK_REMOVE);
    if (command != NULL)
        request_submit_take(request, command, removed);
}

void api_webhooks_rotate(struct request *request)
{
    struct body body = {.overlap_s = OVERLAP_DEFAULT_S};
    struct field_error error;
    json_t *json = api_optional_json(request);
    if (json == NULL)
        return;
    struct command *command = named(request, COMMAND_WEBHOOK_ROTATE);
    if (command != NULL && !fields_decode(&body, json, ROTATE_FIELDS, 1, "", &error)) {
        request_invalid(request, &error);
        command_free(command);
    } else if (command != NULL) {
        command->webhook.overlap_ms = body.overlap_s * 1000;
        request_submit_take(request, command, rotated);
    }
    json_decref(json);
}

void api_webhooks_test(struct request *request)
{
    struct command *command = named(request, COMMAND_WEBHOOK_TEST);
    if (command != NULL)
        request_submit_take(request, command, tested);
}

struct replay_body {
    const char *delivery, *state;
    int64_t from, to;
};

static const struct field REPLAY_FIELDS[] = {
    {"delivery", FIELD_STRING, offsetof(struct replay_body, delivery), false, 1, 20},
    {"state", FIELD_STRING, offsetof(struct replay_body, state), false, 1, 16},
    {"from", FIELD_TIME, offsetof(struct replay_body, from), false, 0, INT64_MAX},
    {"to", FIELD_TIME, offsetof(struct replay_body, to), false, 0, INT64_MAX},
};

static bool read_replay(struct command_webhook *wish, const struct replay_body *body,
                        struct field_error *error)
{
    enum hook_state state = HOOK_DEAD;
    if (body->delivery != NULL &&
        !parse_int(&wish->replay.job, body->delivery, strlen(body->delivery), 1, INT64_MAX))
        return field_fail(error, "delivery", "is no id of a delivery");
    if (body->delivery == NULL && body->state == NULL && body->from == NEVER)
        return field_fail(error, "delivery", "name one, or a state, or a time range");
    if (body->state != NULL && (!hook_state_parse(&state, body->state) || state == HOOK_WAITS))
        return field_fail(error, "state", "must be dead or delivered");
    wish->replay.delivered = body->state == NULL ? body->from != NEVER : state == HOOK_DONE;
    wish->replay.from = body->from != NEVER ? body->from : 0;
    wish->replay.to = body->to != NEVER ? body->to : 0;
    return true;
}

void api_webhooks_replay(struct request *request)
{
    struct replay_body body = {.from = NEVER, .to = NEVER};
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command = named(request, COMMAND_WEBHOOK_REPLAY);
    if (command != NULL && (!fields_decode(&body, json, REPLAY_FIELDS, 4, "", &error) ||
                            !read_replay(&command->webhook, &body, &error))) {
        request_invalid(request, &error);
        command_free(command);
    } else if (command != NULL) {
        request_submit_take(request, command, replayed);
    }
    json_decref(json);
}

// Reads the webhook that the path names; false after replying.
static bool find(struct request *request, struct webhook *webhook)
{
    const char *id = request_param(request, 0);
    enum query_status status =
        query_webhook(request_store(request), webhook, request_principal(request)->account, id);
    if (status == QUERY_NONE)
        request_not_found(request, "there is no such webhook");
    else if (status == QUERY_FAILED)
        request_unavailable(request);
    return status == QUERY_OK;
}

void api_webhooks_show(struct request *request)
{
    struct webhook webhook;
    int64_t waiting = 0, dead = 0;
    if (!find(request, &webhook))
        return;
    if (query_webhook_waiting(request_store(request), &waiting, &dead, webhook.n) == QUERY_OK) {
        json_t *json = webhook_json(&webhook);
        json_object_set_new(
            json, "deliveries",
            json_pack("{s:I, s:I}", "waiting", (json_int_t)waiting, "dead", (json_int_t)dead));
        request_reply_json_take(request, 200, json);
    } else {
        request_unavailable(request);
    }
    secret_clear(&webhook, sizeof(webhook));
}

void api_webhooks_list(struct request *request)
{
    int64_t limit, cursor;
    size_t count;
    if (!api_page(request, &limit, &cursor))
        return;
    struct webhook *rows = calloc((size_t)limit, sizeof(*rows));
    if (rows == NULL || query_webhooks(request_store(request), rows, (size_t)limit, &count,
                                       request_principal(request)->account, cursor) != QUERY_OK) {
        free(rows);
        request_unavailable(request);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_list_add_take(&list, webhook_json(&rows[i]));
    int64_t last = count == (size_t)limit ? rows[count - 1].n : 0;
    secret_clear(rows, (size_t)limit * sizeof(*rows));
    free(rows);
    api_reply_page_take(request, "webhooks", list, last);
}

static json_t *delivery_json(const struct hook_job_view *view)
{
    const struct hook_job *job = &view->job;
    char id[24];
    snprintf(id, sizeof(id), "%lld", (long long)job->n);
    return json_pack("{s:s, s:s, s:o, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "id", id, "event",
                     view->kind != 0 ? event_name(view->kind) : "webhook.test", "message",
                     api_text(view->message_id), "state", hook_state_name(job->state), "attempts",
                     (json_int_t)job->attempts, "created_at", api_time(job->created_at), "next_attempt_at",
                     job->state == HOOK_WAITS ? api_time(job->due_at) : json_null(), "tried_at",
                     api_time(job->tried_at), "ended_at", api_time(job->ended_at), "status",
                     job->status != 0 ? json_integer(job->status) : json_null(), "error",
                     api_text(job->error), "took_ms", (json_int_t)job->took_ms);
}

void api_webhooks_deliveries(struct request *request)
{
    static const char *const NAMES[] = {"limit", "cursor", "state", NULL};
    int64_t limit = API_PAGE_DEFAULT, cursor = 0;
    enum hook_state state = 0;
    struct webhook webhook;
    struct field_error error;
    size_t count;
    const char *word = request_query(request, "state");
    if (!request_query_check(request, NAMES) || !api_query_int(request, &limit, "limit", 1, API_PAGE_MAX) ||
        !api_query_int(request, &cursor, "cursor", 1, INT64_MAX))
        return;
    if (word != NULL && !hook_state_parse(&state, word)) {
        field_fail(&error, "state", "must be waiting, delivered or dead");
        request_invalid(request, &error);
        return;
    }
    if (!find(request, &webhook))
        return;
    int64_t n = webhook.n;
    secret_clear(&webhook, sizeof(webhook));
    struct hook_job_view *rows = calloc((size_t)limit, sizeof(*rows));
    if (rows == NULL ||
        query_hook_jobs(request_store(request), rows, (size_t)limit, &count, n, state, cursor) != QUERY_OK) {
        free(rows);
        request_unavailable(request);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_list_add_take(&list, delivery_json(&rows[i]));
    int64_t last = count == (size_t)limit ? rows[count - 1].job.n : 0;
    free(rows);
    api_reply_page_take(request, "deliveries", list, last);
}
