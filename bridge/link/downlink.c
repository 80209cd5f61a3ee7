// From the engine to the broker: payloads, roster commands, and the broker's acknowledgements back.
#include "bridge/link/link_internal.h"

#include "common/crash.h"
#include "common/json_memory.h"
#include "common/wire.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void wake(struct link *link)
{
    uint64_t one = 1;
    ssize_t written = write(link->wake, &one, sizeof(one)); // a full counter wakes as well
    (void)written;
}

void link_publish(struct link *link, struct publish *items)
{
    pthread_mutex_lock(&link->lock);
    *link->queued_end = items;
    while (*link->queued_end != NULL)
        link->queued_end = &(*link->queued_end)->next;
    pthread_mutex_unlock(&link->lock);
    wake(link);
}

void link_roster_changed(struct link *link, const char *kick)
{
    struct link_wish *wish = calloc(1, sizeof(*wish));
    if (wish == NULL)
        return; // the plugin looks at the roster by itself, and kicks whose key has changed
    strncpy(wish->kick, kick, sizeof(wish->kick) - 1);
    pthread_mutex_lock(&link->lock);
    struct link_wish **end = &link->wishes;
    while (*end != NULL)
        end = &(*end)->next;
    *end = wish;
    pthread_mutex_unlock(&link->lock);
    wake(link);
}

void link_states_lost(struct link *link)
{
    pthread_mutex_lock(&link->lock);
    link->states_lost = true;
    pthread_mutex_unlock(&link->lock);
    wake(link);
}

static char *encode_send(const struct publish *item)
{
    struct wire_send send = {
        .id = item->send.id,
        .lease = item->send.lease,
        .to = item->send.to,
        .text = item->send.text,
        .sim = item->send.sim,
        .qos = item->send.qos,
        .expires_at = item->send.expires_at,
        .lane = item->send.lane != LANE_NORMAL ? lane_name(item->send.lane) : NULL,
        .lease_until = item->send.lease_until,
        .report = item->send.report,
    };
    return wire_send_encode(&send);
}

static char *encode_query(const struct publish *item)
{
    struct wire_query query = {.count = 0};
    for (; query.count < item->query.count && query.count < WIRE_QUERY_MAX; query.count++)
        query.ids[query.count] = item->query.ids[query.count];
    return wire_query_encode(&query);
}

char *link_encode(const struct publish *item)
{
    (void)json_memory_short();
    switch (item->leaf) {
    case TOPIC_SEND:
        return encode_send(item);
    case TOPIC_CANCEL:
        return wire_cancel_encode(&(struct wire_cancel){.id = item->cancel.id, .lease = item->cancel.lease});
    case TOPIC_QUERY:
        return encode_query(item);
    case TOPIC_RECEIPT:
        return wire_receipt_encode(
            &(struct wire_receipt){.journal = item->receipt.journal, .up_to = item->receipt.up_to});
    case TOPIC_CONFIG:
        return wire_config_encode(&(struct wire_config){
            .telemetry_interval_ms = item->config.telemetry_interval_ms,
            .min_gap_ms = item->config.min_gap_ms,
            .paused = item->config.paused,
        });
    case TOPIC_INBOX:
        return wire_inbox_encode(&(struct wire_inbox){
            .asked_at = item->inbox.asked_at, .from = item->inbox.from, .to = item->inbox.to});
    default:
        return NULL;
    }
}

struct published link_remember(const struct publish *item)
{
    struct published entry = {.account = item->send.account, .lease = item->send.lease};
    memcpy(entry.id, item->send.id, sizeof(entry.id));
    return entry;
}

static void remember(struct link *link, int mid, const struct publish *item)
{
    struct published *entry = malloc(sizeof(*entry));
    if (entry == NULL)
        return;
    *entry = link_remember(item);
    free(link->mids[mid]);
    link->mids[mid] = entry;
}

static void publish_one(struct link *link, const struct publish *item)
{
    char topic[TOPIC_SIZE];
    int mid = 0;
    char *payload = link_encode(item);
    if (payload == NULL)
        return;
    topic_format(topic, item->device, item->leaf);
    int code = mosquitto_publish_v5(link->client, &mid, topic, (int)strlen(payload), payload, item->qos,
                                    false, NULL);
    free(payload);
    crash_point("after-publish");
    if (code == MOSQ_ERR_SUCCESS && item->leaf == TOPIC_SEND && mid > 0 && mid < LINK_MIDS) {
        remember(link, mid, item);
        if (item->qos == 0)
            link_acknowledge(link, mid, false); // nobody answers: its callback has been called already
    }
}

void link_control(struct link *link, const char *command, const char *request, const char *device)
{
    (void)json_memory_short();
    json_t *json = json_pack("{s:s, s:s, s:s*}", "command", command, "request", request, "device", device);
    char *payload = json_text_take(json);
    if (payload != NULL)
        mosquitto_publish_v5(link->client, NULL, TOPIC_CONTROL, (int)strlen(payload), payload, 1, false,
                             NULL);
    free(payload);
}

static void drain_wishes(struct link *link, struct link_wish *wishes)
{
    while (wishes != NULL) {
        struct link_wish *next = wishes->next;
        const char *command = wishes->kick[0] != '\0' ? "kick" : "roster";
        if (link->up)
            link_control(link, command, command, wishes->kick[0] != '\0' ? wishes->kick : NULL);
        free(wishes);
        wishes = next;
    }
}

// Frees the first so many; returns the rest.
static struct publish *drop(struct publish *items, size_t count)
{
    for (; count > 0; count--) {
        struct publish *next = items->next;
        publish_free(items);
        items = next;
    }
    return items;
}

void link_drain(struct link *link)
{
    pthread_mutex_lock(&link->lock);
    struct publish *items = link->queued;
    struct link_wish *wishes = link->wishes;
    link->queued = NULL;
    link->queued_end = &link->queued;
    link->wishes = NULL;
    link->state_refused = link->state_refused || link->states_lost;
    link->states_lost = false;
    pthread_mutex_unlock(&link->lock);
    drain_wishes(link, wishes);
    while (items != NULL) {
        size_t count = link->up && link->batches && items->next != NULL ? link_batch_publish(link, items) : 0;
        if (count == 0 && link->up)
            publish_one(link, items);
        items = drop(items, count == 0 ? 1 : count);
    }
}

void link_acknowledge(struct link *link, int mid, bool nobody)
{
    struct published *entry = mid > 0 && mid < LINK_MIDS ? link->mids[mid] : NULL;
    if (entry == NULL)
        return;
    crash_point("published");
    link->mids[mid] = NULL;
    entry->nobody = nobody;
    link_acknowledge_entry(link, entry);
    free(entry);
}

void link_acknowledge_entry(struct link *link, const struct published *entry)
{
    if (link->acknowledged_count == link->acknowledged_room) {
        size_t room = link->acknowledged_room == 0 ? 64 : link->acknowledged_room * 2;
        struct published *more = realloc(link->acknowledged, room * sizeof(*more));
        if (more == NULL)
            return;
        link->acknowledged = more;
        link->acknowledged_room = room;
    }
    link->acknowledged[link->acknowledged_count++] = *entry;
}

void link_hand_over_acknowledged(struct link *link)
{
    if (link->acknowledged_count == 0)
        return;
    struct command *command = command_new(COMMAND_PUBLISHED, ORIGIN_NONE, 0);
    if (command == NULL)
        return;
    command->published.items = link->acknowledged;
    command->published.count = link->acknowledged_count;
    link->acknowledged = NULL;
    link->acknowledged_count = link->acknowledged_room = 0;
    if (!engine_submit(link->engine, command))
        command_free(command); // the deadlines of the messages ask again
}

void link_forget_mids(struct link *link)
{
    for (int mid = 0; mid < LINK_MIDS; mid++) {
        free(link->mids[mid]);
        link->mids[mid] = NULL;
    }
}
