// The fleet's messages and reports in memory.
#include "device/fleet/fleet.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE_FIRST = 1 << 12 };

void fleet_table_init(struct fleet *fleet)
{
    fleet->table_size = TABLE_FIRST;
    fleet->table = calloc(fleet->table_size, sizeof *fleet->table);
    if (fleet->table == NULL)
        abort();
    struct fleet_list *lists[] = {&fleet->sent_due, &fleet->delivered_due, &fleet->ended};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        lists[i]->last = &lists[i]->first;
}

// The end of a UUIDv7 is random: good enough as its own hash.
static size_t slot_of(const struct fleet *fleet, const uint8_t id[FLEET_ID_BYTES])
{
    uint64_t tail;
    memcpy(&tail, id + 8, sizeof tail);
    return (size_t)(tail ^ tail >> 32) & (fleet->table_size - 1);
}

static void table_grow(struct fleet *fleet)
{
    struct fleet_message **old = fleet->table;
    size_t old_size = fleet->table_size;
    fleet->table_size *= 2;
    fleet->table = calloc(fleet->table_size, sizeof *fleet->table);
    if (fleet->table == NULL)
        abort();
    for (size_t i = 0; i < old_size; i++) {
        for (struct fleet_message *message = old[i], *next; message != NULL; message = next) {
            next = message->hash_next;
            size_t slot = slot_of(fleet, message->id);
            message->hash_next = fleet->table[slot];
            fleet->table[slot] = message;
        }
    }
    free(old);
}

struct fleet_message *fleet_find(struct fleet *fleet, const struct fleet_device *device,
                                 const uint8_t id[FLEET_ID_BYTES])
{
    struct fleet_message *message = fleet->table[slot_of(fleet, id)];
    while (message != NULL && (message->device != device || memcmp(message->id, id, FLEET_ID_BYTES) != 0))
        message = message->hash_next;
    return message;
}

static void *block_new(size_t size)
{
    void *block = calloc(1, size);
    if (block == NULL)
        abort();
    return block;
}

struct fleet_message *fleet_message_new(struct fleet *fleet, struct fleet_device *device,
                                        const uint8_t id[FLEET_ID_BYTES])
{
    struct fleet_message *message = fleet->free_messages;
    if (message != NULL)
        fleet->free_messages = message->next;
    else
        message = block_new(sizeof *message);
    *message = (struct fleet_message){.device = device};
    memcpy(message->id, id, FLEET_ID_BYTES);
    if (++fleet->message_count > fleet->table_size)
        table_grow(fleet);
    size_t slot = slot_of(fleet, id);
    message->hash_next = fleet->table[slot];
    fleet->table[slot] = message;
    return message;
}

static void message_drop(struct fleet *fleet, struct fleet_message *message)
{
    struct fleet_message **link = &fleet->table[slot_of(fleet, message->id)];
    while (*link != message)
        link = &(*link)->hash_next;
    *link = message->hash_next;
    fleet->message_count--;
    message->next = fleet->free_messages;
    fleet->free_messages = message;
}

// One that a new lease has brought back to life stays; it will end again.
void fleet_message_ended(struct fleet *fleet, struct fleet_message *message)
{
    if (!message->queued) {
        message->queued = true;
        fleet_list_add(&fleet->ended, message);
        fleet->ended_count++;
    }
    while (fleet->ended_count > fleet->options.keep) {
        struct fleet_message *oldest = fleet_list_take(&fleet->ended);
        fleet->ended_count--;
        oldest->queued = false;
        if (oldest->message.stage >= MESSAGE_SENT)
            message_drop(fleet, oldest);
    }
}

void fleet_list_add(struct fleet_list *list, struct fleet_message *message)
{
    message->next = NULL;
    *list->last = message;
    list->last = &message->next;
}

struct fleet_message *fleet_list_take(struct fleet_list *list)
{
    struct fleet_message *message = list->first;
    if (message != NULL) {
        list->first = message->next;
        if (list->first == NULL)
            list->last = &list->first;
    }
    return message;
}

void fleet_list_remove(struct fleet_list *list, struct fleet_message *message)
{
    struct fleet_message **link = &list->first;
    while (*link != NULL && *link != message)
        link = &(*link)->next;
    if (*link == NULL)
        return;
    *link = message->next;
    if (list->last == &message->next)
        list->last = link;
}

void fleet_report_add(struct fleet *fleet, struct fleet_message *message, int64_t part)
{
    struct fleet_device *device = message->device;
    struct fleet_report *report = fleet->free_reports;
    if (report != NULL)
        fleet->free_reports = report->next;
    else
        report = block_new(sizeof *report);
    *report = fleet_report_of(message, part);
    report->seq = uplink_add(&device->uplink);
    if (device->first == NULL)
        device->first = report;
    else
        device->last->next = report;
    device->last = report;
    if (device->unsent == NULL)
        device->unsent = report;
}

void fleet_receipt(struct fleet *fleet, struct fleet_device *device, int64_t up_to)
{
    uplink_receipt(&device->uplink, up_to, fleet->mono_ms);
    while (device->first != NULL && device->first->seq <= device->uplink.acked) {
        struct fleet_report *report = device->first;
        device->first = report->next;
        if (device->unsent == report)
            device->unsent = report->next;
        report->next = fleet->free_reports;
        fleet->free_reports = report;
    }
}

bool fleet_id_parse(uint8_t id[FLEET_ID_BYTES], const char *text)
{
    if (!id_valid(text, strlen(text), ID_MESSAGE))
        return false;
    for (size_t i = 0; i < FLEET_ID_BYTES; i++) {
        unsigned high = (unsigned char)text[2 + 2 * i], low = (unsigned char)text[3 + 2 * i];
        id[i] = (uint8_t)((high <= '9' ? high - '0' : high - 'a' + 10) << 4 |
                          (low <= '9' ? low - '0' : low - 'a' + 10));
    }
    return true;
}
