// Several payloads in one publish, which the plugin takes apart: the broker has far less work with it.
#include "bridge/link/link_internal.h"

#include "common/clock.h"
#include "common/crash.h"
#include "common/log.h"
#include "common/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MS = 10000 };

// Adds an entry to the frame; false when there is no room.
static bool add_entry(struct link *link, size_t *length, const struct publish *item, const char *payload)
{
    char head[TOPIC_SIZE + 4];
    topic_format(head, item->device, item->leaf);
    size_t head_length = strlen(head), payload_length = strlen(payload);
    memcpy(head + head_length, (const char[]){' ', (char)('0' + item->qos), ' '}, 3);
    head_length += 3;
    if (head_length + payload_length + 1 > sizeof(link->frame) - *length)
        return false;
    char *end = mempcpy(mempcpy(link->frame + *length, head, head_length), payload, payload_length);
    *end++ = '\n';
    *length = (size_t)(end - link->frame);
    return true;
}

// Puts as many items into the frame as go into it. Returns how many are dealt with: one that memory runs out
// for is left out, as alone.
static size_t fill(struct link *link, struct link_batch *batch, size_t *length, const struct publish *items)
{
    size_t done = 0;
    *length = (size_t)snprintf(link->frame, sizeof(link->frame), "%u\n", batch->number);
    for (const struct publish *item = items; item != NULL && batch->count < BATCH_ENTRIES_MAX;
         item = item->next, done++) {
        char *payload = link_encode(item);
        bool added = payload != NULL && add_entry(link, length, item, payload);
        bool full = payload != NULL && !added;
        free(payload);
        if (full)
            break;
        if (added && item->leaf == TOPIC_SEND)
            batch->entries[batch->count] = link_remember(item);
        batch->count += added;
    }
    return done;
}

size_t link_batch_publish(struct link *link, const struct publish *items)
{
    size_t length;
    struct link_batch *batch = calloc(1, sizeof(*batch));
    if (batch == NULL)
        return 0;
    batch->number = link->batch_count + 1;
    size_t done = fill(link, batch, &length, items);
    // At QoS 1 as most others, so that it does not overtake what waits in libmosquitto for its turn.
    if (batch->count < 2 || mosquitto_publish_v5(link->client, NULL, TOPIC_BATCH, (int)length, link->frame, 1,
                                                 false, NULL) != MOSQ_ERR_SUCCESS) {
        free(batch);
        return 0;
    }
    crash_point("after-publish");
    engine_count_link_batch(link->engine, (int64_t)batch->count);
    link->batch_count++;
    batch->due_ms = clock_mono_ms() + ANSWER_MS;
    *link->batches_end = batch;
    link->batches_end = &batch->next;
    return done;
}

// Takes the first batch from the list.
static struct link_batch *take_first(struct link *link)
{
    struct link_batch *batch = link->batches_out;
    if (batch != NULL && (link->batches_out = batch->next) == NULL)
        link->batches_end = &link->batches_out;
    return batch;
}

static void give_up(struct link *link, const char *why)
{
    log_event(LOG_WARNING, "batches to the plugin end for now", "why", why, NULL);
    link_batch_forget(link);
}

// Takes the batch of that number from the list. Answers come in order, so those before it have none any more:
// the deadlines of their messages ask again. NULL when it is not there.
static struct link_batch *take_numbered(struct link *link, const char *number)
{
    int64_t wanted;
    if (!parse_int(&wanted, number, strlen(number), 1, UINT32_MAX))
        return NULL;
    while (link->batches_out != NULL && link->batches_out->number < wanted)
        free(take_first(link));
    return link->batches_out != NULL && link->batches_out->number == wanted ? take_first(link) : NULL;
}

static void acknowledge(struct link *link, struct link_batch *batch, int64_t taken, const json_t *absent)
{
    for (size_t i = 0; i < json_array_size(absent); i++) {
        const json_t *number = json_array_get(absent, i);
        json_int_t place = json_is_integer(number) ? json_integer_value(number) : -1;
        if (place >= 0 && place < (json_int_t)batch->count)
            batch->entries[place].nobody = true;
    }
    crash_point("published");
    for (size_t i = 0; i < batch->count && (int64_t)i < taken; i++)
        if (batch->entries[i].id[0] != '\0')
            link_acknowledge_entry(link, &batch->entries[i]);
}

void link_batch_answered(struct link *link, bool ok, const char *number, int64_t taken, const json_t *absent)
{
    if (!ok) {
        give_up(link, "it refused one");
        return;
    }
    struct link_batch *batch = take_numbered(link, number);
    if (batch != NULL)
        acknowledge(link, batch, taken, absent);
    free(batch);
}

void link_batch_look(struct link *link)
{
    if (link->batches_out != NULL && clock_mono_ms() >= link->batches_out->due_ms)
        give_up(link, "no answer");
}

void link_batch_forget(struct link *link)
{
    link->batches = false;
    for (struct link_batch *batch; (batch = take_first(link)) != NULL;)
        free(batch);
}
