// SMSGate's words for what webhooks are told. Pure logic; any thread.
#ifndef SMSQUITTO_BRIDGE_SMSGATE_HOOK_EVENT_H
#define SMSQUITTO_BRIDGE_SMSGATE_HOOK_EVENT_H

#include <stdbool.h>
#include <stdint.h>

// The bits of event_bit that the word ("sms:received") stands for; 0 when we have nothing to tell of it.
int64_t smsgate_hook_bits(const char *word);
// The word for a kind of event, NULL when there is none; borrowed for ever.
const char *smsgate_hook_word(int64_t kind);
// The word for a webhook with those bits; the first one of several, "" when there is none.
const char *smsgate_hook_word_of_bits(int64_t bits);
// Whether SMSGate has the word, though we may have nothing to tell of it.
bool smsgate_hook_known(const char *word);

#endif
