// What Android's message boxes, as termux-sms-list prints them, say about our texts, and what came in.
//
// Termux tells nothing about a text that it has sent. But Android itself writes the texts of all apps that
// are not the phone's SMS app into the boxes: into "sent" when the network has taken every part, into
// "failed" when not. So a row that is younger than the hand-over and has the same number and text is the
// answer.
//
// Pure logic, no I/O, no clock; local times are read in the process's time zone. One thread. No argument may
// be NULL unless said.
#ifndef SMSQUITTO_DEVICE_RADIOS_TERMUX_BOX_H
#define SMSQUITTO_DEVICE_RADIOS_TERMUX_BOX_H

#include "common/wire.h"

enum {
    BOX_TEXTS = 4,         // texts of ours that wait for their row
    BOX_CLAIMS = 64,       // rows that have answered, remembered
    BOX_ROWS_FIRST = 20,   // of one look; more when they do not reach back far enough
    BOX_ROWS_MOST = 2560,  // then what is there must do
    BOX_UID_SIZE = 7 + 65, // "termux-" and a SHA-256
};

enum box_stage { BOX_FREE, BOX_WAITING, BOX_HANDED };

// One text of ours.
struct box_text {
    enum box_stage stage;
    char ref[WIRE_WORD_MAX_BYTES + 1], to[NUMBER_SIZE];
    char text[WIRE_TEXT_MAX_BYTES + 1]; // without the white space at its ends, which Termux drops
    int64_t sim;
    int64_t order;       // who came first
    int64_t after_id;    // handed: rows up to this one were there before
    int64_t deadline_ms; // handed: when nobody waits for its row any more; for the caller
};

struct box {
    struct box_text texts[BOX_TEXTS];
    int64_t claims[BOX_CLAIMS]; // ids of rows that have answered
    size_t claim_count;
    int64_t orders;
    int64_t newest;         // highest id of all rows seen
    bool listening;         // what comes in is to be told
    int64_t since_ms, told; // inbound rows of that time and later (first look only), behind that id
};

// What box_read finds. Pointers are borrowed for the call.
struct box_handler {
    void (*sent)(void *context, const char *ref);
    void (*failed)(void *context, const char *ref);
    void (*inbound)(void *context, const struct wire_inbound *inbound);
};

// Takes a text in. Returns false when there is no room.
bool box_add(struct box *box, const char *ref, const char *to, const char *text, int64_t sim);

// The text that has waited longest for its hand-over; NULL when there is none.
struct box_text *box_next(struct box *box);

// A text is being handed to Termux: rows from now on may be its answer.
void box_handed(struct box *box, struct box_text *text, int64_t deadline_ms);

void box_remove(struct box_text *text);

// The handed text whose deadline comes first; NULL when there is none.
struct box_text *box_first_due(struct box *box);

// Tell what came in at since_ms or later, from the beginning.
void box_listen(struct box *box, int64_t since_ms);

// Reads rows (an array, oldest first, of at most limit rows, the newest there are) and calls handler. Returns
// false, without having called anything, when they do not reach back far enough: list more. Never false when
// limit is BOX_ROWS_MOST.
bool box_read(struct box *box, const json_t *rows, size_t limit, const struct box_handler *handler,
              void *context);

#endif
