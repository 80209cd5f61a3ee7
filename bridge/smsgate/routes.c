// The table of paths, and the form of errors. docs/smsgate.md says the same; a test holds both together.
#include "bridge/smsgate/smsgate_internal.h"

#include <stdio.h>
#include <string.h>

enum { BODY_MAX = 80 * 1024 };

#define BASE "/3rdparty/v1"

// method, path, what the key must be allowed, what a token must be allowed, bytes of a body, handler
#define TABLE(ROUTE)                                                                                         \
    ROUTE("POST", BASE "/messages", SCOPE_MESSAGES_SEND, TOKEN_MESSAGES_SEND, BODY_MAX,                      \
          smsgate_messages_create)                                                                           \
    ROUTE("POST", BASE "/message", SCOPE_MESSAGES_SEND, TOKEN_MESSAGES_SEND, BODY_MAX,                       \
          smsgate_messages_create)                                                                           \
    ROUTE("GET", BASE "/messages", SCOPE_MESSAGES_READ, TOKEN_MESSAGES_LIST, 0, smsgate_messages_list)       \
    ROUTE("GET", BASE "/message", SCOPE_MESSAGES_READ, TOKEN_MESSAGES_LIST, 0, smsgate_messages_list)        \
    ROUTE("GET", BASE "/messages/*", SCOPE_MESSAGES_READ, TOKEN_MESSAGES_READ, 0, smsgate_messages_show)     \
    ROUTE("GET", BASE "/message/*", SCOPE_MESSAGES_READ, TOKEN_MESSAGES_READ, 0, smsgate_messages_show)      \
    ROUTE("DELETE", BASE "/messages/*", SCOPE_MESSAGES_SEND, TOKEN_MESSAGES_CANCEL, 0,                       \
          smsgate_messages_cancel)                                                                           \
    ROUTE("DELETE", BASE "/message/*", SCOPE_MESSAGES_SEND, TOKEN_MESSAGES_CANCEL, 0,                        \
          smsgate_messages_cancel)                                                                           \
    ROUTE("GET", BASE "/devices", SCOPE_DEVICES_READ, TOKEN_DEVICES_LIST, 0, smsgate_devices_list)           \
    ROUTE("DELETE", BASE "/devices/*", SCOPE_DEVICES_WRITE, TOKEN_DEVICES_DELETE, 0, api_devices_remove)     \
    ROUTE("GET", BASE "/webhooks", SCOPE_WEBHOOKS_WRITE, TOKEN_WEBHOOKS_LIST, 0, smsgate_webhooks_list)      \
    ROUTE("POST", BASE "/webhooks", SCOPE_WEBHOOKS_WRITE, TOKEN_WEBHOOKS_WRITE, BODY_MAX,                    \
          smsgate_webhooks_create)                                                                           \
    ROUTE("DELETE", BASE "/webhooks/*", SCOPE_WEBHOOKS_WRITE, TOKEN_WEBHOOKS_DELETE, 0,                      \
          smsgate_webhooks_remove)                                                                           \
    ROUTE("GET", BASE "/settings", SCOPE_DEVICES_READ, TOKEN_SETTINGS_READ, 0, smsgate_settings_show)        \
    ROUTE("PUT", BASE "/settings", SCOPE_DEVICES_WRITE, TOKEN_SETTINGS_WRITE, BODY_MAX,                      \
          smsgate_settings_put)                                                                              \
    ROUTE("PATCH", BASE "/settings", SCOPE_DEVICES_WRITE, TOKEN_SETTINGS_WRITE, BODY_MAX,                    \
          smsgate_settings_patch)                                                                            \
    ROUTE("GET", BASE "/inbox", SCOPE_MESSAGES_READ, TOKEN_INBOX_LIST, 0, smsgate_inbox_list)                \
    ROUTE("POST", BASE "/inbox/refresh", SCOPE_DEVICES_WRITE, TOKEN_INBOX_REFRESH, BODY_MAX,                 \
          smsgate_inbox_refresh)                                                                             \
    ROUTE("POST", BASE "/inbox/export", SCOPE_DEVICES_WRITE, TOKEN_MESSAGES_EXPORT, BODY_MAX,                \
          smsgate_inbox_refresh)                                                                             \
    ROUTE("POST", BASE "/messages/inbox/export", SCOPE_DEVICES_WRITE, TOKEN_MESSAGES_EXPORT, BODY_MAX,       \
          smsgate_inbox_refresh)                                                                             \
    ROUTE("GET", BASE "/logs", SCOPE_DEVICES_READ, TOKEN_LOGS_READ, 0, smsgate_not_implemented)              \
    ROUTE("POST", BASE "/auth/token", 0, TOKEN_MANAGE, BODY_MAX, smsgate_tokens_create)                      \
    ROUTE("DELETE", BASE "/auth/token/*", 0, TOKEN_MANAGE, 0, smsgate_tokens_revoke)

// Paths that need no login, or bring one of another kind.
#define OPEN_TABLE(ROUTE)                                                                                    \
    ROUTE("POST", BASE "/auth/token/refresh", BODY_MAX, smsgate_tokens_refresh)                              \
    ROUTE("GET", BASE "/health", 0, smsgate_health)                                                          \
    ROUTE("GET", BASE "/health/live", 0, smsgate_alive)                                                      \
    ROUTE("GET", BASE "/health/ready", 0, smsgate_health)                                                    \
    ROUTE("GET", BASE "/health/startup", 0, smsgate_health)                                                  \
    ROUTE("GET", "/health", 0, smsgate_health)                                                               \
    ROUTE("GET", "/health/live", 0, smsgate_alive)                                                           \
    ROUTE("GET", "/health/ready", 0, smsgate_health)                                                         \
    ROUTE("GET", "/health/startup", 0, smsgate_health)

#define ROUTE_ROW(method, path, scope, token, body, handler) {method, path, scope, HTTP_KEY, body, handler},
#define OPEN_ROW(method, path, body, handler) {method, path, 0, HTTP_PUBLIC, body, handler},
#define TOKEN_ROW(method, path, scope, token, body, handler) token,

static const struct http_route ROUTES[] = {TABLE(ROUTE_ROW) OPEN_TABLE(OPEN_ROW)};
static const int64_t TOKEN_SCOPES[] = {TABLE(TOKEN_ROW)};

int64_t smsgate_route_scope(const struct http_route *route)
{
    size_t i = (size_t)(route - ROUTES);
    return i < sizeof(TOKEN_SCOPES) / sizeof(TOKEN_SCOPES[0]) ? TOKEN_SCOPES[i] : 0;
}

static const struct http_base BASES[] = {{BASE, 0}, {"/api" BASE, 4}, {"/health", 0}, {NULL, 0}};

// What our fields are called in their bodies.
static const struct {
    const char *ours, *theirs;
} NAMES[] = {
    {"to", "phoneNumbers"}, {"text", "textMessage.text"}, {"device", "deviceId"},
    {"sim", "simNumber"},   {"lane", "priority"},         {"report", "withDeliveryReport"},
    {"events", "event"},    {"expires_at", "validUntil"}, {"send_at", "scheduleAt"},
};

// "to[3]" as "phoneNumbers[3]".
static void translate(char *out, size_t size, const char *field)
{
    size_t length = strcspn(field, "[");
    snprintf(out, size, "%s", field);
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        if (strlen(NAMES[i].ours) == length && strncmp(NAMES[i].ours, field, length) == 0)
            snprintf(out, size, "%s%s", NAMES[i].theirs, field + length);
}

// What their client knows: refusals of a recipient are plain 400s there, and a full queue is a 503.
static int status_of(const struct request *request, int status, const char *kind)
{
    const struct http_route *route = request_route(request);
    if (status == 429 && strcmp(kind, "limited") == 0 && route != NULL &&
        route->handle == smsgate_messages_create)
        return 503;
    return status == 422 || status == 415 ? 400 : status;
}

void smsgate_problem(struct request *request, int status, const char *kind, const char *title,
                     const char *field, const char *detail)
{
    char path[FIELD_PATH_SIZE + 32], message[FIELD_PATH_SIZE + FIELD_DETAIL_SIZE + 32];
    size_t body;
    (void)title;
    (void)request_body(request, &body);
    if (body > 0)
        translate(path, sizeof(path), field);
    else
        snprintf(path, sizeof(path), "%s", field);
    snprintf(message, sizeof(message), "%s%s%s", path, path[0] != '\0' ? ": " : "", detail);
    json_t *data = json_pack("{s:s}", "kind", kind);
    if (path[0] != '\0')
        json_object_set_new(data, "field", json_string(path));
    request_reply_json_take(request, status_of(request, status, kind),
                            json_pack("{s:s, s:o}", "message", message, "data", data));
}

void smsgate_invalid(struct request *request, const char *field, const char *detail)
{
    smsgate_problem(request, 400, "invalid-field", "", field, detail);
}

void smsgate_refuse(struct request *request, int status, const char *kind, const char *detail)
{
    smsgate_problem(request, status, kind, "", "", detail);
}

bool smsgate_name_valid(const char *name)
{
    for (; *name > ' ' && *name < 0x7F && *name != '/'; name++)
        ;
    return *name == '\0';
}

const struct http_face *smsgate_face(void)
{
    static const struct http_face FACE = {.bases = BASES,
                                          .routes = ROUTES,
                                          .route_count = sizeof(ROUTES) / sizeof(ROUTES[0]),
                                          .token = smsgate_token_principal,
                                          .challenge = "Basic realm=\"smsquitto\", charset=\"UTF-8\"",
                                          .problem = smsgate_problem};
    return &FACE;
}
