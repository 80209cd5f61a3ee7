// A phone or modem behind libgammu, as the radio needs it: send one text, read what lies in the inbox.
//
// One thread. No argument may be NULL unless said.
// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef SMSQUITTO_DEVICE_GAMMU_PHONE_H
#define SMSQUITTO_DEVICE_GAMMU_PHONE_H

#include "common/wire.h"

enum { PHONE_UID_SIZE = 65 };

struct phone;

struct phone_options {
    const char *model;      // "" = found out; "dummy" for tests
    const char *connection; // "at", "none" …
    const char *device;     // "/dev/ttyUSB0", or the dummy's folder
};

struct phone_error {
    enum wire_error_kind kind;
    char code[WIRE_WORD_MAX_BYTES + 1], text[WIRE_ERROR_TEXT_MAX_BYTES + 1];
    bool broken; // the phone cannot be talked to any more: start anew
};

struct phone_state {
    int64_t signal, battery; // percent, -1 unknown
    bool charging;
    char carrier[WIRE_WORD_MAX_BYTES + 1]; // "" = unknown
};

// What reading the inbox finds. All pointers are borrowed for the call.
struct phone_handler {
    void (*text)(void *context, const struct wire_inbound *inbound);
    // A status report for the part with that reference to that number. Returns whether it is used up.
    bool (*fate)(void *context, int reference, const char *number, bool delivered);
};

// Connects. Returns NULL with *error set.
struct phone *phone_open(const struct phone_options *options, struct phone_error *error);
void phone_close(struct phone *phone);

// Sends the parts of a text; sent is called after each with the network's reference. Returns false with
// *error set when a part could not be sent.
bool phone_send(struct phone *phone, const char *to, const char *text, bool report,
                void (*sent)(void *context, int part, int parts, int reference), void *context,
                struct phone_error *error);

// Reads everything in the phone's folders and calls the handler for it.
bool phone_read(struct phone *phone, const struct phone_handler *handler, void *context,
                struct phone_error *error);

// Deletes the text of that uid from the phone, all its parts. Unknown uids are ignored.
void phone_forget(struct phone *phone, const char *uid);

void phone_state(struct phone *phone, struct phone_state *state);

#endif
