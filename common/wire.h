// The payloads of MQTT protocol v1: JSON on the wire, structs inside. schemas/mqtt/ is the contract; tests
// hold both against each other.
//
// Encoders return an owned NUL-terminated JSON text (free() it), or NULL when memory runs out or a string is
// not UTF-8; they do not check the limits, which is up to the caller. Decoders take payload[length] (no final
// NUL needed), check it against the contract and return false with *error naming the field; strings of the
// decoded struct are borrowed from its `json` member until wire_*_clear. Unknown members are ignored in both
// directions, so that a newer peer can be spoken to; everything known is checked. All times are ms since 1970
// UTC. Any thread.
#ifndef SMSQUITTO_COMMON_WIRE_H
#define SMSQUITTO_COMMON_WIRE_H

#include "common/fields.h"
#include "common/id.h"
#include "common/number.h"
#include "common/state.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WIRE_TEXT_MAX_BYTES = 6400, // 1600 characters of up to 4 bytes
    WIRE_REPORTS_MAX = 50,      // reports in one payload
    WIRE_INBOUND_MAX = 20,      // inbound texts in one payload
    WIRE_QUERY_MAX = 50,        // ids in one query
    WIRE_SIMS_MAX = 8,
    WIRE_PARTS_MAX = 32,
    WIRE_WORD_MAX_BYTES = 64, // names, codes, carriers, journal ids
    WIRE_UID_MAX_BYTES = 128,
    WIRE_ERROR_TEXT_MAX_BYTES = 256,
};

// sms/v1/{device}/send: one message for the radio.
struct wire_send {
    const char *id;     // SM…
    int64_t lease;      // rises with every attempt; the device refuses an older one than it knows for this id
    const char *to;     // E.164
    const char *text;   // UTF-8
    int64_t sim;        // slot from 1; 0 = the device chooses
    int64_t qos;        // 0, 1 or 2: what to do in doubt (docs/protocol.md)
    int64_t expires_at; // after this it must not reach the radio: report expired
    int64_t lease_until; // after this it must not enter the radio for the first time: report expired with
                         // code "lease"
    bool report;         // ask the network for a delivery report
    const char *lane;    // "otp", "high", "normal" or "bulk": what goes first; NULL = normal
    json_t *json;        // owned by the struct after decoding; NULL when filled for encoding
};

// sms/v1/{device}/cancel
struct wire_cancel {
    const char *id;
    int64_t lease;
    json_t *json;
};

// sms/v1/{device}/query: the device answers each id with a report of seq 0 (state none if its journal has no
// such id).
struct wire_query {
    const char *ids[WIRE_QUERY_MAX];
    size_t count;
    json_t *json;
};

// sms/v1/{device}/receipt: all uplinks of that journal up to and including up_to are on disk; forget them and
// send what follows.
struct wire_receipt {
    const char *journal;
    int64_t up_to;
    json_t *json;
};

// sms/v1/{device}/config
struct wire_config {
    int64_t telemetry_interval_ms; // between two status payloads, 1000 - 86400000
    int64_t min_gap_ms;            // least time between two messages into one radio, 0 - 3600000
    bool paused;                   // do not start new messages in the radio
    json_t *json;
};

// sms/v1/{device}/inbox: send the texts of that time again that the radio still has, also those that are in
// the journal as sent.
struct wire_inbox {
    int64_t asked_at; // names the request: the same again is not carried out again
    int64_t from, to; // received_at of the texts: from <= received_at < to
    json_t *json;
};

enum wire_error_kind {
    WIRE_ERROR_NONE,
    WIRE_ERROR_TEMPORARY, // may work later: the bridge tries again
    WIRE_ERROR_PERMANENT, // will not work: the bridge reports failed
    WIRE_ERROR_LIMIT,     // the phone or its network refuses more for now: hold and cool down
};

// One report inside sms/v1/{device}/report.
struct wire_report {
    int64_t seq; // from the device's journal, rising by 1 over reports and inbound; 0 = an answer to a query
    const char *id;
    int64_t lease;
    enum state state;    // accepted … unknown; 0 with none set
    bool none;           // state "none": the journal has no such id
    int64_t part, parts; // part 1..parts of parts; part 0 = all of them
    int64_t at;
    enum wire_error_kind error_kind;
    const char *error_code; // such as "RESULT_ERROR_NO_SERVICE", "gammu-27"; NULL when there is none
    const char *error_text; // for people; NULL when there is none
};

struct wire_reports {
    const char *journal; // id of the device's journal; another one means that the old journal is gone
    struct wire_report items[WIRE_REPORTS_MAX];
    size_t count;
    json_t *json;
};

// One inbound text inside sms/v1/{device}/inbound.
struct wire_inbound {
    int64_t seq;
    const char *uid;  // stable for this text on this device, also when the inbox is read again
    const char *from; // as the network gave it: a number or an alphanumeric sender
    int64_t sim;
    const char *text;
    int64_t received_at;
};

struct wire_inbounds {
    const char *journal;
    struct wire_inbound items[WIRE_INBOUND_MAX];
    size_t count;
    json_t *json;
};

struct wire_sim {
    int64_t slot;        // from 1
    const char *number;  // E.164, or NULL when unknown
    const char *carrier; // or NULL
    int64_t signal;      // percent, -1 unknown
};

// sms/v1/{device}/status: hello after subscribing, then telemetry of the same shape.
struct wire_status {
    bool hello;
    const char *journal;
    int64_t oldest;       // lowest seq that the journal still holds; next when it holds none
    int64_t next;         // the seq that the next uplink will get
    const char *software; // "smsquitto-device/0.1.0"
    const char *radio;    // "sim", "gammu", "android" …
    int64_t battery;      // percent, -1 unknown
    bool charging;
    bool power_saver; // the phone keeps apps from running to save its battery
    bool airplane;    // its radio is switched off
    int64_t queue;    // messages in the journal that the radio has not taken yet
    int64_t inbox;    // asked_at of the last inbox request that is in the journal; 0 = none
    int64_t at;
    struct wire_sim sims[WIRE_SIMS_MAX];
    size_t sim_count;
    json_t *json;
};

// sms/v1/{device}/presence, from the plugin.
struct wire_presence {
    const char *device;
    bool online;
    int64_t at;
    const char *boot; // id of this run of the broker
    json_t *json;
};

char *wire_send_encode(const struct wire_send *send);
char *wire_cancel_encode(const struct wire_cancel *cancel);
char *wire_query_encode(const struct wire_query *query);
char *wire_receipt_encode(const struct wire_receipt *receipt);
char *wire_config_encode(const struct wire_config *config);
char *wire_inbox_encode(const struct wire_inbox *inbox);
char *wire_reports_encode(const struct wire_reports *reports);
char *wire_inbounds_encode(const struct wire_inbounds *inbounds);
char *wire_status_encode(const struct wire_status *status);

bool wire_send_decode(struct wire_send *send, const char *payload, size_t length, struct field_error *error);
bool wire_cancel_decode(struct wire_cancel *cancel, const char *payload, size_t length,
                        struct field_error *error);
bool wire_query_decode(struct wire_query *query, const char *payload, size_t length,
                       struct field_error *error);
bool wire_receipt_decode(struct wire_receipt *receipt, const char *payload, size_t length,
                         struct field_error *error);
bool wire_config_decode(struct wire_config *config, const char *payload, size_t length,
                        struct field_error *error);
bool wire_inbox_decode(struct wire_inbox *inbox, const char *payload, size_t length,
                       struct field_error *error);
bool wire_reports_decode(struct wire_reports *reports, const char *payload, size_t length,
                         struct field_error *error);
bool wire_inbounds_decode(struct wire_inbounds *inbounds, const char *payload, size_t length,
                          struct field_error *error);
bool wire_status_decode(struct wire_status *status, const char *payload, size_t length,
                        struct field_error *error);
bool wire_presence_decode(struct wire_presence *presence, const char *payload, size_t length,
                          struct field_error *error);

// Frees what a decoded struct holds; its borrowed strings end here. Does nothing on a struct filled for
// encoding.
void wire_send_clear(struct wire_send *send);
void wire_cancel_clear(struct wire_cancel *cancel);
void wire_query_clear(struct wire_query *query);
void wire_receipt_clear(struct wire_receipt *receipt);
void wire_config_clear(struct wire_config *config);
void wire_inbox_clear(struct wire_inbox *inbox);
void wire_reports_clear(struct wire_reports *reports);
void wire_inbounds_clear(struct wire_inbounds *inbounds);
void wire_status_clear(struct wire_status *status);
void wire_presence_clear(struct wire_presence *presence);

#endif
