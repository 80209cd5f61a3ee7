// SMSGate's states of a message, made of ours. Pure logic; any thread.
#ifndef SMSQUITTO_BRIDGE_SMSGATE_STATE_H
#define SMSQUITTO_BRIDGE_SMSGATE_STATE_H

#include "common/state.h"

#include <stdint.h>

enum smsgate_state {
    SMSGATE_PENDING,    // here, or on its way to a device
    SMSGATE_CANCELLING, // a device is asked to let it go
    SMSGATE_PROCESSED,  // a device has it
    SMSGATE_SENT,
    SMSGATE_DELIVERED,
    SMSGATE_FAILED, // also expired, undelivered, and those whose fate nobody knows
    SMSGATE_CANCELLED,
    SMSGATE_STATES,
};

// The word of the API ("Pending"); borrowed for ever.
const char *smsgate_state_name(enum smsgate_state state);
bool smsgate_state_parse(enum smsgate_state *state, const char *name);

// The state of one recipient.
enum smsgate_state smsgate_state_of(enum state state, bool cancelling);

// The state of a message to several, from how many recipients are in each state.
enum smsgate_state smsgate_state_join(const int64_t counts[SMSGATE_STATES]);

// When the state was first reached, from the times of our states (0 = never); 0 when it was not.
int64_t smsgate_state_at(enum smsgate_state state, const int64_t at[STATE_RECEIVED + 1]);

#endif
