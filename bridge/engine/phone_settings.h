// What an account's phones are to be like. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_PHONE_SETTINGS_H
#define SMSQUITTO_BRIDGE_ENGINE_PHONE_SETTINGS_H

#include "bridge/engine/core.h"

// COMMAND_PHONE_SETTINGS: keeps them; a new key signs all that the account is told in SMSGate's form.
void phone_settings_apply(struct core *core, struct command *command);

// The key that the account's phones sign with; made when there is none yet. False when that is not possible.
bool phone_settings_key(struct core *core, int64_t account, char *key, size_t size);

#endif
