// /v1/messages: sending and withdrawing.
#include "bridge/api/api_internal.h"

#include "common/json_memory.h"
#include "common/parse.h"
#include "common/segments.h"
#include "common/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TO_MAX_BYTES = 64,
    TEXT_MAX_BYTES = SEND_TEXT_MAX_CHARACTERS * 4,
    TTL_MAX_S = 30 * 24 * 3600,
    NO_TIME = -1,
};

// The body of POST /v1/messages.
struct body {
    json_t *to;
    const char *send_at, *zone, *text, *template, *language, *device, *from, *lane, *callback_url;
    int64_t sim, qos, ttl, expires_at;
    bool report;
    json_t *metadata, *variables;
};

static const struct field BODY_FIELDS[] = {
    {"to", FIELD_ANY, offsetof(struct body, to), true, 0, 0},
    {"text", FIELD_STRING, offsetof(struct body, text), false, 1, TEXT_MAX_BYTES},
    {"template", FIELD_STRING, offsetof(struct body, template), false, 1, TEMPLATE_NAME_SIZE - 1},
    {"language", FIELD_STRING, offsetof(struct body, language), false, 1, TEMPLATE_LANGUAGE_SIZE - 1},
    {"variables", FIELD_OBJECT, offsetof(struct body, variables), false, 0, TEMPLATE_VARIABLES_MAX},
    {"device", FIELD_STRING, offsetof(struct body, device), false, 1, DEVICE_ID_MAX},
    {"from", FIELD_STRING, offsetof(struct body, from), false, 1, FROM_SIZE - 1},
    {"sim", FIELD_INT, offsetof(struct body, sim), false, 1, WIRE_SIMS_MAX},
    {"qos", FIELD_INT, offsetof(struct body, qos), false, 0, 2},
    {"lane", FIELD_STRING, offsetof(struct body, lane), false, 1, 16},
    {"ttl", FIELD_INT, offsetof(struct body, ttl), false, 1, TTL_MAX_S},
    {"expires_at", FIELD_TIME, offsetof(struct body, expires_at), false, 0, INT64_MAX},
    {"send_at", FIELD_STRING, offsetof(struct body, send_at), false, 1, 40},
    {"zone", FIELD_STRING, offsetof(struct body, zone), false, 1, ZONE_NAME_SIZE - 1},
    {"report", FIELD_BOOL, offsetof(struct body, report), false, 0, 0},
    {"callback_url", FIELD_STRING, offsetof(struct body, callback_url), false, 1, HOOK_URL_MAX},
    {"metadata", FIELD_OBJECT, offsetof(struct body, metadata), false, 0, 100},
};

// One element of a list of recipients, where not all get the same text.
struct recipient {
    json_t *to, *variables;
    const char *language;
};

static const struct field RECIPIENT_FIELDS[] = {
    {"to", FIELD_ANY, offsetof(struct recipient, to), true, 0, 0},
    {"variables", FIELD_OBJECT, offsetof(struct recipient, variables), false, 0, TEMPLATE_VARIABLES_MAX},
    {"language", FIELD_STRING, offsetof(struct recipient, language), false, 1, TEMPLATE_LANGUAGE_SIZE - 1},
};

// Reads one recipient into *out.
static bool read_number(char out[NUMBER_SIZE], const json_t *value, const char *path, const char *country,
                        struct field_error *error)
{
    if (!json_is_string(value))
        return field_fail(error, path, "must be a string");
    if (json_string_length(value) > TO_MAX_BYTES)
        return field_fail(error, path, "is longer than a phone number can be");
    enum number_status status =
        number_normalize(out, json_string_value(value), json_string_length(value), country);
    return status == NUMBER_OK || field_fail(error, path, "%s", number_status_text(status));
}

static int compare_numbers(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Refuses a number that stands twice in a batch: the person would get the text twice.
static bool check_unique(const struct command_send *send, struct field_error *error)
{
    const char **sorted = malloc(send->count * sizeof(*sorted));
    bool unique = sorted != NULL;
    if (!unique)
        return field_no_memory(error, "to");
    for (size_t i = 0; i < send->count; i++)
        sorted[i] = send->to[i];
    qsort(sorted, send->count, sizeof(*sorted), compare_numbers);
    for (size_t i = 1; i < send->count && unique; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0) {
            char path[32];
            size_t second =
                (size_t)((const char(*)[NUMBER_SIZE])(sorted[i] > sorted[i - 1] ? sorted[i] : sorted[i - 1]) -
                         (const char(*)[NUMBER_SIZE])send->to[0]);
            snprintf(path, sizeof(path), "to[%zu]", second);
            unique = field_fail(error, path, "stands in the list twice");
        }
    free(sorted);
    return unique;
}

// Reads the i-th recipient of a list when it is an object: a number with variables of its own.
static bool read_own(struct command_send *send, size_t i, const json_t *value, const char *country,
                     struct field_error *error)
{
    struct recipient recipient = {.language = NULL};
    char path[64], prefix[32];
    snprintf(prefix, sizeof(prefix), "to[%zu]", i);
    if (!fields_decode(&recipient, value, RECIPIENT_FIELDS, 3, prefix, error))
        return false;
    if (send->own == NULL && (send->own = calloc(send->count, sizeof(*send->own))) == NULL)
        return field_no_memory(error, "to");
    send->own_count = send->count;
    snprintf(path, sizeof(path), "%s.to", prefix);
    if (!read_number(send->to[i], recipient.to, path, country, error))
        return false;
    snprintf(path, sizeof(path), "%s.language", prefix);
    if (!api_language(send->own[i].language, recipient.language, path, error))
        return false;
    snprintf(path, sizeof(path), "%s.variables", prefix);
    return template_values_read(&send->own[i].values, recipient.variables, path, error);
}

static bool read_recipients(struct command_send *send, const json_t *to, const char *country,
                            struct field_error *error)
{
    char path[32];
    send->batch = json_is_array(to);
    send->count = send->batch ? json_array_size(to) : 1;
    if (!send->batch && !json_is_string(to))
        return field_fail(error, "to", "must be a phone number, or a list of them");
    if (send->count < 1 || send->count > SEND_RECIPIENTS_MAX)
        return field_fail(error, "to", "must hold 1 to %d numbers", SEND_RECIPIENTS_MAX);
    send->to = calloc(send->count, sizeof(*send->to));
    if (send->to == NULL)
        return field_no_memory(error, "to");
    if (!send->batch)
        return read_number(send->to[0], to, "to", country, error);
    for (size_t i = 0; i < send->count; i++) {
        const json_t *value = json_array_get(to, i);
        snprintf(path, sizeof(path), "to[%zu]", i);
        if (json_is_object(value) ? !read_own(send, i, value, country, error)
                                  : !read_number(send->to[i], value, path, country, error))
            return false;
    }
    return check_unique(send, error);
}

static bool read_text(struct command_send *send, const char *text, struct field_error *error)
{
    struct segments segments;
    if (send->own != NULL)
        return field_fail(error, "to", "has variables of recipients, which go with a template");
    if (text == NULL)
        return field_fail(error, "text", "is missing");
    if (api_characters(text) > SEND_TEXT_MAX_CHARACTERS)
        return field_fail(error, "text", "has more than %d characters", SEND_TEXT_MAX_CHARACTERS);
    if (!segments_count(&segments, text, strlen(text)))
        return field_fail(error, "text", "is not valid UTF-8");
    send->encoding = segments.encoding;
    send->parts = segments.parts;
    send->text = strdup(text);
    return send->text != NULL || field_no_memory(error, "text");
}

// Reads the text, or the template that makes it.
static bool read_content(struct command_send *send, const struct body *body, struct field_error *error)
{
    if (body->text != NULL && body->template != NULL)
        return field_fail(error, "template", "excludes text: give one of them");
    return api_wish_read(&send->wish, body->template, body->language, body->variables, error) &&
           (send->wish != NULL || read_text(send, body->text, error));
}

static bool read_callback(struct command_send *send, const char *url, struct field_error *error)
{
    const char *why;
    if (url == NULL)
        return true;
    if (!url_check(url, HOOK_URL_MAX, &why))
        return field_fail(error, "callback_url", "%s", why);
    send->callback_url = strdup(url);
    return send->callback_url != NULL || field_no_memory(error, "callback_url");
}

static bool read_metadata(struct command_send *send, json_t *metadata, struct field_error *error)
{
    if (metadata == NULL)
        return true;
    send->metadata = json_text_take(json_incref(metadata));
    if (send->metadata == NULL)
        return field_no_memory(error, "metadata");
    if (strlen(send->metadata) > SEND_METADATA_MAX_BYTES)
        return field_fail(error, "metadata", "takes more than %d bytes as JSON", SEND_METADATA_MAX_BYTES);
    return true;
}

// The engine takes 0 for no time, so the first millisecond of 1970 becomes the second.
static int64_t time_or_zero(int64_t at)
{
    return at == NO_TIME ? 0 : at == 0 ? 1 : at;
}

static bool read_options(struct command_send *send, const struct body *body, struct field_error *error)
{
    if (body->lane != NULL && !lane_parse(&send->lane, body->lane))
        return field_fail(error, "lane", "must be otp, high, normal or bulk");
    if (body->ttl != 0 && body->expires_at != NO_TIME)
        return field_fail(error, "ttl", "excludes expires_at: give one of them");
    if (body->device != NULL && !device_id_valid(body->device, strlen(body->device)))
        return field_fail(error, "device", "is no device id");
    if (body->device != NULL && body->from != NULL)
        return field_fail(error, "from", "excludes device: give one of them");
    api_copy(send->device, sizeof(send->device), body->device);
    api_copy(send->from, sizeof(send->from), body->from);
    send->sim = body->sim;
    send->qos = body->qos;
    send->report = body->report;
    send->ttl_ms = body->ttl * 1000;
    send->expires_at = time_or_zero(body->expires_at);
    return api_when(&send->send_at, body->send_at, body->zone, error);
}

bool api_idempotency_key(struct request *request, char out[IDEMPOTENCY_KEY_SIZE], struct field_error *error)
{
    const char *key = request_header(request, "Idempotency-Key");
    if (key == NULL)
        return true;
    size_t length = strlen(key);
    bool visible = length > 0 && length < IDEMPOTENCY_KEY_SIZE;
    for (size_t i = 0; i < length && visible; i++)
        visible = key[i] > ' ' && key[i] < 0x7F;
    if (!visible)
        return field_fail(error, "Idempotency-Key", "must be 1 to %d visible ASCII characters",
                          IDEMPOTENCY_KEY_SIZE - 1);
    api_copy(out, IDEMPOTENCY_KEY_SIZE, key);
    return true;
}

static bool read_idempotency_key(struct request *request, struct command_send *send,
                                 struct field_error *error)
{
    size_t length;
    const char *body = request_body(request, &length);
    if (!api_idempotency_key(request, send->idempotency_key, error))
        return false;
    if (send->idempotency_key[0] != '\0')
        secret_hash(send->request_hash, body, length);
    return true;
}

bool api_send_read(struct request *request, struct command_send *send, json_t *json,
                   struct field_error *error)
{
    struct body body = {.qos = 1, .report = true, .expires_at = NO_TIME};
    send->lane = LANE_NORMAL;
    return fields_decode(&body, json, BODY_FIELDS, sizeof(BODY_FIELDS) / sizeof(BODY_FIELDS[0]), "", error) &&
           read_recipients(send, body.to, request_options(request)->default_country, error) &&
           read_content(send, &body, error) && read_options(send, &body, error) &&
           read_callback(send, body.callback_url, error) && read_metadata(send, body.metadata, error) &&
           read_idempotency_key(request, send, error);
}

// An accepted message as it is in the command: what the view adds is known from the request.
static void put_accepted(struct json_out *out, const struct command_send *send, const struct message *message)
{
    struct message_view view = {.message = *message};
    api_copy(view.want_device_id, sizeof(view.want_device_id), send->device);
    api_copy(view.want_pool, sizeof(view.want_pool), send->pool_name);
    if (message->state == STATE_HELD) {
        view.rest.until = REST_END_UNKNOWN;
        memcpy(view.rest.reason, message->reason, sizeof(view.rest.reason));
        memcpy(view.rest.detail, message->detail, sizeof(view.rest.detail));
    }
    api_message_json(out, &view, NULL);
}

static void put_batch(struct json_out *out, const struct command_send *send)
{
    json_out_open(out, NULL, '{');
    json_out_string(out, "batch", send->batch_id);
    json_out_integer(out, "count", (int64_t)send->message_count);
    json_out_open(out, "messages", '[');
    for (size_t i = 0; i < send->message_count; i++)
        put_accepted(out, send, &send->messages[i]);
    json_out_close(out, ']');
    json_out_open(out, "refused", '[');
    for (size_t i = 0; i < send->refused_count; i++) {
        json_out_open(out, NULL, '{');
        json_out_string(out, "to", send->refused[i].to);
        json_out_string(out, "reason", send->refused[i].why);
        json_out_close(out, '}');
    }
    json_out_close(out, ']');
    json_out_close(out, '}');
}

static void created(struct request *request, struct command *command)
{
    const struct command_send *send = &command->send;
    struct json_out out = {0};
    if (command->status == COMMAND_REPLAYED)
        request_add_header(request, "Idempotency-Replayed", "true");
    if (send->batch)
        put_batch(&out, send);
    else
        put_accepted(&out, send, &send->messages[0]);
    request_reply_out_take(request, 202, &out);
}

// Only a list of recipients may make a body as long as this path takes.
static bool check_length(struct request *request, json_t *json)
{
    size_t length;
    request_body(request, &length);
    if (length <= API_BODY_MAX_BYTES || json_is_array(json_object_get(json, "to")))
        return true;
    request_problem(request, 413, "too-large", "Content too large", "",
                    "the body is larger than a message to one number can be");
    return false;
}

// Sends what the body says.
static void submit(struct request *request, json_t *json)
{
    struct field_error error;
    struct command *command = command_new(COMMAND_SEND, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL)
        request_unavailable(request);
    else if (!api_send_read(request, &command->send, json, &error))
        request_invalid(request, &error);
    else if (request_charge(request, (int64_t)command->send.count)) {
        request_submit_take(request, command, created);
        command = NULL;
    }
    command_free(command);
}

void api_messages_create(struct request *request)
{
    json_t *json = request_json(request);
    if (json != NULL && check_length(request, json))
        submit(request, json);
    json_decref(json);
}

// Puts where the answer goes, and from where, into its body. False with the error set.
static bool address_reply(json_t *json, const struct message_view *view, struct field_error *error)
{
    static const char *const TAKEN[] = {"to", "device", "sim", "from"};
    const struct message *message = &view->message;
    for (size_t i = 0; i < sizeof(TAKEN) / sizeof(TAKEN[0]); i++)
        if (json_object_get(json, TAKEN[i]) != NULL)
            return field_fail(error, TAKEN[i], "is given by the message that is answered");
    if (message->direction != DIRECTION_INBOUND)
        return field_fail(error, "id", "is a message that was sent; only one that came in can be answered");
    json_object_set_new(json, "to", json_string(message->peer));
    json_object_set_new(json, "device", json_string(view->device_id));
    if (message->sim != 0)
        json_object_set_new(json, "sim", json_integer(message->sim));
    return true;
}

void api_messages_reply(struct request *request)
{
    struct message_view view;
    struct field_error error;
    enum query_status status = query_message(request_store(request), &view,
                                             request_principal(request)->account, request_param(request, 0));
    if (status == QUERY_NONE)
        request_not_found(request, "there is no such message");
    else if (status == QUERY_FAILED)
        request_unavailable(request);
    if (status != QUERY_OK)
        return;
    json_t *json = request_json(request);
    if (json != NULL && address_reply(json, &view, &error))
        submit(request, json);
    else if (json != NULL)
        request_invalid(request, &error);
    message_view_clear(&view);
    json_decref(json);
}

static void cancelled(struct request *request, struct command *command)
{
    struct message_view view;
    struct json_out out = {0};
    const struct message *message = &command->cancel.message;
    if (query_message(request_store(request), &view, command->account, message->id) != QUERY_OK) {
        request_unavailable(request);
        return;
    }
    api_message_json(&out, &view, request_store(request));
    request_reply_out_take(request, message->cancelling ? 202 : 200, &out);
    message_view_clear(&view);
}

static const struct field MOVE_FIELDS[] = {
    {"send_at", FIELD_STRING, offsetof(struct body, send_at), true, 1, 40},
    {"zone", FIELD_STRING, offsetof(struct body, zone), false, 1, ZONE_NAME_SIZE - 1},
};

static void moved(struct request *request, struct command *command)
{
    struct message_view view;
    struct json_out out = {0};
    if (query_message(request_store(request), &view, command->account, command->reschedule.id) != QUERY_OK) {
        request_unavailable(request);
        return;
    }
    api_message_json(&out, &view, request_store(request));
    request_reply_out_take(request, 200, &out);
    message_view_clear(&view);
}

void api_messages_update(struct request *request)
{
    struct body body = {.qos = 1};
    struct field_error error;
    const char *id = request_param(request, 0);
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command =
        command_new(COMMAND_RESCHEDULE, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!id_valid(id, strlen(id), ID_MESSAGE)) {
        request_not_found(request, "there is no such message");
    } else if (!fields_decode(&body, json, MOVE_FIELDS, 2, "", &error) ||
               !api_when(&command->reschedule.send_at, body.send_at, body.zone, &error)) {
        request_invalid(request, &error);
    } else {
        api_copy(command->reschedule.id, sizeof(command->reschedule.id), id);
        request_submit_take(request, command, moved);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

void api_messages_cancel(struct request *request)
{
    struct command *command = command_new(COMMAND_CANCEL, ORIGIN_HTTP, request_principal(request)->account);
    const char *id = request_param(request, 0);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!id_valid(id, strlen(id), ID_MESSAGE)) {
        command_free(command);
        request_not_found(request, "there is no such message");
    } else {
        api_copy(command->cancel.id, sizeof(command->cancel.id), id);
        request_submit_take(request, command, cancelled);
    }
}
