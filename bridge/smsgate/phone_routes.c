// The phones' table of paths.
#include "bridge/smsgate/phone_internal.h"

enum { BODY_MAX = 80 * 1024 };

// Most bring a phone's own token, which the handlers look at; who registers has a key, or a code.
static const struct http_route ROUTES[] = {
    {"POST", PHONE_BASE "/device", 0, HTTP_PUBLIC, BODY_MAX, phone_register},
    {"GET", PHONE_BASE "/device", 0, HTTP_PUBLIC, 0, phone_show},
    {"PATCH", PHONE_BASE "/device", 0, HTTP_PUBLIC, BODY_MAX, phone_update},
    {"GET", PHONE_BASE "/message", 0, HTTP_PUBLIC, 0, phone_messages},
    {"GET", PHONE_BASE "/messages", 0, HTTP_PUBLIC, 0, phone_messages},
    {"PATCH", PHONE_BASE "/message", 0, HTTP_PUBLIC, BODY_MAX, phone_states},
    {"PATCH", PHONE_BASE "/messages", 0, HTTP_PUBLIC, BODY_MAX, phone_states},
    {"GET", PHONE_BASE "/webhooks", 0, HTTP_PUBLIC, 0, phone_webhooks},
    {"GET", PHONE_BASE "/settings", 0, HTTP_PUBLIC, 0, phone_settings},
    {"GET", PHONE_BASE "/events", 0, HTTP_PUBLIC, 0, phone_events},
    {"POST", PHONE_BASE "/inbound/*", 0, HTTP_PUBLIC, BODY_MAX, phone_inbound},
    {"GET", PHONE_BASE "/user/code", SCOPE_DEVICES_WRITE, HTTP_KEY, 0, phone_new_code},
    {"PATCH", PHONE_BASE "/user/password", 0, HTTP_PUBLIC, BODY_MAX, phone_password},
};

static const struct http_base BASES[] = {{PHONE_BASE, 0}, {"/api" PHONE_BASE, 4}, {NULL, 0}};

const struct http_face *smsgate_phone_face(void)
{
    static const struct http_face FACE = {.bases = BASES,
                                          .routes = ROUTES,
                                          .route_count = sizeof(ROUTES) / sizeof(ROUTES[0]),
                                          .challenge = "Bearer",
                                          .problem = smsgate_problem};
    return &FACE;
}
