// Topics: what is taken apart is put together as it was.
#include "common/topic.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *topic = strndup((const char *)data, size), device[DEVICE_ID_SIZE], again[TOPIC_SIZE];
    enum topic_leaf leaf;
    if (topic == NULL)
        abort();
    if (topic_parse(device, &leaf, topic)) {
        topic_format(again, device, leaf);
        if (!device_id_valid(device, strlen(device)) || strcmp(topic, again) != 0)
            abort();
    }
    free(topic);
    return 0;
}
