// Any topic: a device is let into nothing but its own tree, a bridge into nothing but ours, and nobody
// listens with a wildcard but bridges.
#include "plugin/rights.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool starts_with(const char *topic, const char *start)
{
    return strncmp(topic, start, strlen(start)) == 0;
}

static void check(const char *topic, int access)
{
    static const struct login device = {.name = "phone-1", .role = ROLE_DEVICE};
    static const struct login bridge = {.name = "bridge-1", .role = ROLE_BRIDGE};
    if (rights_allow(&device, access, topic) && (!starts_with(topic, "sms/v1/phone-1/") ||
                                                 strpbrk(topic, "+#$") != NULL || strlen(topic) > TOPIC_SIZE))
        abort();
    if (rights_allow(&bridge, access, topic) &&
        ((!starts_with(topic, "sms/v1/") && !starts_with(topic, TOPIC_CONTROL)) ||
         strchr(topic, '#') != NULL || (strchr(topic, '+') != NULL && access < ACCESS_SUBSCRIBE) ||
         strlen(topic) > TOPIC_SIZE))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *topic = malloc(size + 1);
    if (topic == NULL)
        return 0;
    memcpy(topic, data, size);
    topic[size] = '\0';
    for (int access = 0; access < 16; access++)
        check(topic, access);
    free(topic);
    return 0;
}
