// What ModemManager's words mean: times, failures, delivery states; and a name for a text that has none.
//
// Pure logic; any thread. No argument may be NULL.
#ifndef SMSQUITTO_DEVICE_RADIOS_MM_TEXT_H
#define SMSQUITTO_DEVICE_RADIOS_MM_TEXT_H

#include "common/wire.h"

enum { MM_UID_SIZE = 3 + 65 }; // "mm-" and a SHA-256

struct mm_failure {
    enum wire_error_kind kind;
    char code[WIRE_WORD_MAX_BYTES + 1];
    bool doubt; // the text may be out all the same
};

enum mm_fate { MM_FATE_OPEN, MM_FATE_DELIVERED, MM_FATE_UNDELIVERED };

// Reads ISO 8601 as ModemManager writes it, whose zone may be hours alone ("+02"). Returns false for anything
// else.
bool mm_time_parse(int64_t *at_ms, const char *text);

// What the D-Bus error of that name and message says about sending a text. Causes of the network and the
// modem become "cause-N" (docs/failures.md), everything else "mm-" and the end of the name.
void mm_failure_of(struct mm_failure *failure, const char *name, const char *message);

// An MMSmsDeliveryState: TP-Status of TS 23.040, 9.2.3.15; its values beyond are CDMA's and mean nothing
// here.
enum mm_fate mm_fate_of(uint32_t delivery_state);

// A text's uid: its objects get new names whenever ModemManager starts. ordinal tells equal texts of one
// second apart, counted from 0.
void mm_uid(char uid[MM_UID_SIZE], const char *number, const char *timestamp, const char *text,
            unsigned ordinal);

#endif
