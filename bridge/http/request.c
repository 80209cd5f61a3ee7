// What handlers read of a request and reply to it.
#include "bridge/http/http_internal.h"

#include "common/clock.h"
#include "common/json_memory.h"
#include "common/parse.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { REPLY_MS = 30000 }; // a client that does not take its reply within this is cut

const struct principal *request_principal(const struct request *request)
{
    return &request->principal;
}

const struct http_route *request_route(const struct request *request)
{
    return request->match.route;
}

const struct http_options *request_options(const struct request *request)
{
    return &request->server->options;
}

struct engine *request_engine(const struct request *request)
{
    return request->server->engine;
}

bool request_link_up(const struct request *request)
{
    struct engine_metrics metrics;
    engine_metrics(request->server->engine, &metrics);
    return metrics.link_up;
}

int64_t request_uptime_ms(const struct request *request)
{
    return clock_mono_ms() - request->server->started_ms;
}

const struct sockaddr *http_client_address(const struct request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info != NULL ? info->client_addr : NULL;
}

void request_address(const struct request *request, char *out, size_t size)
{
    const struct sockaddr *address = http_client_address(request);
    const void *bytes = NULL;
    if (address != NULL && address->sa_family == AF_INET)
        bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    else if (address != NULL && address->sa_family == AF_INET6)
        bytes = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    if (bytes == NULL || inet_ntop(address->sa_family, bytes, out, (socklen_t)size) == NULL)
        out[0] = '\0';
}

int64_t request_certificate_expires_at(const struct request *request)
{
    return tls_expires_at(request->server->options.tls);
}

struct query *request_store(const struct request *request)
{
    return request->server->store;
}

const char *request_param(const struct request *request, int i)
{
    return request->match.params[i];
}

const char *request_query(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->mhd, MHD_GET_ARGUMENT_KIND, name);
}

const char *request_header(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->mhd, MHD_HEADER_KIND, name);
}

struct query_check {
    const char *const *names;
    uint64_t seen;
    const char *unknown, *twice, *not_text;
};

static enum MHD_Result check_parameter(void *context, enum MHD_ValueKind kind, const char *name,
                                       size_t name_size, const char *value, size_t value_size)
{
    struct query_check *check = context;
    (void)kind;
    if (!parse_utf8_valid(name, name_size)) {
        check->unknown = "?";
        return MHD_YES;
    }
    if (value == NULL || !parse_utf8_valid(value, value_size))
        check->not_text = name;
    for (int i = 0; check->names[i] != NULL; i++)
        if (strcmp(check->names[i], name) == 0) {
            if ((check->seen >> i & 1) != 0)
                check->twice = check->names[i];
            check->seen |= (uint64_t)1 << i;
            return MHD_YES;
        }
    check->unknown = name;
    return MHD_YES;
}

bool request_query_check(struct request *request, const char *const *names)
{
    struct query_check check = {.names = names};
    struct field_error error;
    MHD_get_connection_values_n(request->mhd, MHD_GET_ARGUMENT_KIND, check_parameter, &check);
    if (check.unknown == NULL && check.twice == NULL && check.not_text == NULL)
        return true;
    if (check.unknown != NULL)
        field_fail(&error, check.unknown, "is no parameter of this path");
    else if (check.twice != NULL)
        field_fail(&error, check.twice, "is given twice");
    else
        field_fail(&error, check.not_text, "has no value, or one that is no UTF-8 text");
    request_invalid(request, &error);
    return false;
}

const char *request_body(const struct request *request, size_t *length)
{
    *length = request->body_length;
    return request->body != NULL ? request->body : "";
}

bool request_body_is(const struct request *request, const char *type)
{
    const char *said = request_header(request, "Content-Type");
    size_t length = said != NULL ? strcspn(said, "; ") : 0;
    return length == strlen(type) && strncasecmp(said, type, length) == 0;
}

// Whether the body says that it is JSON, or says nothing.
static bool is_json(const struct request *request)
{
    return request_header(request, "Content-Type") == NULL || request_body_is(request, "application/json") ||
           request_body_is(request, "application/x-www-form-urlencoded"); // what curl -d says of any body
}

json_t *request_json(struct request *request)
{
    struct field_error error;
    if (!is_json(request)) {
        request_problem(request, 415, "unsupported-media-type", "Unsupported media type", "Content-Type",
                        "send the body as application/json");
        return NULL;
    }
    json_t *json = fields_parse(request->body != NULL ? request->body : "", request->body_length, &error);
    if (json == NULL && error.memory)
        request_unavailable(request);
    else if (json == NULL)
        request_problem(request, 400, "invalid-json", "The body is not valid JSON", error.path, error.detail);
    return json;
}

void request_add_header(struct request *request, const char *name, const char *value)
{
    if (request->header_count == HTTP_HEADERS_MAX)
        return;
    struct header *header = &request->headers[request->header_count++];
    snprintf(header->name, sizeof(header->name), "%s", name);
    snprintf(header->value, sizeof(header->value), "%s", value);
}

// Whether origin is one of the configured ones.
static bool origin_allowed(const char *origins, const char *origin)
{
    size_t length = strlen(origin);
    if (strcmp(origins, "*") == 0)
        return true;
    for (const char *word = origins; *word != '\0';) {
        word += strspn(word, " ");
        size_t word_length = strcspn(word, " ");
        if (word_length == length && length > 0 && memcmp(word, origin, length) == 0)
            return true;
        word += word_length;
    }
    return false;
}

static bool add(struct MHD_Response *response, const char *name, const char *value)
{
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool add_cors(const struct request *request, struct MHD_Response *response)
{
    const char *origin = request_header(request, "Origin");
    if (origin == NULL || !origin_allowed(request->server->options.cors_origins, origin))
        return true;
    return add(response, "Access-Control-Allow-Origin", origin) && add(response, "Vary", "Origin") &&
           add(response, "Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE") &&
           add(response, "Access-Control-Allow-Headers",
               "Authorization, Content-Type, Idempotency-Key, Last-Event-ID") &&
           add(response, "Access-Control-Expose-Headers",
               "Retry-After, RateLimit, RateLimit-Policy, Idempotency-Replayed");
}

static bool add_headers(const struct request *request, struct MHD_Response *response, const char *type)
{
    bool added = (type == NULL || add(response, MHD_HTTP_HEADER_CONTENT_TYPE, type)) &&
                 add(response, "Cache-Control", "no-store");
    for (size_t i = 0; added && i < request->header_count; i++)
        added = add(response, request->headers[i].name, request->headers[i].value);
    return added && (request->server->options.cors_origins[0] == '\0' || add_cors(request, response));
}

void http_reply_take(struct request *request, int status, struct MHD_Response *response, const char *type)
{
    request->handled = true;
    if (response == NULL || !add_headers(request, response, type)) { // none rather than one that lacks some
        if (response != NULL)
            MHD_destroy_response(response);
        request->result = MHD_NO;
        return;
    }
    request->waiting = response;
    request->waiting_status = status;
    if (!request->receiving)
        http_send_waiting(request);
}

void http_send_waiting(struct request *request)
{
    request->connection->deadline_ms = clock_mono_ms() + REPLY_MS;
    request->result =
        MHD_queue_response(request->mhd, (unsigned int)request->waiting_status, request->waiting);
    MHD_destroy_response(request->waiting);
    request->waiting = NULL;
}

// One that cannot be built, as memory ran out or the store is damaged, says so, if that can be built.
static void reply_json_take(struct request *request, int status, char *text, const char *type)
{
    if (text == NULL && !request->not_built) {
        request->not_built = true;
        request_unavailable(request);
        return;
    }
    struct MHD_Response *response =
        text != NULL ? MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE) : NULL;
    if (response == NULL)
        free(text);
    http_reply_take(request, status, response, type);
}

void request_reply_json_take(struct request *request, int status, json_t *json)
{
    reply_json_take(request, status, json_text_take(json), "application/json");
}

void request_reply_out_take(struct request *request, int status, struct json_out *out)
{
    reply_json_take(request, status, json_out_take(out), "application/json");
}

void request_reply_text(struct request *request, int status, const char *type, const char *text,
                        size_t length)
{
    http_reply_take(request, status,
                    MHD_create_response_from_buffer(length, (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY),
                    type);
}

void request_reply_empty(struct request *request, int status)
{
    http_reply_take(request, status, MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT), NULL);
}

void request_problem(struct request *request, int status, const char *kind, const char *title,
                     const char *field, const char *detail)
{
    char type[96];
    (void)json_memory_short(); // it may be why
    if (request->face != NULL) {
        request->face->problem(request, status, kind, title, field, detail);
        return;
    }
    snprintf(type, sizeof(type), "urn:smsquitto:problem:%s", kind);
    json_t *json =
        json_pack("{s:s, s:s, s:i, s:s}", "type", type, "title", title, "status", status, "detail", detail);
    if (json != NULL && field[0] != '\0')
        json_object_set_new(json, "field", json_string(field));
    reply_json_take(request, status, json_text_take(json), "application/problem+json");
}

void request_invalid(struct request *request, const struct field_error *error)
{
    if (error->memory) {
        request_unavailable(request);
        return;
    }
    request_problem(request, 400, "invalid-field", "A field of the request is not valid", error->path,
                    error->detail);
}

void request_unauthorized(struct request *request, const char *detail)
{
    request_add_header(request, "WWW-Authenticate",
                       request->face != NULL ? request->face->challenge : "Bearer");
    request_problem(request, 401, "unauthorized", "Unauthorized", "", detail);
}

void request_not_found(struct request *request, const char *detail)
{
    request_problem(request, 404, "not-found", "Not found", "", detail);
}

void request_unavailable(struct request *request)
{
    if (request->applied) {
        request_problem(request, 500, "not-shown", "Done, but cannot be shown", "",
                        "what was asked is done, but memory ran out for the answer; ask for it with GET");
        return;
    }
    request_add_header(request, "Retry-After", "2");
    request_problem(request, 503, "unavailable", "Try again later", "",
                    "the gateway cannot store anything right now; nothing was changed");
}

bool request_charge(struct request *request, int64_t count)
{
    const struct principal *principal = &request->principal;
    char text[64];
    if (principal->key == 0 || principal->rate_per_minute == 0)
        return true;
    struct rate_answer answer =
        rate_take(request->server->rates, principal->key, principal->rate_per_minute, count, clock_mono_ms());
    snprintf(text, sizeof(text), "\"sends\";q=%lld;w=60", (long long)principal->rate_per_minute);
    request_add_header(request, "RateLimit-Policy", text);
    snprintf(text, sizeof(text), "\"sends\";r=%lld;t=%lld", (long long)answer.remaining,
             (long long)answer.wait_s);
    request_add_header(request, "RateLimit", text);
    if (answer.allowed)
        return true;
    snprintf(text, sizeof(text), "%lld", (long long)answer.wait_s);
    request_add_header(request, "Retry-After", text);
    request_problem(request, 429, "rate-limited", "Too many sends", "",
                    "the key has used up its sends for now");
    return false;
}

void request_submit_take(struct request *request, struct command *command,
                         void (*done)(struct request *request, struct command *command))
{
    request->on_done = done;
    request->handled = true;
    command->context = request;
    if (engine_submit(request->server->engine, command)) {
        MHD_suspend_connection(
            request->mhd); // its answer is taken on this thread, so it cannot come before this
        return;
    }
    command_free(command);
    request_unavailable(request);
}

static void reply_limited(struct request *request, const struct command *command)
{
    char text[24];
    snprintf(text, sizeof(text), "%lld", (long long)(command->retry_after_ms + 999) / 1000);
    request_add_header(request, "Retry-After", text);
    request_problem(request, 429, "limited", "Too many for now", command->error.path, command->error.detail);
}

// Replies for a command that did not end well; false when it did.
static bool reply_failure(struct request *request, const struct command *command)
{
    switch (command->status) {
    case COMMAND_OK:
    case COMMAND_REPLAYED:
        return false;
    case COMMAND_INVALID:
        request_invalid(request, &command->error);
        return true;
    case COMMAND_NOT_FOUND:
        request_not_found(request, command->error.detail);
        return true;
    case COMMAND_CONFLICT:
        request_problem(request, 409, "conflict", "Conflict", command->error.path, command->error.detail);
        return true;
    case COMMAND_SUPPRESSED:
        request_problem(request, 422, "suppressed", "Must not be written to", command->error.path,
                        command->error.detail);
        return true;
    case COMMAND_COUNTRY:
        request_problem(request, 400, "country-not-allowed", "No codes go to that country",
                        command->error.path, command->error.detail);
        return true;
    case COMMAND_LIMITED:
        reply_limited(request, command);
        return true;
    case COMMAND_KEY_REUSED:
        request_problem(request, 422, "idempotency-key-reused", "Idempotency key reused", command->error.path,
                        command->error.detail);
        return true;
    case COMMAND_UNAVAILABLE:
    case COMMAND_STOPPING:
        request_unavailable(request);
        return true;
    }
    return false;
}

void http_finish_command(struct request *request)
{
    struct command *command = request->done;
    request->done = NULL;
    if (!reply_failure(request, command)) {
        request->applied = true;
        (void)json_memory_short();
        request->on_done(request, command);
    }
    command_free(command);
}
