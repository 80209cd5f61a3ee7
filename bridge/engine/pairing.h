// Pairing: a code that lives for minutes, and that a device exchanges once for its credentials.
//
// The code is 80 random bits and stored as SHA-256. The device itself is made by the exchange, or gets a new
// key by it, so nobody but the device has ever seen the key. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_PAIRING_H
#define SMSQUITTO_BRIDGE_ENGINE_PAIRING_H

#include "bridge/engine/core.h"

void pairing_add(struct core *core, struct command *command);    // COMMAND_PAIRING_ADD
void pairing_remove(struct core *core, struct command *command); // COMMAND_PAIRING_REMOVE
void pairing_use(struct core *core, struct command *command);    // COMMAND_PAIRING_USE, of no account

// Forgets codes a day after their time; some of each call.
void pairing_upkeep(struct core *core);

#endif
