// The radio's side of the lines between it and its device (docs/radio.md): commands in, events out.
//
// One thread. No argument may be NULL unless said. The functions that say something end the program when
// nobody listens any more: the device is gone, and a radio without its device must not go on.
#ifndef SMSQUITTO_DEVICE_RADIOS_SIDE_H
#define SMSQUITTO_DEVICE_RADIOS_SIDE_H

#include "device/radio_line.h"

enum side_op {
    SIDE_SEND,   // ref, to (checked: '+' and digits), text, sim, report
    SIDE_INFO,   // nothing
    SIDE_INBOX,  // since
    SIDE_STORED, // uid
};

// One command; strings are borrowed for the call.
struct side_command {
    enum side_op op;
    const char *ref, *to, *text, *uid;
    int64_t sim, since;
    bool report;
};

// What has been read of standard input and is no whole line yet. Starts zeroed.
struct side_input {
    size_t length;
    char bytes[RADIO_LINE_MAX_BYTES];
};

// Reads what standard input has (it waits when there is nothing) and calls command for each command in it;
// what is no command is noted on standard error. Returns false at the end of input, or at a line that is too
// long.
bool side_read(struct side_input *input, void (*command)(void *context, const struct side_command *command),
               void *context);

// Writes one event (taken; NULL is ignored) and flushes.
void side_say_take(json_t *event);

void side_say_taken(const char *ref);
// part 0: all of them.
void side_say_sent(const char *ref, int part, int parts);
void side_say_fate(const char *ref, int part, int parts, bool delivered);
// text may be NULL.
void side_say_failed(const char *ref, enum wire_error_kind kind, const char *code, const char *text);
void side_say_unknown(const char *ref, const char *code, const char *text);
void side_say_inbound(const struct wire_inbound *inbound);

#endif
