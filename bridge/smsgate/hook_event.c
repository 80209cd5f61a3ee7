// SMSGate's words for what webhooks are told.
#include "bridge/smsgate/hook_event.h"

#include "bridge/store/records.h"

#include <string.h>

enum { KINDS_MAX = 4 };

static const struct {
    const char *word;
    int64_t kinds[KINDS_MAX]; // none: we have nothing to tell of it
} EVENTS[] = {
    {"sms:received", {STATE_RECEIVED}},
    {"sms:sent", {STATE_SENT}},
    {"sms:delivered", {STATE_DELIVERED}},
    {"sms:failed", {STATE_FAILED, STATE_EXPIRED, STATE_UNDELIVERED, STATE_UNKNOWN}},
    {"sms:cancelled", {STATE_CANCELLED}},
    {"app:started", {EVENT_DEVICE_ONLINE}},
    {"system:ping", {0}},
    {"sms:data-received", {0}},
    {"mms:received", {0}},
    {"mms:downloaded", {0}},
};

enum { COUNT = sizeof(EVENTS) / sizeof(EVENTS[0]) };

static int64_t bits_of(size_t i)
{
    int64_t bits = 0;
    for (size_t k = 0; k < KINDS_MAX; k++)
        bits |= EVENTS[i].kinds[k] != 0 ? event_bit(EVENTS[i].kinds[k]) : 0;
    return bits;
}

int64_t smsgate_hook_bits(const char *word)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(EVENTS[i].word, word) == 0)
            return bits_of(i);
    return 0;
}

bool smsgate_hook_known(const char *word)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(EVENTS[i].word, word) == 0)
            return true;
    return false;
}

const char *smsgate_hook_word(int64_t kind)
{
    for (size_t i = 0; i < COUNT; i++)
        for (size_t k = 0; k < KINDS_MAX; k++)
            if (kind != 0 && EVENTS[i].kinds[k] == kind)
                return EVENTS[i].word;
    return NULL;
}

const char *smsgate_hook_word_of_bits(int64_t bits)
{
    for (size_t i = 0; i < COUNT; i++)
        if ((bits_of(i) & bits) != 0)
            return EVENTS[i].word;
    return "";
}
