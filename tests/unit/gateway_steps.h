// What is asked of the gateway while something fails: a request or a payload for every rule that writes, and
// lists.
//
// In a text, # stands for a number that no other has, and <SQL> for what that query finds in the store.
#ifndef SMSQUITTO_TESTS_UNIT_GATEWAY_STEPS_H
#define SMSQUITTO_TESTS_UNIT_GATEWAY_STEPS_H

#include <stddef.h>

// What is asked; before: what makes ready for it, each time. "" = nothing.
struct step {
    const char *before, *text;
    const char *first; // before that, NULL = nothing
};

// The table, and what makes ready for all of it: two devices, of which the first is connected.
extern const struct step gateway_steps[];
extern const size_t gateway_steps_count;
extern const char gateway_add_phone[], gateway_add_away[];
// The phone is there, and ready.
extern const char gateway_online[], gateway_hello[];
// The phone has sent one of the texts that it was given.
extern const char gateway_sent[];

#endif
