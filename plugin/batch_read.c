// A number and lines, read strictly.
#include "plugin/batch_read.h"

#include <string.h>

// What is left to read.
struct rest {
    const char *text;
    size_t length;
};

// Takes what is in front of the next mark, and the mark. False when there is none.
static bool take(const char **word, size_t *length, struct rest *rest, char mark)
{
    const char *end = memchr(rest->text, mark, rest->length);
    if (end == NULL)
        return false;
    *word = rest->text;
    *length = (size_t)(end - rest->text);
    rest->text = end + 1;
    rest->length -= *length + 1;
    return true;
}

static bool read_number(struct batch *batch, struct rest *rest)
{
    const char *word;
    size_t length;
    if (!take(&word, &length, rest, '\n') || length < 1 || length > BATCH_NUMBER_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < length; i++)
        if (word[i] < '0' || word[i] > '9')
            return false;
    memcpy(batch->number, word, length);
    return true;
}

static bool read_topic(struct batch_entry *entry, const char *word, size_t length)
{
    if (length >= sizeof entry->topic || memchr(word, '\0', length) != NULL)
        return false;
    memcpy(entry->topic, word, length);
    entry->topic[length] = '\0';
    return topic_parse(entry->device, &entry->leaf, entry->topic) && topic_is_downlink(entry->leaf);
}

static const char *read_entry(struct batch_entry *entry, struct rest *rest)
{
    struct rest line;
    const char *word;
    size_t length;
    if (!take(&line.text, &line.length, rest, '\n'))
        return "entry: has no line end";
    if (!take(&word, &length, &line, ' ') || !read_topic(entry, word, length))
        return "topic: must be one that a device reads";
    if (!take(&word, &length, &line, ' ') || length != 1 || word[0] < '0' || word[0] > '2')
        return "qos: must be 0, 1 or 2";
    if (line.length == 0)
        return "payload: is missing";
    entry->qos = word[0] - '0';
    entry->payload = line.text;
    entry->length = line.length;
    return NULL;
}

const char *batch_read(struct batch *batch, const void *payload, size_t length)
{
    struct rest rest = {.text = length == 0 ? "" : payload, .length = length};
    const char *wrong = NULL;
    memset(batch->number, 0, sizeof batch->number);
    batch->count = 0;
    if (length > BATCH_BYTES_MAX)
        return "payload: too long";
    if (!read_number(batch, &rest))
        return "number: must be a line of digits";
    for (; wrong == NULL && rest.length > 0; batch->count++) {
        if (batch->count == BATCH_ENTRIES_MAX)
            return "payload: too many entries";
        wrong = read_entry(&batch->entries[batch->count], &rest);
    }
    return wrong == NULL && batch->count == 0 ? "payload: has no entry" : wrong;
}
