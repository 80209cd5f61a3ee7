// The life of one message on the device: what a downlink or a word of the radio changes, and what is said to
// the bridge about it.
//
// Pure logic, no I/O, no clock; now_ms is milliseconds since 1970 UTC. Any thread. No argument may be NULL
// unless said.
//
//   waiting ─▶ in the radio ─▶ sent ─▶ final
//      │  ▲          │                  ▲
//      │  └──doubt───┤                  │
//      └─────────────┴──────────────────┘
//
// "In doubt" is a message that was in the radio when the device or the radio died. At QoS 1 it waits again
// and the reports say so; at QoS 2 it ends as unknown and never goes to the radio again.
#ifndef SMSQUITTO_DEVICE_MESSAGE_H
#define SMSQUITTO_DEVICE_MESSAGE_H

#include "common/wire.h"

#include <stdbool.h>
#include <stdint.h>

// The numbers are stored in the journal: never reuse or renumber one.
enum message_stage {
    MESSAGE_WAITING = 0, // in the journal, not in the radio
    MESSAGE_RADIO = 1,   // given to the radio; its fate is open
    MESSAGE_SENT = 2,    // the network has all parts; delivery reports may follow
    MESSAGE_FINAL = 3,
};

#define MESSAGE_CODE_LEASE "lease"
#define MESSAGE_CODE_EXPIRED "expired"
#define MESSAGE_CODE_RESENT "resent-after-crash"
#define MESSAGE_CODE_DOUBT "in-doubt"
#define MESSAGE_CODE_PARTLY "partly-sent"
#define MESSAGE_CODE_NUMBER "bad-number"

struct message {
    int64_t lease, expires_at, lease_until;
    int64_t at; // when it came to its state
    enum state state;
    enum message_stage stage;
    uint32_t sent, delivered; // bit n-1: part n
    uint8_t parts;            // 0 = not known yet
    uint8_t qos;
    bool report; // ask the network for a delivery report
    bool resent; // was in doubt before, so it may be on the air already
    enum wire_error_kind error_kind;
    const char *error_code, *error_text; // borrowed from whoever loaded the message; NULL when there is none
};

// What the caller has to do after a rule has been applied.
enum message_act {
    MESSAGE_NOTHING, // nothing changed and nothing is to be said
    MESSAGE_SAVE,    // changed, nothing to be said
    MESSAGE_ANSWER,  // nothing changed: answer with the present state under seq 0
    MESSAGE_REPORT,  // changed: save, and report in the same transaction under the next seq
};

// A send arrived. known tells whether the message was in the journal; when it was not, *message is filled.
// The caller stores to, text and sim too whenever the result is MESSAGE_REPORT and the stage is waiting.
enum message_act message_on_send(struct message *message, bool known, const struct wire_send *send,
                                 int64_t now_ms);

// A cancel arrived. An unknown message is filled as cancelled, so that a send of this lease that arrives
// later is refused.
enum message_act message_on_cancel(struct message *message, bool known, int64_t lease, int64_t now_ms);

// A waiting message's turn has come: afterwards it is in the radio (MESSAGE_SAVE), or its time had run out
// (MESSAGE_REPORT). A message that is not waiting is left alone (MESSAGE_NOTHING).
enum message_act message_enter_radio(struct message *message, const char *to, int64_t now_ms);

// Whether a waiting message's time has run out; then message_enter_radio ends it.
bool message_overdue(const struct message *message, int64_t now_ms);

// The words of the radio. part is 1 - parts, or 0 for all of them; parts 0 = not known. *report_part is what
// the report must name: 0 once all parts have come so far.
enum message_act message_on_sent(struct message *message, int64_t *report_part, int64_t part, int64_t parts,
                                 int64_t now_ms);
enum message_act message_on_delivered(struct message *message, int64_t *report_part, int64_t part,
                                      int64_t parts, int64_t now_ms);
enum message_act message_on_undelivered(struct message *message, int64_t *report_part, int64_t part,
                                        int64_t now_ms);

// The radio could not send it. code and text are borrowed as long as *message is used; either may be NULL.
enum message_act message_on_failed(struct message *message, enum wire_error_kind kind, const char *code,
                                   const char *text, int64_t now_ms);

// The radio says that it cannot tell whether the message is out, and never will: it ends as unknown at every
// QoS. code and text as above.
enum message_act message_on_unknown(struct message *message, const char *code, const char *text,
                                    int64_t now_ms);

// The device or the radio died while the message was in the radio.
enum message_act message_on_doubt(struct message *message, int64_t now_ms);

// The report of what happened now to that part (0 = all). seq is filled in by the caller.
struct wire_report message_report(const struct message *message, const char *id, int64_t part);

// Whether to is '+' and 1-15 digits: nothing else ever goes to a radio.
bool message_number_valid(const char *to);

#endif
