// Accounts, keys and devices: what administrators ask for. Fills in each command's status and result. Engine
// thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_ADMIN_H
#define SMSQUITTO_BRIDGE_ENGINE_ADMIN_H

#include "bridge/engine/core.h"

// Whether a new device of the command's account can have that id; otherwise false with the error set.
bool admin_device_id_free(struct core *core, struct command *command, const char *id);

void admin_device_add(struct core *core, struct command *command);
void admin_device_update(struct core *core, struct command *command);
void admin_device_rotate(struct core *core, struct command *command);
void admin_device_remove(struct core *core, struct command *command);
void admin_key_create(struct core *core, struct command *command);
void admin_key_revoke(struct core *core, struct command *command);
void admin_key_used(struct core *core, struct command *command);
void admin_account_add(struct core *core, struct command *command);

#endif
