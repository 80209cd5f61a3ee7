// Words and clean-up of the records.
#include "bridge/store/records.h"

#include <stdlib.h>
#include <string.h>

struct word {
    int64_t value;
    const char *name;
};

static const struct word LANES[] = {
    {LANE_OTP, "otp"}, {LANE_HIGH, "high"}, {LANE_NORMAL, "normal"}, {LANE_BULK, "bulk"}, {0, NULL}};

static const struct word SCOPES[] = {
    {SCOPE_MESSAGES_SEND, "messages:send"}, {SCOPE_MESSAGES_READ, "messages:read"},
    {SCOPE_DEVICES_READ, "devices:read"},   {SCOPE_DEVICES_WRITE, "devices:write"},
    {SCOPE_KEYS_WRITE, "keys:write"},       {SCOPE_EVENTS_READ, "events:read"},
    {SCOPE_METRICS_READ, "metrics:read"},   {SCOPE_WEBHOOKS_WRITE, "webhooks:write"},
    {SCOPE_OTP_WRITE, "otp:write"},         {SCOPE_CONTACTS_WRITE, "contacts:write"},
    {SCOPE_ROUTING_WRITE, "routing:write"}, {SCOPE_TEMPLATES_WRITE, "templates:write"},
    {SCOPE_STATS_READ, "stats:read"},       {0, NULL}};

static const struct word EVENTS[] = {{STATE_SCHEDULED, "message.scheduled"},
                                     {STATE_QUEUED, "message.queued"},
                                     {STATE_HELD, "message.held"},
                                     {STATE_DISPATCHED, "message.dispatched"},
                                     {STATE_ACCEPTED, "message.accepted"},
                                     {STATE_SENT, "message.sent"},
                                     {STATE_DELIVERED, "message.delivered"},
                                     {STATE_UNDELIVERED, "message.undelivered"},
                                     {STATE_FAILED, "message.failed"},
                                     {STATE_EXPIRED, "message.expired"},
                                     {STATE_CANCELLED, "message.cancelled"},
                                     {STATE_UNKNOWN, "message.unknown"},
                                     {STATE_RECEIVED, "message.received"},
                                     {EVENT_MOVED, "message.moved"},
                                     {EVENT_ASKED, "message.asked"},
                                     {EVENT_PART, "message.part"},
                                     {EVENT_RESCHEDULED, "message.rescheduled"},
                                     {EVENT_FENCED, "message.fenced"},
                                     {EVENT_CONFIRMED, "message.confirmed"},
                                     {EVENT_UNCONFIRMED, "message.unconfirmed"},
                                     {EVENT_RETRIED, "message.retried"},
                                     {EVENT_DEVICE_ONLINE, "device.online"},
                                     {EVENT_DEVICE_OFFLINE, "device.offline"},
                                     {EVENT_DEVICE_ADDED, "device.added"},
                                     {EVENT_DEVICE_REMOVED, "device.removed"},
                                     {EVENT_DEVICE_PAUSED, "device.paused"},
                                     {EVENT_DEVICE_RESUMED, "device.resumed"},
                                     {EVENT_DEVICE_LOW_BATTERY, "device.low_battery"},
                                     {EVENT_DEVICE_WARNING, "device.warning"},
                                     {EVENT_OTP_VERIFIED, "otp.verified"},
                                     {EVENT_OTP_FAILED, "otp.failed"},
                                     {EVENT_CONTACT_OPTED_OUT, "contact.opted_out"},
                                     {EVENT_CONTACT_OPTED_IN, "contact.opted_in"},
                                     {EVENT_WEBHOOK_PAUSED, "webhook.paused"},
                                     {EVENT_WEBHOOK_RESUMED, "webhook.resumed"},
                                     {0, NULL}};

static const struct word POLICIES[] = {{POOL_LEAST_LOADED, "least_loaded"},
                                       {POOL_ROUND_ROBIN, "round_robin"},
                                       {POOL_WEIGHTED, "weighted"},
                                       {POOL_STICKY, "sticky"},
                                       {POOL_PREFIX, "prefix"},
                                       {POOL_CARRIER, "carrier"},
                                       {0, NULL}};

static const char *name_of(const struct word *words, int64_t value)
{
    for (; words->name != NULL; words++)
        if (words->value == value)
            return words->name;
    return "?";
}

static bool value_of(int64_t *value, const struct word *words, const char *name)
{
    for (; words->name != NULL; words++)
        if (strcmp(words->name, name) == 0) {
            *value = words->value;
            return true;
        }
    return false;
}

void device_clear(struct device *device)
{
    free(device->status);
    *device = (struct device){0};
}

void message_clear(struct message *message)
{
    free(message->text);
    free(message->metadata);
    free(message->callback_url);
    *message = (struct message){0};
}

const char *lane_name(enum lane lane)
{
    return name_of(LANES, lane);
}

bool lane_parse(enum lane *lane, const char *name)
{
    int64_t value;
    if (!value_of(&value, LANES, name))
        return false;
    *lane = (enum lane)value;
    return true;
}

const char *event_name(int64_t kind)
{
    return name_of(EVENTS, kind);
}

int64_t event_bit(int64_t kind)
{
    if (kind >= STATE_SCHEDULED && kind <= STATE_RECEIVED)
        return (int64_t)1 << kind;
    if (kind >= EVENT_DEVICE_ONLINE && kind <= EVENT_DEVICE_WARNING)
        return (int64_t)1 << (kind - EVENT_DEVICE_ONLINE + 20);
    if (kind == EVENT_OTP_VERIFIED || kind == EVENT_OTP_FAILED)
        return (int64_t)1 << (kind - EVENT_OTP_VERIFIED + 28);
    if (kind == EVENT_CONTACT_OPTED_OUT || kind == EVENT_CONTACT_OPTED_IN)
        return (int64_t)1 << (kind - EVENT_CONTACT_OPTED_OUT + 30);
    if (kind == EVENT_WEBHOOK_PAUSED || kind == EVENT_WEBHOOK_RESUMED)
        return (int64_t)1 << (kind - EVENT_WEBHOOK_PAUSED + 32);
    return 0;
}

bool event_parse(int64_t *kind, const char *name)
{
    return value_of(kind, EVENTS, name);
}

const char *scope_name(enum scope scope)
{
    return name_of(SCOPES, scope);
}

bool scope_parse(enum scope *scope, const char *name)
{
    int64_t value;
    if (!value_of(&value, SCOPES, name))
        return false;
    *scope = (enum scope)value;
    return true;
}

const char *pool_policy_name(enum pool_policy policy)
{
    return name_of(POLICIES, policy);
}

bool pool_policy_parse(enum pool_policy *policy, const char *name)
{
    int64_t value;
    if (!value_of(&value, POLICIES, name))
        return false;
    *policy = (enum pool_policy)value;
    return true;
}
