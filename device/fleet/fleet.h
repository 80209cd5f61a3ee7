// The fleet: thousands of devices in one process and one thread, with journals in memory and a simulated
// radio. What its sources share.
#ifndef SMSQUITTO_DEVICE_FLEET_H
#define SMSQUITTO_DEVICE_FLEET_H

#include "common/topic.h"
#include "device/backoff.h"
#include "device/fleet/packet.h"
#include "device/fleet/stats.h"
#include "device/message.h"
#include "device/uplink.h"

#include <netdb.h>

enum { FLEET_KEY_SIZE = 64, FLEET_JOURNAL_SIZE = 17, FLEET_ID_BYTES = 16, FLEET_DOWNLINKS = 6 };

struct fleet_options {
    const char *host, *port, *keys, *prefix, *air;
    int64_t devices, connect_rate, sent_delay_ms, delivered_delay_ms, keepalive_s, telemetry_ms, keep, seed;
    int64_t session_expiry_s;
    double fail_rate, drop_rate;
};

// A message of one device.
struct fleet_message {
    struct fleet_message *hash_next;
    struct fleet_message *next; // in the one list that it waits in
    struct fleet_device *device;
    struct message message;
    int64_t due_ms; // mono: when the radio has its next word
    uint8_t id[FLEET_ID_BYTES];
    uint8_t parts;
    bool queued; // is in the list of ended messages
};

// A FIFO of messages.
struct fleet_list {
    struct fleet_message *first, **last;
};

// A report without a receipt.
struct fleet_report {
    struct fleet_report *next;
    int64_t seq, lease, at;
    uint8_t id[FLEET_ID_BYTES];
    uint8_t state, part, parts, kind;
    const char *code; // borrowed for ever
};

enum fleet_phase {
    FLEET_OFFLINE,    // waits for connect_at_ms
    FLEET_CONNECTING, // TCP
    FLEET_LOGIN,      // waits for CONNACK
    FLEET_SUBSCRIBE,  // waits for SUBACK
    FLEET_ONLINE,     // has said hello
};

struct fleet_device {
    int fd;
    enum fleet_phase phase;
    uint16_t packet_id, in_flight, receive_maximum;
    bool paused, wants_write, resubscribed;
    char id[DEVICE_ID_SIZE], key[FLEET_KEY_SIZE], journal[FLEET_JOURNAL_SIZE];
    struct backoff backoff;
    struct uplink uplink;
    struct fleet_report *first, *last, *unsent;
    struct fleet_list waiting;
    int64_t waiting_count;
    struct buffer in, out; // what is left over; empty most of the time
    int64_t written_ms, read_ms, connect_at_ms, telemetry_at_ms, telemetry_ms;
    int64_t min_gap_ms, next_entry_ms;
    int64_t inbox;       // asked_at of the last request for its inbox; 0 = none
    int64_t alone_at_ms; // nobody took what was published: say hello again then; 0 = not so
};

struct fleet {
    struct fleet_options options;
    struct fleet_device *devices;
    size_t count, connecting;
    struct addrinfo *address;
    int epoll, air;
    int64_t now_ms, mono_ms; // of this turn of the loop
    int64_t start_ms, connect_credit_ms;
    uint64_t seed;
    struct stats stats;

    struct fleet_message **table; // hash of all messages
    size_t table_size, message_count;
    struct fleet_list sent_due, delivered_due; // in order of time: each has one delay
    struct fleet_list ended;                   // oldest first
    int64_t ended_count;
    struct fleet_message *free_messages;
    struct fleet_report *free_reports;

    struct buffer out;     // of the device that is being served
    bool urgent;           // it has more than acknowledgements
    struct buffer answers; // its reports of seq 0, a payload without its end
    size_t answer_count;
    struct buffer payload;   // scratch
    struct buffer air_lines; // not written yet
};

// table.c: messages and reports in memory.
void fleet_table_init(struct fleet *fleet);
struct fleet_message *fleet_find(struct fleet *fleet, const struct fleet_device *device,
                                 const uint8_t id[FLEET_ID_BYTES]);
struct fleet_message *fleet_message_new(struct fleet *fleet, struct fleet_device *device,
                                        const uint8_t id[FLEET_ID_BYTES]);
void fleet_message_ended(struct fleet *fleet, struct fleet_message *message);
void fleet_list_add(struct fleet_list *list, struct fleet_message *message);
struct fleet_message *fleet_list_take(struct fleet_list *list); // NULL when it is empty
void fleet_list_remove(struct fleet_list *list, struct fleet_message *message);
void fleet_report_add(struct fleet *fleet, struct fleet_message *message, int64_t part);
void fleet_receipt(struct fleet *fleet, struct fleet_device *device, int64_t up_to);
bool fleet_id_parse(uint8_t id[FLEET_ID_BYTES], const char *text);

// payload.c: JSON.
void fleet_payload_begin(struct buffer *out, const char *journal);
void fleet_payload_report(struct buffer *out, const struct fleet_report *report);
void fleet_payload_none(struct buffer *out, const char *id, int64_t at);
void fleet_payload_end(struct buffer *out);
void fleet_payload_status(struct buffer *out, const struct fleet *fleet, const struct fleet_device *device,
                          bool hello);
struct fleet_report fleet_report_of(const struct fleet_message *message, int64_t part);

// downlink.c: what a device does with what it is told, and its radio.
void fleet_downlink(struct fleet *fleet, struct fleet_device *device, const struct packet *packet);
void fleet_feed(struct fleet *fleet, struct fleet_device *device);
void fleet_radio_step(struct fleet *fleet);
int64_t fleet_radio_deadline(const struct fleet *fleet);
double fleet_random(struct fleet *fleet);

// link.c: connections.
void fleet_connect_some(struct fleet *fleet);
void fleet_event(struct fleet *fleet, struct fleet_device *device, uint32_t events);
void fleet_send_answers(struct fleet *fleet, struct fleet_device *device);
void fleet_flush(struct fleet *fleet, struct fleet_device *device);
void fleet_sweep(struct fleet *fleet);
void fleet_publish(struct fleet *fleet, struct fleet_device *device, enum topic_leaf leaf,
                   const struct buffer *payload);
void fleet_goodbye(struct fleet *fleet);

#endif
