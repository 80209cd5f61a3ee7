// The lines between the device and its radio (docs/radio.md): one JSON object a line, UTF-8.
//
// Pure logic; any thread. Encoders return an owned line with its newline (free() it), or NULL when memory
// runs out or a string is not UTF-8.
#ifndef SMSQUITTO_DEVICE_RADIO_LINE_H
#define SMSQUITTO_DEVICE_RADIO_LINE_H

#include "common/wire.h"

enum { RADIO_LINE_MAX_BYTES = 65536 }; // in both directions, with the newline
enum { RADIO_NAME_MAX_BYTES = 32, RADIO_WINDOW_MAX = 64 };

enum radio_event_kind {
    RADIO_READY,
    RADIO_TAKEN,
    RADIO_SENT,
    RADIO_FAILED,
    RADIO_UNKNOWN,
    RADIO_DELIVERED,
    RADIO_UNDELIVERED,
    RADIO_INBOUND,
    RADIO_INFO,
};

// One line of the radio. Strings are borrowed from json until radio_event_clear. Only the members of its kind
// are set.
struct radio_event {
    enum radio_event_kind kind;
    const char *ref;                 // taken, sent, failed, unknown, delivered, undelivered
    int64_t part, parts;             // sent, delivered, undelivered; 0 = all, 0 = not known
    enum wire_error_kind error_kind; // failed
    const char *code, *text;         // failed, unknown; may be NULL
    struct wire_inbound inbound;     // inbound; seq is 0
    const char *name;                // ready
    int64_t window;                  // ready: messages it takes at once
    bool has_sims;                   // ready, info: sims is set
    struct wire_sim sims[WIRE_SIMS_MAX];
    size_t sim_count;
    int64_t battery;                      // ready, info: percent, -1 unknown
    bool charging, power_saver, airplane; // ready, info
    json_t *json;                         // owned
};

// The members of a SIM, into a struct wire_sim whose strings are borrowed from the JSON.
enum { RADIO_SIM_FIELD_COUNT = 4 };
extern const struct field RADIO_SIM_FIELDS[RADIO_SIM_FIELD_COUNT];

struct radio_send {
    const char *ref, *to, *text;
    int64_t sim;
    bool report;
};

char *radio_send_encode(const struct radio_send *send);
char *radio_info_encode(void);
// Asks for the inbox: all texts received at since_ms or later.
char *radio_inbox_encode(int64_t since_ms);
// Tells that an inbound text is on disk, so that the radio may delete it.
char *radio_stored_encode(const char *uid);

// Reads one line without its newline. Returns false with *error naming the field.
bool radio_event_decode(struct radio_event *event, const char *line, size_t length,
                        struct field_error *error);
void radio_event_clear(struct radio_event *event);

// "temporary", "permanent" or "limit"; the words of error kinds in every protocol of the device.
bool radio_error_kind_parse(enum wire_error_kind *kind, const char *word);

#endif
