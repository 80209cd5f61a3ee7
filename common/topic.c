// Topics of protocol v1: sms/v1/{device}/{leaf}.
#include "common/topic.h"

#include <string.h>

#define TOPIC_ROOT "sms/v1/"

enum direction { DOWNLINK, UPLINK, INTERNAL };

static const struct {
    const char *name;
    enum direction direction;
} leaves[] = {
    [TOPIC_SEND] = {"send", DOWNLINK},     [TOPIC_CANCEL] = {"cancel", DOWNLINK},
    [TOPIC_QUERY] = {"query", DOWNLINK},   [TOPIC_RECEIPT] = {"receipt", DOWNLINK},
    [TOPIC_CONFIG] = {"config", DOWNLINK}, [TOPIC_INBOX] = {"inbox", DOWNLINK},
    [TOPIC_REPORT] = {"report", UPLINK},   [TOPIC_INBOUND] = {"inbound", UPLINK},
    [TOPIC_STATUS] = {"status", UPLINK},   [TOPIC_PRESENCE] = {"presence", INTERNAL},
};

enum { LEAF_COUNT = sizeof leaves / sizeof leaves[0] };

_Static_assert(sizeof TOPIC_ROOT - 1 + DEVICE_ID_MAX + sizeof "/presence" <= TOPIC_SIZE,
               "the longest topic fits TOPIC_SIZE");

bool device_id_valid(const char *text, size_t length)
{
    if (length < 1 || length > DEVICE_ID_MAX || text[0] == '-' || text[length - 1] == '-')
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return true;
}

void topic_format(char out[TOPIC_SIZE], const char *device, enum topic_leaf leaf)
{
    char *end = stpcpy(out, TOPIC_ROOT);
    end = stpncpy(end, device, DEVICE_ID_MAX);
    *end++ = '/';
    stpcpy(end, leaves[leaf].name);
}

static bool leaf_parse(enum topic_leaf *leaf, const char *name)
{
    for (int i = 0; i < LEAF_COUNT; i++) {
        if (strcmp(leaves[i].name, name) == 0) {
            *leaf = (enum topic_leaf)i;
            return true;
        }
    }
    return false;
}

bool topic_parse(char device[DEVICE_ID_SIZE], enum topic_leaf *leaf, const char *topic)
{
    if (strncmp(topic, TOPIC_ROOT, sizeof TOPIC_ROOT - 1) != 0)
        return false;
    const char *id = topic + sizeof TOPIC_ROOT - 1;
    const char *slash = strchr(id, '/');
    if (slash == NULL || !device_id_valid(id, (size_t)(slash - id)) || !leaf_parse(leaf, slash + 1))
        return false;
    memcpy(device, id, (size_t)(slash - id));
    device[slash - id] = '\0';
    return true;
}

const char *topic_leaf_name(enum topic_leaf leaf)
{
    return leaves[leaf].name;
}

bool topic_is_downlink(enum topic_leaf leaf)
{
    return leaves[leaf].direction == DOWNLINK;
}

bool topic_is_uplink(enum topic_leaf leaf)
{
    return leaves[leaf].direction == UPLINK;
}
