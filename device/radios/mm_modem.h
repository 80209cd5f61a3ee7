// One modem of ModemManager, over the system's D-Bus: sends one text at a time, tells what comes in.
//
// Nothing here waits, except mm_open for the bus itself. One thread. No argument may be NULL unless said.
#ifndef SMSQUITTO_DEVICE_RADIOS_MM_MODEM_H
#define SMSQUITTO_DEVICE_RADIOS_MM_MODEM_H

#include "device/radios/mm_text.h"

#include <poll.h>

struct mm;

struct mm_state {
    int64_t signal;                        // percent
    char number[NUMBER_SIZE];              // "" = unknown
    char carrier[WIRE_WORD_MAX_BYTES + 1]; // "" = unknown
};

// What happens; called from mm_step. Pointers are borrowed for the call.
struct mm_handler {
    void (*ready)(void *context);               // once: texts can be sent
    void (*changed)(void *context);             // after ready: another number or carrier
    void (*sent)(void *context, int reference); // by mm_send; of its last part
    void (*failed)(void *context, const struct mm_failure *failure, const char *text); // by mm_send
    void (*text)(void *context, const struct wire_inbound *inbound);
    void (*fate)(void *context, int reference, const char *number, bool delivered);
    void (*note)(void *context, const char *text); // somebody should know, and maybe do something
    void (*lost)(void *context, const char *why);  // this modem is no more; call nothing but mm_close
};

// Connects to the bus and looks for the modem, or waits for it. which is its IMEI, its device identifier, its
// device in /sys or its primary port ("ttyUSB2"), or "any" for the first one; borrowed for the object's life.
// Returns NULL when there is no bus or no memory.
struct mm *mm_open(const char *which, const struct mm_handler *handler, void *context);
void mm_close(struct mm *mm);

// What to poll for; *timeout_ms is -1 for none.
void mm_poll(struct mm *mm, struct pollfd *poll, int *timeout_ms);

// Reads what has come and calls the handler.
void mm_step(struct mm *mm);

// Sends one text; sent or failed follows. Only when ready and no other is being sent.
void mm_send(struct mm *mm, const char *to, const char *text, bool report);

// Tells all texts that the modem holds.
void mm_list(struct mm *mm);

// Deletes the text of that uid from the modem. Unknown uids are ignored.
void mm_forget(struct mm *mm, const char *uid);

void mm_state(const struct mm *mm, struct mm_state *state);

#endif
