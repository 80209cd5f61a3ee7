// Any bytes as a batch: what is taken goes to topics that devices read, says what was in it and no more, and
// what is sent back needs no escape in JSON.
#include "plugin/batch_read.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Entries follow each other in the input, each in a line of its own.
static const char *check_entry(const struct batch_entry *entry, const char *from, const char *end)
{
    char topic[TOPIC_SIZE];
    topic_format(topic, entry->device, entry->leaf);
    if (strcmp(topic, entry->topic) != 0 || !topic_is_downlink(entry->leaf) ||
        !device_id_valid(entry->device, strlen(entry->device)) || entry->qos < 0 || entry->qos > 2)
        abort();
    if (entry->length == 0 || entry->payload != from + strlen(topic) + 3 ||
        entry->length >= (size_t)(end - entry->payload) || entry->payload[entry->length] != '\n' ||
        memchr(entry->payload, '\n', entry->length) != NULL)
        abort();
    return entry->payload + entry->length + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct batch batch;
    const char *text = (const char *)data, *wrong = batch_read(&batch, text, size);
    if (strspn(batch.number, "0123456789") != strlen(batch.number))
        abort();
    if (wrong != NULL && strpbrk(wrong, "\"\\") != NULL)
        abort();
    if (wrong != NULL)
        return 0;
    if (batch.count == 0 || batch.count > BATCH_ENTRIES_MAX || size > BATCH_BYTES_MAX)
        abort();
    const char *at = text + strlen(batch.number) + 1;
    for (size_t i = 0; i < batch.count; i++)
        at = check_entry(&batch.entries[i], at, text + size);
    if (at != text + size)
        abort();
    return 0;
}
