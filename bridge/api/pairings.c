// /v1/devices/pairings and /v1/devices/pair: credentials for a device that only has a code.
#include "bridge/api/api_internal.h"

#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TTL_MIN_S = 10, TTL_MAX_S = 86400, URL_SIZE = 512, TYPED_MAX = 64 };

struct body {
    const char *name, *id, *device, *code, *model;
    int64_t ttl;
};

static const struct field CREATE_FIELDS[] = {
    {"name", FIELD_STRING, offsetof(struct body, name), false, 1, NAME_SIZE - 1},
    {"id", FIELD_STRING, offsetof(struct body, id), false, 1, DEVICE_ID_MAX},
    {"device", FIELD_STRING, offsetof(struct body, device), false, 1, DEVICE_ID_MAX},
    {"ttl", FIELD_INT, offsetof(struct body, ttl), false, TTL_MIN_S, TTL_MAX_S},
};
static const struct field PAIR_FIELDS[] = {
    {"code", FIELD_STRING, offsetof(struct body, code), true, 1, TYPED_MAX},
    {"name", FIELD_STRING, offsetof(struct body, name), false, 0, NAME_SIZE - 1},
    {"model", FIELD_STRING, offsetof(struct body, model), false, 0, NAME_SIZE - 1},
};

static const char *state_of(const struct pairing *row)
{
    if (row->used_at != 0)
        return "used";
    return row->expires_at > clock_wall_ms() ? "open" : "expired";
}

// device is the id of the one that gets a new key, or was made; of a new one what it is to be.
static json_t *pairing_json(const struct pairing *row, const char *device)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "id", row->id, "state", state_of(row), "device",
                     api_text(device[0] != '\0' ? device : row->want_id), "name", api_text(row->name),
                     "created_at", api_time(row->created_at), "expires_at", api_time(row->expires_at),
                     "used_at", api_time(row->used_at));
}

// With the code, which is shown this once, and as the address that a device is given: what stands behind the
// '#' is not sent to servers, so it is in nobody's log.
static void created(struct request *request, struct command *command)
{
    const struct command_pairing *result = &command->pairing;
    char base[URL_SIZE], url[URL_SIZE + CODE_SIZE + 32];
    json_t *json = pairing_json(&result->row, result->device);
    request_public_url(request, base, sizeof(base));
    snprintf(url, sizeof(url), "%s/v1/devices/pair#%s", base, result->code);
    json_object_set_new(json, "code", json_string(result->code));
    json_object_set_new(json, "url", base[0] != '\0' ? json_string(url) : json_null());
    secret_clear(url, sizeof(url));
    request_reply_json_take(request, 201, json);
}

static bool is_slug(const char *text, const char *path, struct field_error *error)
{
    return text == NULL || device_id_valid(text, strlen(text)) ||
           field_fail(error, path, "must be 1 to %d of a-z, 0-9 and -, not - at an end", DEVICE_ID_MAX);
}

static bool read_create(struct command_pairing *wish, const json_t *json, struct field_error *error)
{
    struct body body = {0};
    if (!fields_decode(&body, json, CREATE_FIELDS, sizeof(CREATE_FIELDS) / sizeof(CREATE_FIELDS[0]), "",
                       error) ||
        !is_slug(body.id, "id", error) || !is_slug(body.device, "device", error))
        return false;
    if (body.device != NULL && (body.id != NULL || body.name != NULL))
        return field_fail(error, "device", "is one that is there: it keeps its id and name");
    api_copy(wish->name, sizeof(wish->name), body.name);
    api_copy(wish->want_id, sizeof(wish->want_id), body.id);
    api_copy(wish->device, sizeof(wish->device), body.device);
    wish->ttl_ms = body.ttl * 1000;
    return true;
}

void api_pairings_create(struct request *request)
{
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command =
        command_new(COMMAND_PAIRING_ADD, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!read_create(&command->pairing, json, &error)) {
        request_invalid(request, &error);
    } else {
        request_submit_take(request, command, created);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

void api_pairings_list(struct request *request)
{
    struct pairing_view rows[API_PAGE_MAX];
    int64_t limit, cursor;
    size_t count;
    if (!api_page(request, &limit, &cursor))
        return;
    if (query_pairings(request_store(request), rows, (size_t)limit, &count,
                       request_principal(request)->account, cursor) != QUERY_OK) {
        request_unavailable(request);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_list_add_take(&list, pairing_json(&rows[i].pairing, rows[i].device_id));
    int64_t last = count == (size_t)limit ? rows[count - 1].pairing.n : 0;
    api_reply_page_take(request, "pairings", list, last);
}

static void removed(struct request *request, struct command *command)
{
    (void)command;
    request_reply_empty(request, 204);
}

void api_pairings_remove(struct request *request)
{
    const char *id = request_param(request, 0);
    struct command *command =
        command_new(COMMAND_PAIRING_REMOVE, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!id_valid(id, strlen(id), "PA")) {
        request_not_found(request, "there is no such pairing");
        command_free(command);
    } else {
        api_copy(command->pairing.id, sizeof(command->pairing.id), id);
        request_submit_take(request, command, removed);
    }
}

// All that a device needs to connect. Without a host it takes the one that it came to.
static void paired(struct request *request, struct command *command)
{
    const struct http_options *options = request_options(request);
    const struct command_pairing *result = &command->pairing;
    char topics[TOPIC_SIZE];
    snprintf(topics, sizeof(topics), "sms/v1/%s", result->given.id);
    request_reply_json_take(
        request, 200,
        json_pack("{s:s, s:s, s:s, s:{s:o, s:I, s:b, s:s}}", "device", result->given.id, "name",
                  result->given.name, "key", result->key, "mqtt", "host", api_text(options->public_host),
                  "port", (json_int_t)options->public_port, "tls", options->public_tls, "topics", topics));
}

// Whether the code can be used; false after replying. Wrong codes never reach the engine.
static bool check_code(struct request *request, struct command_pairing *wish, const char *typed)
{
    char code[CODE_SIZE] = "";
    if (!request_may_guess(request))
        return false;
    bool readable = code_read(code, typed);
    secret_hash(wish->code_hash, code, strlen(code));
    secret_clear(code, sizeof(code));
    enum query_status status =
        readable ? query_pairing_open(request_store(request), wish->code_hash, clock_wall_ms()) : QUERY_NONE;
    if (status == QUERY_NONE) {
        request_wrong_guess(request);
        request_problem(request, 404, "not-found", "Not found", "code",
                        "the code is not known: it was used, or its time is over");
    } else if (status == QUERY_FAILED) {
        request_unavailable(request);
    }
    return status == QUERY_OK;
}

void api_pair(struct request *request)
{
    struct body body = {0};
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command = command_new(COMMAND_PAIRING_USE, ORIGIN_HTTP, 0);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!fields_decode(&body, json, PAIR_FIELDS, sizeof(PAIR_FIELDS) / sizeof(PAIR_FIELDS[0]), "",
                              &error)) {
        request_invalid(request, &error);
    } else if (check_code(request, &command->pairing, body.code)) {
        api_copy(command->pairing.name, sizeof(command->pairing.name), body.name);
        api_copy(command->pairing.model, sizeof(command->pairing.model), body.model);
        request_submit_take(request, command, paired);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}
