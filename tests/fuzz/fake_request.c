// The functions of request.h over a text, for the fuzz targets of the API.
#include "tests/fuzz/fake_request.h"

#include "bridge/http/route.h"
#include "common/json_memory.h"
#include "common/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PAIRS_MAX = 16 };

struct pair {
    char *name, *value;
};

struct request {
    struct principal principal;
    struct query *store;
    const struct http_face *face;
    const struct fake_request_peer *peer; // NULL = none
    struct route_match match;
    char *head; // owned: the lines, cut into what the pairs point to
    struct pair parameters[PAIRS_MAX], headers[PAIRS_MAX];
    size_t parameter_count, header_count;
    const char *body; // with a NUL behind it
    size_t body_length;
    int answers;  // replies and submits
    bool applied; // its command is done
};

static const struct http_options OPTIONS = {.bind = "127.0.0.1",
                                            .socket_path = "",
                                            .cors_origins = "",
                                            .default_country = "DE",
                                            .public_host = "sms.example",
                                            .public_port = 8883,
                                            .public_tls = true,
                                            .public_url = "https://sms.example"};

#define MUST(condition)                                                                                      \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "broken: %s\n", #condition);                                                     \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

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
    (void)request;
    return &OPTIONS;
}

static struct engine *engine;

void fake_request_engine(struct engine *behind)
{
    engine = behind;
}

struct engine *request_engine(const struct request *request)
{
    (void)request;
    return engine;
}

int64_t request_uptime_ms(const struct request *request)
{
    (void)request;
    return 1000;
}

struct query *request_store(const struct request *request)
{
    return request->store;
}

const char *request_param(const struct request *request, int i)
{
    return request->match.params[i];
}

static const char *find(const struct pair *pairs, size_t count, const char *name, bool any_case)
{
    for (size_t i = 0; i < count; i++)
        if ((any_case ? strcasecmp(pairs[i].name, name) : strcmp(pairs[i].name, name)) == 0)
            return pairs[i].value;
    return NULL;
}

const char *request_query(const struct request *request, const char *name)
{
    return find(request->parameters, request->parameter_count, name, false);
}

const char *request_header(const struct request *request, const char *name)
{
    return find(request->headers, request->header_count, name, true);
}

bool request_query_check(struct request *request, const char *const *names)
{
    for (size_t i = 0; i < request->parameter_count; i++) {
        const char *name = request->parameters[i].name, *value = request->parameters[i].value;
        bool known = false;
        for (size_t k = 0; names[k] != NULL; k++)
            known = known || strcmp(names[k], name) == 0;
        if (!known || !parse_utf8_valid(value, strlen(value)) || request_query(request, name) != value) {
            request_problem(request, 400, "invalid-field", "A parameter is not valid", "parameter",
                            "is wrong");
            return false;
        }
    }
    return true;
}

const char *request_body(const struct request *request, size_t *length)
{
    *length = request->body_length;
    return request->body;
}

bool request_body_is(const struct request *request, const char *type)
{
    const char *said = request_header(request, "Content-Type");
    return said != NULL && strcmp(said, type) == 0;
}

bool request_link_up(const struct request *request)
{
    (void)request;
    return true;
}

json_t *request_json(struct request *request)
{
    struct field_error error;
    json_t *json = fields_parse(request->body, request->body_length, &error);
    if (json == NULL && error.memory)
        request_unavailable(request);
    else if (json == NULL)
        request_problem(request, 400, "invalid-json", "The body is not valid JSON", error.path, error.detail);
    return json;
}

void request_add_header(struct request *request, const char *name, const char *value)
{
    (void)request;
    MUST(strpbrk(name, "\r\n: ") == NULL && strpbrk(value, "\r\n") == NULL);
}

static void answer(struct request *request, int status, const char *text)
{
    MUST(status >= 200 && status < 600);
    request->answers++;
    if (request->peer != NULL)
        request->peer->answer(request->peer->context, status, text);
}

void request_reply_json_take(struct request *request, int status, json_t *json)
{
    char *text = json_text_take(json);
    MUST(text != NULL || request->peer != NULL); // it could not be built, such as from text that is not UTF-8
    answer(request, status, text);
    free(text);
}

void request_reply_out_take(struct request *request, int status, struct json_out *out)
{
    char *text = json_out_take(out);
    MUST(text != NULL || request->peer != NULL);
    answer(request, status, text);
    free(text);
}

void request_reply_text(struct request *request, int status, const char *type, const char *text,
                        size_t length)
{
    MUST(type[0] != '\0' && (length == 0 || text != NULL));
    answer(request, status, length > 0 ? text : "");
}

void request_reply_empty(struct request *request, int status)
{
    answer(request, status, "");
}

void request_problem(struct request *request, int status, const char *kind, const char *title,
                     const char *field, const char *detail)
{
    (void)json_memory_short();
    MUST(kind[0] != '\0' && title[0] != '\0' && detail[0] != '\0');
    if (request->face != NULL) {
        request->face->problem(request, status, kind, title, field, detail);
        return;
    }
    request_reply_json_take(request, status, json_pack("{s:s, s:s}", "field", field, "detail", detail));
}

void request_invalid(struct request *request, const struct field_error *error)
{
    if (error->memory)
        request_unavailable(request);
    else
        request_problem(request, 400, "invalid-field", "A field of the request is not valid", error->path,
                        error->detail);
}

bool request_listens(const struct request *request, const char *name)
{
    (void)request;
    (void)name;
    return false;
}

void request_reply_push(struct request *request, const char *name, const struct push_listener *listener)
{
    (void)name;
    (void)listener;
    request_reply_text(request, 200, "text/event-stream", "", 0);
}

void request_address(const struct request *request, char *out, size_t size)
{
    (void)request;
    snprintf(out, size, "127.0.0.1");
}

void http_push(struct http_server *server, const char *name, const char *event, const char *data)
{
    (void)server;
    (void)name;
    (void)event;
    (void)data;
}

void request_unauthorized(struct request *request, const char *detail)
{
    request_problem(request, 401, "unauthorized", "Unauthorized", "", detail);
}

void request_not_found(struct request *request, const char *detail)
{
    request_problem(request, 404, "not-found", "Not found", "", detail);
}

void request_unavailable(struct request *request)
{
    if (request->applied)
        request_problem(request, 500, "not-shown", "Done, but cannot be shown", "", "ask for it");
    else
        request_problem(request, 503, "unavailable", "Try again later", "", "not now");
}

bool request_charge(struct request *request, int64_t count)
{
    (void)request;
    MUST(count >= 0 && count <= SEND_RECIPIENTS_MAX);
    return true;
}

bool request_needs_key(struct request *request, int64_t scope)
{
    (void)request, (void)scope;
    return true;
}

bool request_may_guess(struct request *request)
{
    (void)request;
    return true;
}

void request_wrong_guess(struct request *request)
{
    (void)request;
}

int64_t request_certificate_expires_at(const struct request *request)
{
    (void)request;
    return 0;
}

const char *request_scheme(const struct request *request)
{
    (void)request;
    return "https";
}

void request_base_url(const struct request *request, char *out, size_t size)
{
    request_public_url(request, out, size);
}

void request_public_url(const struct request *request, char *out, size_t size)
{
    (void)request;
    snprintf(out, size, "%s", OPTIONS.public_url);
}

void request_reply_stream(struct request *request, int64_t after_n, const struct stream_filter *filter,
                          stream_format format)
{
    (void)format;
    MUST(after_n >= 0 && filter->count <= sizeof(filter->kinds) / sizeof(filter->kinds[0]));
    request->answers++;
}

static bool is_text(const char *text, size_t max)
{
    size_t length = strnlen(text, max + 1);
    return length <= max && parse_utf8_valid(text, length);
}

static void check_number(const char number[NUMBER_SIZE])
{
    MUST(number[0] == '+' && is_text(number, NUMBER_SIZE - 1) &&
         strspn(number + 1, "0123456789") == strlen(number + 1));
}

static void check_send(const struct command_send *send)
{
    MUST(send->count >= 1 && send->count <= SEND_RECIPIENTS_MAX && (send->batch || send->count == 1));
    for (size_t i = 0; i < send->count; i++)
        check_number(send->to[i]);
    MUST((send->text != NULL) == (send->wish == NULL)); // its own text, or a template's
    if (send->text != NULL)
        MUST(send->text[0] != '\0' && is_text(send->text, SEND_TEXT_MAX_CHARACTERS * 4) && send->parts >= 1 &&
             send->parts <= SEND_TEXT_MAX_CHARACTERS);
    MUST(send->qos >= 0 && send->qos <= 2);
    MUST(strcmp(lane_name(send->lane), "?") != 0 && send->send_at >= 0 && send->ttl_ms >= 0);
    MUST(send->expires_at >= 0 && is_text(send->device, DEVICE_ID_MAX) && is_text(send->from, FROM_SIZE - 1));
    MUST(is_text(send->idempotency_key, IDEMPOTENCY_KEY_SIZE - 1));
    MUST(send->metadata == NULL || is_text(send->metadata, SEND_METADATA_MAX_BYTES));
}

static void check_otp(const struct command_otp *otp)
{
    MUST(is_text(otp->app, OTP_APP_SIZE - 1) && is_text(otp->language, OTP_LANGUAGE_SIZE - 1) &&
         is_text(otp->domain, OTP_DOMAIN_SIZE - 1) && is_text(otp->android_hash, OTP_HASH_SIZE - 1) &&
         is_text(otp->purpose, OTP_PURPOSE_SIZE - 1) && is_text(otp->client, OTP_CLIENT_SIZE - 1));
    MUST(strpbrk(otp->app, "\r\n") == NULL && strpbrk(otp->domain, "\r\n @#") == NULL);
}

static void check_command(const struct command *command)
{
    switch (command->kind) {
    case COMMAND_SEND:
        check_send(&command->send);
        break;
    case COMMAND_OTP_SEND:
        check_number(command->otp.to);
        MUST(command->otp.digits >= 4 && command->otp.digits <= 10 && command->otp.ttl_ms > 0);
        check_otp(&command->otp);
        break;
    case COMMAND_SUPPRESS:
    case COMMAND_UNSUPPRESS:
        for (size_t i = 0; i < command->suppress.count; i++)
            check_number(command->suppress.numbers[i]);
        MUST(command->suppress.count >= 1 && is_text(command->suppress.note, NAME_SIZE - 1));
        break;
    case COMMAND_QUIET:
        MUST(command->quiet.begins_min >= 0 && command->quiet.begins_min < 1440 &&
             command->quiet.ends_min >= 0 && command->quiet.ends_min < 1440 && command->quiet.days < 127);
        break;
    default:
        break;
    }
}

// What the server makes of a command that did not end well.
static int status_of(const struct command *command)
{
    static const int STATUS[] = {
        [COMMAND_OK] = 200,        [COMMAND_REPLAYED] = 200,   [COMMAND_INVALID] = 400,
        [COMMAND_NOT_FOUND] = 404, [COMMAND_CONFLICT] = 409,   [COMMAND_SUPPRESSED] = 403,
        [COMMAND_LIMITED] = 429,   [COMMAND_KEY_REUSED] = 422, [COMMAND_UNAVAILABLE] = 503,
        [COMMAND_STOPPING] = 503,  [COMMAND_COUNTRY] = 400,
    };
    return STATUS[command->status];
}

static void finish(struct request *request, struct command *command,
                   void (*done)(struct request *request, struct command *command))
{
    if (command == NULL || status_of(command) == 503)
        request_unavailable(request);
    else if (command->status == COMMAND_INVALID)
        request_invalid(request, &command->error);
    else if (status_of(command) != 200)
        request_problem(request, status_of(command), "failed", "Failed", command->error.path, "not done");
    else {
        request->applied = true;
        done(request, command);
    }
    command_free(command);
}

void request_submit_take(struct request *request, struct command *command,
                         void (*done)(struct request *request, struct command *command))
{
    MUST(done != NULL && command->origin == ORIGIN_HTTP);
    check_command(command);
    if (request->peer == NULL) {
        command_free(command);
        request->answers++;
        return;
    }
    finish(request, request->peer->apply(request->peer->context, command), done);
}

// Cuts text at the first mark; NULL when there is none.
static char *cut(char *text, char mark)
{
    char *at = strchr(text, mark);
    if (at == NULL)
        return NULL;
    *at = '\0';
    return at + 1;
}

static void read_parameters(struct request *request, char *text)
{
    while (text != NULL && request->parameter_count < PAIRS_MAX) {
        char *next = cut(text, '&');
        char *value = cut(text, '=');
        text[route_unescape(text)] = '\0';
        if (value != NULL)
            value[route_unescape(value)] = '\0';
        request->parameters[request->parameter_count++] =
            (struct pair){text, value != NULL ? value : text + strlen(text)};
        text = next;
    }
}

// "Name: value" lines, as an HTTP server would let through: visible, and no more than one of a name.
static bool read_headers(struct request *request, char *text)
{
    while (text != NULL && text[0] != '\0' && request->header_count < PAIRS_MAX) {
        char *next = cut(text, '\n');
        char *value = cut(text, ':');
        if (value == NULL || request_header(request, text) != NULL)
            return false;
        value += strspn(value, " ");
        request->headers[request->header_count++] = (struct pair){text, value};
        text = next;
    }
    return true;
}

// Handlers that need an engine, or write files.
static bool is_out_of_reach(const struct http_route *route)
{
    if (strstr(route->pattern, "/health") != NULL)
        return true;
    static const char *const PATTERNS[] = {"/v1/status", "/metrics", "/readyz", "/up", "/v1/backup"};
    for (size_t i = 0; i < sizeof(PATTERNS) / sizeof(PATTERNS[0]); i++)
        if (strcmp(PATTERNS[i], route->pattern) == 0)
            return true;
    return false;
}

static bool read_head(struct request *request, const struct http_route *routes, size_t count,
                      const struct http_face *const *faces)
{
    char *headers = cut(request->head, '\n');
    char *path = cut(request->head, ' ');
    if (path == NULL)
        return false;
    char *parameters = cut(path, '?');
    read_parameters(request, parameters);
    MUST(route_unescape(path) == strlen(path));
    const char *below = path;
    request->face = route_face(&below, faces);
    route_find(&request->match, request->face != NULL ? request->face->routes : routes,
               request->face != NULL ? request->face->route_count : count, request->head, below);
    return request->match.route != NULL && !is_out_of_reach(request->match.route) &&
           request->body_length <= request->match.route->body_max && read_headers(request, headers);
}

bool fake_request_run(const struct http_route *routes, size_t count, const struct http_face *const *faces,
                      struct query *store, const struct fake_request_peer *peer, const char *text,
                      size_t length)
{
    const char *end = memmem(text, length, "\n\n", 2);
    size_t head = end != NULL ? (size_t)(end - text) : length, body = end != NULL ? head + 2 : length;
    struct request request = {.store = store, .peer = peer, .head = malloc(head + 1)};
    char *rest = malloc(length - body + 1);
    request.principal =
        (struct principal){.account = 1, .key = 1, .scopes = SCOPE_ALL, .rate_per_minute = 100};
    MUST(request.head != NULL && rest != NULL);
    memcpy(request.head, text, head);
    request.head[head] = '\0';
    memcpy(rest, text + body, length - body);
    rest[length - body] = '\0';
    request.body = rest;
    request.body_length = length - body;
    bool known = read_head(&request, routes, count, faces);
    if (known) {
        (void)json_memory_short();
        if (peer != NULL)
            peer->begin(peer->context);
        request.match.route->handle(&request);
        if (peer != NULL)
            peer->end(peer->context);
        MUST(request.answers == 1);
    }
    free(request.head);
    free(rest);
    return known;
}
