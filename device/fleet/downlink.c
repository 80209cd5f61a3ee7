// What a device of the fleet does with what it is told, and its simulated radio.
#include "device/fleet/fleet.h"

#include "common/clock.h"
#include "common/segments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double fleet_random(struct fleet *fleet)
{
    uint64_t z = (fleet->seed += UINT64_C(0x9e3779b97f4a7c15)); // splitmix64
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static void report_if(struct fleet *fleet, struct fleet_message *message, enum message_act act, int64_t part)
{
    if (act == MESSAGE_REPORT)
        fleet_report_add(fleet, message, part);
    if (act == MESSAGE_REPORT && message->message.stage == MESSAGE_FINAL)
        fleet_message_ended(fleet, message);
}

// A text "t=<monotonic ns> ..." tells when the sender let go of it.
static void measure(struct fleet *fleet, const char *text)
{
    if (strncmp(text, "t=", 2) != 0)
        return;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - strtoll(text + 2, NULL, 10);
    if (ns >= 0)
        stats_latency(&fleet->stats, ns);
}

// One line for each message on the air; written before anything is said about it.
static void log_air(struct fleet *fleet, const char *device, const char *id, const char *to, int parts)
{
    char line[256];
    fleet->stats.radio++;
    if (fleet->air < 0)
        return;
    int length = snprintf(line, sizeof line,
                          "{\"ref\":\"%s\",\"device\":\"%s\",\"to\":\"%s\",\"parts\":%d,\"at\":%lld}\n", id,
                          device, to, parts, (long long)fleet->now_ms);
    buffer_add(&fleet->air_lines, line, (size_t)length);
}

static void radio_delivered(struct fleet *fleet, struct fleet_message *message)
{
    int64_t part = 0;
    enum message_act act = message_on_delivered(&message->message, &part, 0, message->parts, fleet->now_ms);
    fleet->stats.delivered += act == MESSAGE_REPORT;
    report_if(fleet, message, act, part);
}

static void radio_sent(struct fleet *fleet, struct fleet_message *message)
{
    int64_t part = 0;
    if (fleet->options.fail_rate > 0 && fleet_random(fleet) < fleet->options.fail_rate) {
        fleet->stats.failed++;
        report_if(
            fleet, message,
            message_on_failed(&message->message, WIRE_ERROR_TEMPORARY, "SIMULATED", NULL, fleet->now_ms), 0);
        return;
    }
    enum message_act act = message_on_sent(&message->message, &part, 0, message->parts, fleet->now_ms);
    if (act == MESSAGE_REPORT)
        fleet_report_add(fleet, message, part);
    bool lost = !message->message.report ||
                (fleet->options.drop_rate > 0 && fleet_random(fleet) < fleet->options.drop_rate);
    if (lost) {
        fleet_message_ended(fleet, message);
    } else if (fleet->options.delivered_delay_ms == 0) {
        radio_delivered(fleet, message);
    } else {
        message->due_ms = fleet->mono_ms + fleet->options.delivered_delay_ms;
        fleet_list_add(&fleet->delivered_due, message);
    }
}

static void radio_take(struct fleet *fleet, struct fleet_message *message)
{
    if (fleet->options.sent_delay_ms == 0) {
        radio_sent(fleet, message);
        return;
    }
    message->due_ms = fleet->mono_ms + fleet->options.sent_delay_ms;
    fleet_list_add(&fleet->sent_due, message);
}

// The device whose messages are due may be another than the one that is served, so each is flushed on its
// own.
void fleet_radio_step(struct fleet *fleet)
{
    static const struct {
        size_t list;
        void (*step)(struct fleet *fleet, struct fleet_message *message);
    } steps[] = {{offsetof(struct fleet, sent_due), radio_sent},
                 {offsetof(struct fleet, delivered_due), radio_delivered}};
    for (size_t i = 0; i < 2; i++) {
        struct fleet_list *list = (void *)((char *)fleet + steps[i].list);
        struct fleet_device *device = NULL;
        while (list->first != NULL && list->first->due_ms <= fleet->mono_ms) {
            struct fleet_message *message = fleet_list_take(list);
            if (device != NULL && device != message->device)
                fleet_flush(fleet, device);
            device = message->device;
            steps[i].step(fleet, message);
        }
        if (device != NULL)
            fleet_flush(fleet, device);
    }
}

int64_t fleet_radio_deadline(const struct fleet *fleet)
{
    int64_t deadline = INT64_MAX;
    if (fleet->sent_due.first != NULL)
        deadline = fleet->sent_due.first->due_ms;
    if (fleet->delivered_due.first != NULL && fleet->delivered_due.first->due_ms < deadline)
        deadline = fleet->delivered_due.first->due_ms;
    return deadline;
}

static bool may_enter(const struct fleet *fleet, const struct fleet_device *device)
{
    return !device->paused && fleet->mono_ms >= device->next_entry_ms;
}

// What waits has its text no more: latencies are measured when it enters at once, as it does in benchmarks.
static void enter(struct fleet *fleet, struct fleet_message *message, const char *id, const char *to)
{
    struct fleet_device *device = message->device;
    enum message_act act = message_enter_radio(&message->message, to, fleet->now_ms);
    if (act != MESSAGE_SAVE) {
        report_if(fleet, message, act, 0);
        return;
    }
    device->next_entry_ms = fleet->mono_ms + device->min_gap_ms;
    log_air(fleet, device->id, id, to, message->parts);
    radio_take(fleet, message);
}

static void format_id(char text[ID_SIZE], const uint8_t id[FLEET_ID_BYTES])
{
    memcpy(text, ID_MESSAGE, 2);
    for (size_t i = 0; i < FLEET_ID_BYTES; i++)
        snprintf(text + 2 + 2 * i, 3, "%02x", id[i]);
}

void fleet_feed(struct fleet *fleet, struct fleet_device *device)
{
    struct fleet_message *message = device->waiting.first, *next;
    for (; message != NULL; message = next) {
        next = message->next;
        if (!may_enter(fleet, device) && !message_overdue(&message->message, fleet->now_ms))
            continue;
        char id[ID_SIZE];
        format_id(id, message->id);
        fleet_list_remove(&device->waiting, message);
        device->waiting_count--;
        enter(fleet, message, id, "+0"); // the number is not kept: the air of a fleet is not dialled
    }
}

// Answers under seq 0 are collected, as many as one payload may have.
static void answer(struct fleet *fleet, struct fleet_device *device, const struct fleet_message *message,
                   const char *id)
{
    if (fleet->answer_count == WIRE_REPORTS_MAX)
        fleet_send_answers(fleet, device);
    if (fleet->answer_count++ == 0)
        fleet_payload_begin(&fleet->answers, device->journal);
    if (message != NULL) {
        struct fleet_report report = fleet_report_of(message, 0);
        fleet_payload_report(&fleet->answers, &report);
    } else {
        fleet_payload_none(&fleet->answers, id, fleet->now_ms);
    }
}

static void take_volatile(struct fleet *fleet, struct fleet_device *device, const struct wire_send *send)
{
    struct message message;
    message_on_send(&message, false, send, fleet->now_ms);
    if (message_enter_radio(&message, send->to, fleet->now_ms) != MESSAGE_SAVE)
        return;
    measure(fleet, send->text);
    log_air(fleet, device->id, send->id, send->to, 1);
}

// A new lease has brought it back to life.
static void forget_end(struct fleet *fleet, struct fleet_message *message)
{
    if (!message->queued)
        return;
    fleet_list_remove(&fleet->ended, message);
    message->queued = false;
    fleet->ended_count--;
}

static void take_send(struct fleet *fleet, struct fleet_device *device, const struct wire_send *send,
                      const uint8_t id[FLEET_ID_BYTES])
{
    struct fleet_message *message = fleet_find(fleet, device, id);
    bool known = message != NULL;
    if (!known)
        message = fleet_message_new(fleet, device, id);
    bool waits = known && message->message.stage == MESSAGE_WAITING;
    enum message_act act = message_on_send(&message->message, known, send, fleet->now_ms);
    fleet->stats.repeats += known;
    if (act == MESSAGE_ANSWER)
        answer(fleet, device, message, NULL);
    if (act != MESSAGE_REPORT)
        return;
    fleet_report_add(fleet, message, 0);
    if (message->message.stage != MESSAGE_WAITING || waits)
        return;
    forget_end(fleet, message);
    struct segments segments = {.parts = 1};
    segments_count(&segments, send->text, strlen(send->text));
    message->parts = (uint8_t)(segments.parts <= WIRE_PARTS_MAX ? segments.parts : WIRE_PARTS_MAX);
    if (may_enter(fleet, device) && device->waiting.first == NULL) {
        measure(fleet, send->text);
        enter(fleet, message, send->id, send->to);
        return;
    }
    fleet_list_add(&device->waiting, message);
    device->waiting_count++;
}

static bool on_send(struct fleet *fleet, struct fleet_device *device, const char *payload, size_t length)
{
    struct wire_send send;
    struct field_error error;
    uint8_t id[FLEET_ID_BYTES];
    if (!wire_send_decode(&send, payload, length, &error))
        return false;
    fleet->stats.sends++;
    if (send.qos == 0)
        take_volatile(fleet, device, &send);
    else if (fleet_id_parse(id, send.id))
        take_send(fleet, device, &send, id);
    wire_send_clear(&send);
    return true;
}

static bool on_cancel(struct fleet *fleet, struct fleet_device *device, const char *payload, size_t length)
{
    struct wire_cancel cancel;
    struct field_error error;
    uint8_t id[FLEET_ID_BYTES];
    if (!wire_cancel_decode(&cancel, payload, length, &error))
        return false;
    if (fleet_id_parse(id, cancel.id)) {
        struct fleet_message *message = fleet_find(fleet, device, id);
        bool known = message != NULL;
        if (!known)
            message = fleet_message_new(fleet, device, id);
        bool waits = known && message->message.stage == MESSAGE_WAITING;
        enum message_act act = message_on_cancel(&message->message, known, cancel.lease, fleet->now_ms);
        if (waits && message->message.stage != MESSAGE_WAITING) {
            fleet_list_remove(&device->waiting, message);
            device->waiting_count--;
        }
        fleet->stats.cancelled += act == MESSAGE_REPORT;
        if (act == MESSAGE_ANSWER)
            answer(fleet, device, message, NULL);
        report_if(fleet, message, act, 0);
    }
    wire_cancel_clear(&cancel);
    return true;
}

static bool on_query(struct fleet *fleet, struct fleet_device *device, const char *payload, size_t length)
{
    struct wire_query query;
    struct field_error error;
    if (!wire_query_decode(&query, payload, length, &error))
        return false;
    for (size_t i = 0; i < query.count; i++) {
        uint8_t id[FLEET_ID_BYTES];
        const struct fleet_message *message =
            fleet_id_parse(id, query.ids[i]) ? fleet_find(fleet, device, id) : NULL;
        answer(fleet, device, message, query.ids[i]);
    }
    fleet->stats.queries++;
    wire_query_clear(&query);
    return true;
}

static bool on_receipt(struct fleet *fleet, struct fleet_device *device, const char *payload, size_t length)
{
    struct wire_receipt receipt;
    struct field_error error;
    if (!wire_receipt_decode(&receipt, payload, length, &error))
        return false;
    fleet->stats.receipts++;
    if (strcmp(receipt.journal, device->journal) == 0)
        fleet_receipt(fleet, device, receipt.up_to);
    wire_receipt_clear(&receipt);
    return true;
}

static bool on_config(struct fleet *fleet, struct fleet_device *device, const char *payload, size_t length)
{
    struct wire_config config;
    struct field_error error;
    if (!wire_config_decode(&config, payload, length, &error))
        return false;
    device->paused = config.paused;
    device->min_gap_ms = config.min_gap_ms;
    device->telemetry_ms = config.telemetry_interval_ms;
    device->telemetry_at_ms = fleet->mono_ms + device->telemetry_ms;
    wire_config_clear(&config);
    fleet_feed(fleet, device);
    return true;
}

// The inbox of these devices is empty: all that is to be told is that the request came.
static bool on_inbox(struct fleet *fleet, struct fleet_device *device, const char *payload, size_t length)
{
    struct wire_inbox wish;
    struct field_error error;
    if (!wire_inbox_decode(&wish, payload, length, &error))
        return false;
    device->inbox = wish.asked_at;
    device->telemetry_at_ms = fleet->mono_ms; // now
    wire_inbox_clear(&wish);
    return true;
}

static bool (*const handlers[])(struct fleet *, struct fleet_device *, const char *, size_t) = {
    [TOPIC_SEND] = on_send,       [TOPIC_CANCEL] = on_cancel, [TOPIC_QUERY] = on_query,
    [TOPIC_RECEIPT] = on_receipt, [TOPIC_CONFIG] = on_config, [TOPIC_INBOX] = on_inbox,
};

void fleet_downlink(struct fleet *fleet, struct fleet_device *device, const struct packet *packet)
{
    char topic[TOPIC_SIZE], id[DEVICE_ID_SIZE];
    enum topic_leaf leaf;
    bool good = false;
    if (packet->topic_length < sizeof topic) {
        memcpy(topic, packet->topic, packet->topic_length);
        topic[packet->topic_length] = '\0';
        good = topic_parse(id, &leaf, topic) && strcmp(id, device->id) == 0 && topic_is_downlink(leaf) &&
               handlers[leaf](fleet, device, packet->payload, packet->payload_length);
    }
    fleet->stats.bad += !good;
}
