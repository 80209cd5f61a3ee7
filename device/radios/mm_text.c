// What ModemManager's words mean.
#include "device/radios/mm_text.h"

#include "common/failure.h"
#include "common/isotime.h"
#include "common/parse.h"
#include "common/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TP_STATUS_TRYING = 0x20, // below: delivered
    TP_STATUS_FAILED = 0x40,
    TP_STATUS_END = 0x80,
    TIME_SIZE = 40,
    HOURS_LENGTH = 3, // "+02"
};

#define ERROR_PREFIX "org.freedesktop.ModemManager1.Error."

bool mm_time_parse(int64_t *at_ms, const char *text)
{
    char full[TIME_SIZE];
    size_t length = strlen(text);
    if (length < HOURS_LENGTH || length + sizeof ":00" > sizeof full)
        return false;
    char sign = text[length - HOURS_LENGTH];
    int written = snprintf(full, sizeof full, "%s%s", text, sign == '+' || sign == '-' ? ":00" : "");
    return isotime_parse(at_ms, full, (size_t)written);
}

// Message errors are those of +CMS ERROR: TS 27.005, 3.2.5.
static const struct {
    const char *name;
    int cause;
} causes[] = {
    {"MeFailure", 300},
    {"SmsServiceReserved", 301},
    {"NotAllowed", 302},
    {"NotSupported", 303},
    {"InvalidPduParameter", 304},
    {"InvalidTextParameter", 305},
    {"SimNotInserted", 310},
    {"SimPin", 311},
    {"PhSimPin", 312},
    {"SimFailure", 313},
    {"SimBusy", 314},
    {"SimWrong", 315},
    {"SimPuk", 316},
    {"MemoryFailure", 320},
    {"MemoryFull", 322},
    {"SmscAddressUnknown", 330},
    {"NoNetwork", 331},
    {"NetworkTimeout", 332},
};

// Whoever was asked may have acted, and only the answer is missing.
static const char *const doubts[] = {
    "org.freedesktop.DBus.Error.NoReply",  "org.freedesktop.DBus.Error.Timeout",
    "org.freedesktop.DBus.Error.TimedOut", "org.freedesktop.DBus.Error.Disconnected",
    ERROR_PREFIX "Serial.ResponseTimeout", ERROR_PREFIX "Serial.SendTimeout",
    ERROR_PREFIX "Serial.SendFailed",      ERROR_PREFIX "Core.Cancelled",
    ERROR_PREFIX "Core.Aborted",           ERROR_PREFIX "Core.Timeout",
};

// The number of a message error that has no name: "Unknown message error: 38". Returns -1 when there is none.
static int64_t last_number(const char *message)
{
    int64_t number;
    const char *space = strrchr(message, ' ');
    const char *digits = space != NULL ? space + 1 : message;
    return parse_int(&number, digits, strlen(digits), 0, 511) ? number : -1;
}

static int64_t cause_of(const char *name, const char *message)
{
    static const char messages[] = ERROR_PREFIX "Message.";
    if (strncmp(name, messages, sizeof messages - 1) != 0)
        return -1;
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        if (strcmp(name + sizeof messages - 1, causes[i].name) == 0)
            return causes[i].cause;
    }
    return last_number(message);
}

void mm_failure_of(struct mm_failure *failure, const char *name, const char *message)
{
    *failure = (struct mm_failure){.doubt = false};
    for (size_t i = 0; i < sizeof doubts / sizeof doubts[0]; i++)
        failure->doubt |= strcmp(name, doubts[i]) == 0;
    int64_t cause = cause_of(name, message);
    const char *end = strrchr(name, '.');
    if (cause >= 0)
        snprintf(failure->code, sizeof failure->code, "cause-%d", (int)cause);
    else
        snprintf(failure->code, sizeof failure->code, "mm-%.60s", end != NULL ? end + 1 : name);
    failure->kind = failure_kind(failure->code);
}

enum mm_fate mm_fate_of(uint32_t delivery_state)
{
    if (delivery_state < TP_STATUS_TRYING)
        return MM_FATE_DELIVERED;
    if (delivery_state >= TP_STATUS_FAILED && delivery_state < TP_STATUS_END)
        return MM_FATE_UNDELIVERED;
    return MM_FATE_OPEN;
}

void mm_uid(char uid[MM_UID_SIZE], const char *number, const char *timestamp, const char *text,
            unsigned ordinal)
{
    uint8_t hash[SECRET_HASH_BYTES];
    char *line;
    int length = asprintf(&line, "%s\n%s\n%u\n%s", number, timestamp, ordinal, text);
    if (length < 0)
        abort();
    secret_hash(hash, line, (size_t)length);
    free(line);
    snprintf(uid, MM_UID_SIZE, "mm-");
    for (size_t i = 0; i < sizeof hash; i++)
        snprintf(uid + 3 + 2 * i, 3, "%02x", hash[i]);
}
