// The table of paths. schemas/openapi.yaml says the same; a test holds both against each other.
#include "bridge/api/api_internal.h"

enum { BODY_MAX = API_BODY_MAX_BYTES, BATCH_MAX = 256 * 1024 };

static const struct http_route ROUTES[] = {
    {"POST", "/v1/messages", SCOPE_MESSAGES_SEND, HTTP_KEY, BATCH_MAX, api_messages_create},
    {"GET", "/v1/messages", SCOPE_MESSAGES_READ, HTTP_KEY, 0, api_messages_list},
    {"GET", "/v1/messages/*", SCOPE_MESSAGES_READ, HTTP_KEY, 0, api_messages_show},
    {"DELETE", "/v1/messages/*", SCOPE_MESSAGES_SEND, HTTP_KEY, 0, api_messages_cancel},
    {"GET", "/v1/devices", SCOPE_DEVICES_READ, HTTP_KEY, 0, api_devices_list},
    {"POST", "/v1/devices", SCOPE_DEVICES_WRITE, HTTP_KEY, BODY_MAX, api_devices_create},
    {"GET", "/v1/devices/*", SCOPE_DEVICES_READ, HTTP_KEY, 0, api_devices_show},
    {"PATCH", "/v1/devices/*", SCOPE_DEVICES_WRITE, HTTP_KEY, BODY_MAX, api_devices_update},
    {"DELETE", "/v1/devices/*", SCOPE_DEVICES_WRITE, HTTP_KEY, 0, api_devices_remove},
    {"POST", "/v1/devices/*/pause", SCOPE_DEVICES_WRITE, HTTP_KEY, BODY_MAX, api_devices_pause},
    {"POST", "/v1/devices/*/resume", SCOPE_DEVICES_WRITE, HTTP_KEY, BODY_MAX, api_devices_resume},
    {"POST", "/v1/devices/*/rotate", SCOPE_DEVICES_WRITE, HTTP_KEY, BODY_MAX, api_devices_rotate},
    {"GET", "/v1/keys", SCOPE_KEYS_WRITE, HTTP_KEY, 0, api_keys_list},
    {"POST", "/v1/keys", SCOPE_KEYS_WRITE, HTTP_KEY, BODY_MAX, api_keys_create},
    {"DELETE", "/v1/keys/*", SCOPE_KEYS_WRITE, HTTP_KEY, 0, api_keys_revoke},
    {"POST", "/v1/messages/*/reply", SCOPE_MESSAGES_SEND, HTTP_KEY, BODY_MAX, api_messages_reply},
    {"GET", "/v1/suppressions", SCOPE_CONTACTS_WRITE, HTTP_KEY, 0, api_suppressions_list},
    {"POST", "/v1/suppressions", SCOPE_CONTACTS_WRITE, HTTP_KEY, BODY_MAX, api_suppressions_add},
    {"POST", "/v1/suppressions/import", SCOPE_CONTACTS_WRITE, HTTP_KEY, BATCH_MAX, api_suppressions_import},
    {"GET", "/v1/suppressions/*", SCOPE_CONTACTS_WRITE, HTTP_KEY, 0, api_suppressions_show},
    {"DELETE", "/v1/suppressions/*", SCOPE_CONTACTS_WRITE, HTTP_KEY, 0, api_suppressions_remove},
    {"GET", "/v1/account/quiet-hours", SCOPE_CONTACTS_WRITE, HTTP_KEY, 0, api_quiet_show},
    {"PUT", "/v1/account/quiet-hours", SCOPE_CONTACTS_WRITE, HTTP_KEY, BODY_MAX, api_quiet_set},
    {"POST", "/v1/otp", SCOPE_OTP_WRITE, HTTP_KEY, BODY_MAX, api_otp_send},
    {"POST", "/v1/otp/check", SCOPE_OTP_WRITE, HTTP_KEY, BODY_MAX, api_otp_check_number},
    {"GET", "/v1/otp/stats", SCOPE_OTP_WRITE, HTTP_KEY, 0, api_otp_stats},
    {"GET", "/v1/otp/*", SCOPE_OTP_WRITE, HTTP_KEY, 0, api_otp_show},
    {"DELETE", "/v1/otp/*", SCOPE_OTP_WRITE, HTTP_KEY, 0, api_otp_cancel},
    {"POST", "/v1/otp/*/check", SCOPE_OTP_WRITE, HTTP_KEY, BODY_MAX, api_otp_check},
    {"GET", "/v1/webhooks", SCOPE_WEBHOOKS_WRITE, HTTP_KEY, 0, api_webhooks_list},
    {"POST", "/v1/webhooks", SCOPE_WEBHOOKS_WRITE, HTTP_KEY, BODY_MAX, api_webhooks_create},
    {"GET", "/v1/webhooks/*", SCOPE_WEBHOOKS_WRITE, HTTP_KEY, 0, api_webhooks_show},
    {"PATCH", "/v1/webhooks/*", SCOPE_WEBHOOKS_WRITE, HTTP_KEY, BODY_MAX, api_webhooks_update},
    {"DELETE", "/v1/webhooks/*", SCOPE_WEBHOOKS_WRITE, HTTP_KEY, 0, api_webhooks_remove},
    {"POST", "/v1/webhooks/*/rotate", SCOPE_WEBHOOKS_WRITE, HTTP_KEY, BODY_MAX, api_webhooks_rotate},
    {"POST", "/v1/webhooks/*/test", SCOPE_WEBHOOKS_WRITE, HTTP_KEY, BODY_MAX, api_webhooks_test},
    {"POST", "/v1/webhooks/*/replay", SCOPE_WEBHOOKS_WRITE, HTTP_KEY, BODY_MAX, api_webhooks_replay},
    {"GET", "/v1/webhooks/*/deliveries", SCOPE_WEBHOOKS_WRITE, HTTP_KEY, 0, api_webhooks_deliveries},
    {"GET", "/v1/pools", SCOPE_ROUTING_WRITE, HTTP_KEY, 0, api_pools_list},
    {"POST", "/v1/pools", SCOPE_ROUTING_WRITE, HTTP_KEY, BODY_MAX, api_pools_create},
    {"GET", "/v1/pools/*", SCOPE_ROUTING_WRITE, HTTP_KEY, 0, api_pools_show},
    {"PATCH", "/v1/pools/*", SCOPE_ROUTING_WRITE, HTTP_KEY, BODY_MAX, api_pools_update},
    {"DELETE", "/v1/pools/*", SCOPE_ROUTING_WRITE, HTTP_KEY, 0, api_pools_remove},
    {"GET", "/v1/pools/*/members", SCOPE_ROUTING_WRITE, HTTP_KEY, 0, api_pools_members},
    {"PUT", "/v1/pools/*/members/*", SCOPE_ROUTING_WRITE, HTTP_KEY, BODY_MAX, api_pools_member_put},
    {"DELETE", "/v1/pools/*/members/*", SCOPE_ROUTING_WRITE, HTTP_KEY, 0, api_pools_member_remove},
    {"GET", "/v1/account", 0, HTTP_KEY, 0, api_account_show},
    {"GET", "/v1/accounts", 0, HTTP_LOCAL, 0, api_accounts_list},
    {"POST", "/v1/accounts", 0, HTTP_LOCAL, BODY_MAX, api_accounts_create},
    {"GET", "/v1/events", SCOPE_EVENTS_READ, HTTP_KEY, 0, api_events},
    {"GET", "/v1/status", SCOPE_DEVICES_READ, HTTP_KEY, 0, api_status},
    {"GET", "/healthz", 0, HTTP_PUBLIC, 0, api_health},
    {"GET", "/readyz", 0, HTTP_PUBLIC, 0, api_ready},
    {"GET", "/up", 0, HTTP_PUBLIC, 0, api_ready},
    {"GET", "/metrics", SCOPE_METRICS_READ, HTTP_KEY, 0, api_metrics},
    {"GET", "/openapi.json", 0, HTTP_PUBLIC, 0, api_openapi},
};

const struct http_route *api_routes(size_t *count)
{
    *count = sizeof(ROUTES) / sizeof(ROUTES[0]);
    return ROUTES;
}
