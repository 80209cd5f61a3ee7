// Pairing: a code that lives for minutes, and that a device exchanges once for its credentials.
//
// The code is 80 random bits and stored as SHA-256. The device itself is made by the exchange, or gets a new
// key by it, so nobody but the device has ever seen the key. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_PAIRING_H
#define SMSQUITTO_BRIDGE_ENGINE_PAIRING_H

#include "bridge/engine/core.h"

// COMMAND_PAIRING_ADD: the code is in the result, and nowhere else. COMMAND_LIMITED when too many are open;
// COMMAND_NOT_FOUND, COMMAND_CONFLICT: the device that it is for, the id that it asks for.
void pairing_add(struct core *core, struct command *command);
// COMMAND_PAIRING_REMOVE; COMMAND_NOT_FOUND; COMMAND_CONFLICT when the code was used.
void pairing_remove(struct core *core, struct command *command);
// COMMAND_PAIRING_USE, of no account: the device and its key, as result. COMMAND_NOT_FOUND when the code is
// not known, was used, or its time is over.
void pairing_use(struct core *core, struct command *command);

// Forgets codes a day after their time; some of each call.
void pairing_upkeep(struct core *core);

#endif
