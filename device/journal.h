// The device's memory on disk: messages, uplinks that wait for a receipt, inbound texts seen, settings. One
// SQLite file (WAL, synchronous=FULL) that one process holds exclusively.
//
// One thread owns a journal. Writes happen between journal_begin and journal_commit; a failed statement makes
// the commit fail, so callers check only that. No argument may be NULL.
#ifndef SMSQUITTO_DEVICE_JOURNAL_H
#define SMSQUITTO_DEVICE_JOURNAL_H

#include "device/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JOURNAL_ID_SIZE = 33, JOURNAL_ERROR_SIZE = 256 };

struct journal;

// A message with all that the radio needs. message.error_code and .error_text point into code and reason.
struct journal_message {
    struct message message;
    int64_t position;    // the radio takes the lowest first: lane, then order of arrival
    int64_t last_report; // seq of its last journaled report, 0 = none
    int64_t sim;
    char id[ID_SIZE];
    char to[NUMBER_SIZE];
    char code[WIRE_WORD_MAX_BYTES + 1];
    char reason[WIRE_ERROR_TEXT_MAX_BYTES + 1];
    char text[WIRE_TEXT_MAX_BYTES + 1]; // "" once the message is final
};

// An uplink that waits for its receipt: a report, or an inbound text.
struct journal_uplink {
    int64_t seq, lease, part, parts, at, sim;
    enum state state;
    enum wire_error_kind error_kind;
    bool inbound;
    char id[WIRE_UID_MAX_BYTES + 1];    // message id, or uid of the inbound text
    char word[WIRE_WORD_MAX_BYTES + 1]; // error code, or sender
    char *text;                         // error text, or the inbound text; owned, may be NULL
};

// Numbers that survive a restart. JOURNAL_NEXT_SEQ is kept by the journal itself on commit.
enum journal_number {
    JOURNAL_NEXT_SEQ,
    JOURNAL_PAUSED,
    JOURNAL_MIN_GAP_MS,
    JOURNAL_TELEMETRY_MS, // 0 = not set
    JOURNAL_INBOX_SINCE,  // received_at of the newest inbound text; first, when the radio was ready for the
                          // first time
    JOURNAL_INBOX_FIRST,  // when the radio was ready for the first time
    JOURNAL_INBOX_ASKED,  // asked_at of the last request to read the inbox again, 0 = none
    JOURNAL_INBOX_FROM,   // the period that it asks for
    JOURNAL_INBOX_TO,
    JOURNAL_INBOX_AT,   // later than all uids that were stored before it came
    JOURNAL_INBOX_OPEN, // 1 = the radio may not have told all of it yet
    JOURNAL_NUMBERS
};

// Opens or makes the file at path (directory must exist). Returns NULL with a sentence in error when it
// cannot be used: another process has it, it is no journal, it is of a newer version, the disk fails.
struct journal *journal_open(const char *path, char error[JOURNAL_ERROR_SIZE])
    __attribute__((warn_unused_result));
void journal_close(struct journal *journal);

// The random id that was made with the file; borrowed until journal_renew or close.
const char *journal_id(const struct journal *journal);

// Gives the journal a new id in the present transaction: the bridge knows seqs that this file does not.
void journal_renew(struct journal *journal);

void journal_begin(struct journal *journal);

// Makes everything since journal_begin durable. Returns false, and undoes all of it, when anything failed;
// error then has a sentence.
bool journal_commit(struct journal *journal, char error[JOURNAL_ERROR_SIZE])
    __attribute__((warn_unused_result));

int64_t journal_number(const struct journal *journal, enum journal_number name);
void journal_number_put(struct journal *journal, enum journal_number name, int64_t value);

// Reads one message. Returns false when the journal has none.
bool journal_message_get(struct journal *journal, struct journal_message *row, const char *id);

// Writes one message, new or known. Takes the error from message.error_code and .error_text.
void journal_message_put(struct journal *journal, const struct journal_message *row);

// Reads the first message of a stage after that position in order of arrival. Returns false at the end.
bool journal_message_next(struct journal *journal, struct journal_message *row, enum message_stage stage,
                          int64_t after);

// Messages in a stage; the number of arrival that is higher than every one in use.
int64_t journal_message_count(struct journal *journal, enum message_stage stage);
int64_t journal_position_next(struct journal *journal);

// The position of a message that arrives as the n-th, in a lane ("otp", "high", "bulk"; anything else is
// normal).
int64_t journal_position(const char *lane, int64_t n);

// The next time at which a waiting message runs out; INT64_MAX when none waits.
int64_t journal_overdue_at(struct journal *journal);

// Stores an uplink under seq; JOURNAL_NEXT_SEQ becomes seq + 1. The uid of an inbound text is kept as stored
// at now_ms, also when it was known.
void journal_report_add(struct journal *journal, int64_t seq, const struct wire_report *report);
void journal_inbound_add(struct journal *journal, int64_t seq, const struct wire_inbound *inbound,
                         int64_t now_ms);

// Whether an inbound text with that uid was stored at since_ms or later.
bool journal_inbound_known(struct journal *journal, const char *uid, int64_t since_ms);
// When the last one was stored; 0 = none was.
int64_t journal_inbound_newest(struct journal *journal);

// Reads one uplink; false when there is none. Free its text with journal_uplink_clear.
bool journal_uplink_get(struct journal *journal, struct journal_uplink *uplink, int64_t seq);
void journal_uplink_clear(struct journal_uplink *uplink);

// The lowest seq that is kept; JOURNAL_NEXT_SEQ when none is.
int64_t journal_uplink_oldest(struct journal *journal);

// Forgets all uplinks up to up_to.
void journal_uplink_forget(struct journal *journal, int64_t up_to);

// Forgets messages past the radio and inbound uids that are older than before_ms or more than keep, but none
// that has reports waiting.
void journal_prune(struct journal *journal, int64_t before_ms, int64_t keep);

#endif
