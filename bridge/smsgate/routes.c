// The table of paths, and the form of errors. docs/smsgate.md says the same; a test holds both together.
#include "bridge/smsgate/smsgate_internal.h"

#include <stdio.h>
#include <string.h>

enum { BODY_MAX = 80 * 1024 };

#define BASE "/3rdparty/v1"

static const struct http_route ROUTES[] = {
    {"POST", BASE "/messages", SCOPE_MESSAGES_SEND, HTTP_KEY, BODY_MAX, smsgate_messages_create},
    {"POST", BASE "/message", SCOPE_MESSAGES_SEND, HTTP_KEY, BODY_MAX, smsgate_messages_create},
    {"GET", BASE "/messages", SCOPE_MESSAGES_READ, HTTP_KEY, 0, smsgate_messages_list},
    {"GET", BASE "/message", SCOPE_MESSAGES_READ, HTTP_KEY, 0, smsgate_messages_list},
    {"GET", BASE "/messages/*", SCOPE_MESSAGES_READ, HTTP_KEY, 0, smsgate_messages_show},
    {"GET", BASE "/message/*", SCOPE_MESSAGES_READ, HTTP_KEY, 0, smsgate_messages_show},
    {"DELETE", BASE "/messages/*", SCOPE_MESSAGES_SEND, HTTP_KEY, 0, smsgate_messages_cancel},
    {"DELETE", BASE "/message/*", SCOPE_MESSAGES_SEND, HTTP_KEY, 0, smsgate_messages_cancel},
    {"GET", BASE "/devices", SCOPE_DEVICES_READ, HTTP_KEY, 0, smsgate_devices_list},
    {"DELETE", BASE "/devices/*", SCOPE_DEVICES_WRITE, HTTP_KEY, 0, api_devices_remove},
    {"GET", BASE "/webhooks", SCOPE_WEBHOOKS_WRITE, HTTP_KEY, 0, smsgate_webhooks_list},
    {"POST", BASE "/webhooks", SCOPE_WEBHOOKS_WRITE, HTTP_KEY, BODY_MAX, smsgate_webhooks_create},
    {"DELETE", BASE "/webhooks/*", SCOPE_WEBHOOKS_WRITE, HTTP_KEY, 0, smsgate_webhooks_remove},
    {"GET", BASE "/settings", SCOPE_DEVICES_READ, HTTP_KEY, 0, smsgate_settings_show},
    {"PUT", BASE "/settings", SCOPE_DEVICES_WRITE, HTTP_KEY, BODY_MAX, smsgate_settings_put},
    {"PATCH", BASE "/settings", SCOPE_DEVICES_WRITE, HTTP_KEY, BODY_MAX, smsgate_settings_patch},
    {"GET", BASE "/inbox", SCOPE_MESSAGES_READ, HTTP_KEY, 0, smsgate_inbox_list},
    {"POST", BASE "/inbox/refresh", SCOPE_MESSAGES_READ, HTTP_KEY, BODY_MAX, smsgate_not_implemented},
    {"POST", BASE "/inbox/export", SCOPE_MESSAGES_READ, HTTP_KEY, BODY_MAX, smsgate_not_implemented},
    {"POST", BASE "/messages/inbox/export", SCOPE_MESSAGES_READ, HTTP_KEY, BODY_MAX, smsgate_not_implemented},
    {"GET", BASE "/logs", SCOPE_DEVICES_READ, HTTP_KEY, 0, smsgate_not_implemented},
    {"GET", BASE "/health", 0, HTTP_PUBLIC, 0, smsgate_health},
    {"GET", BASE "/health/live", 0, HTTP_PUBLIC, 0, smsgate_alive},
    {"GET", BASE "/health/ready", 0, HTTP_PUBLIC, 0, smsgate_health},
    {"GET", BASE "/health/startup", 0, HTTP_PUBLIC, 0, smsgate_health},
    {"GET", "/health", 0, HTTP_PUBLIC, 0, smsgate_health},
    {"GET", "/health/live", 0, HTTP_PUBLIC, 0, smsgate_alive},
    {"GET", "/health/ready", 0, HTTP_PUBLIC, 0, smsgate_health},
    {"GET", "/health/startup", 0, HTTP_PUBLIC, 0, smsgate_health},
};

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

// What their client knows: refusals of a recipient are plain 400s there.
static int status_of(int status)
{
    return status == 422 || status == 415 ? 400 : status;
}

static void problem(struct request *request, int status, const char *kind, const char *title,
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
    request_reply_json_take(request, status_of(status),
                            json_pack("{s:s, s:o}", "message", message, "data", data));
}

void smsgate_invalid(struct request *request, const char *field, const char *detail)
{
    problem(request, 400, "invalid-field", "", field, detail);
}

void smsgate_refuse(struct request *request, int status, const char *kind, const char *detail)
{
    problem(request, status, kind, "", "", detail);
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
                                          .challenge = "Basic realm=\"smsquitto\", charset=\"UTF-8\"",
                                          .problem = problem};
    return &FACE;
}
