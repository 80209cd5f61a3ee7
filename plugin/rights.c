// The table of rights: role and leaf to kinds of access.
#include "plugin/rights.h"

#include <string.h>

enum { LISTEN = ACCESS_READ | ACCESS_SUBSCRIBE | ACCESS_UNSUBSCRIBE, SPEAK = ACCESS_WRITE };

// What a device may do on its own topics, and a bridge on every device's.
static const struct {
    unsigned char device;
    unsigned char bridge;
} rights[] = {
    [TOPIC_SEND] = {LISTEN, SPEAK},    [TOPIC_CANCEL] = {LISTEN, SPEAK},  [TOPIC_QUERY] = {LISTEN, SPEAK},
    [TOPIC_RECEIPT] = {LISTEN, SPEAK}, [TOPIC_CONFIG] = {LISTEN, SPEAK},  [TOPIC_INBOX] = {LISTEN, SPEAK},
    [TOPIC_REPORT] = {SPEAK, LISTEN},  [TOPIC_INBOUND] = {SPEAK, LISTEN}, [TOPIC_STATUS] = {SPEAK, LISTEN},
    [TOPIC_PRESENCE] = {0, LISTEN},
};

static bool device_allow(const char *name, int access, const char *topic)
{
    char device[DEVICE_ID_SIZE];
    enum topic_leaf leaf;
    return topic_parse(device, &leaf, topic) && strcmp(device, name) == 0 &&
           (rights[leaf].device & access) != 0;
}

// The exact filters of a bridge: one level of any device, then a leaf.
static bool bridge_filter_allow(const char *filter)
{
    static const char *const filters[] = {"sms/v1/+/report", "sms/v1/+/inbound", "sms/v1/+/status",
                                          "sms/v1/+/presence"};
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        if (strcmp(filters[i], filter) == 0)
            return true;
    }
    return false;
}

static bool bridge_allow(int access, const char *topic)
{
    char device[DEVICE_ID_SIZE];
    enum topic_leaf leaf;
    if (access == ACCESS_SUBSCRIBE || access == ACCESS_UNSUBSCRIBE)
        return bridge_filter_allow(topic);
    if (topic_parse(device, &leaf, topic))
        return (rights[leaf].bridge & access) != 0;
    if (access == ACCESS_WRITE)
        return strcmp(topic, TOPIC_CONTROL) == 0 || strcmp(topic, TOPIC_BATCH) == 0;
    return strcmp(topic, RIGHTS_RESPONSE_TOPIC) == 0;
}

bool rights_allow(const struct login *login, int access, const char *topic)
{
    bool known = access == ACCESS_READ || access == ACCESS_WRITE || access == ACCESS_SUBSCRIBE ||
                 access == ACCESS_UNSUBSCRIBE;
    if (login == NULL || login->disabled || topic == NULL || !known)
        return false;
    switch ((enum role)login->role) {
    case ROLE_DEVICE:
        return device_allow(login->name, access, topic);
    case ROLE_BRIDGE:
        return bridge_allow(access, topic);
    case ROLE_OPERATOR:
        return true;
    }
    return false;
}
