// Accounts, keys and devices: what administrators ask for. Commands as in core.h; keys are made here, shown
// once in the result, and kept as SHA-256 only. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_ADMIN_H
#define SMSQUITTO_BRIDGE_ENGINE_ADMIN_H

#include "bridge/engine/core.h"

// Whether a new device of the command's account can have that id; otherwise false with the error set.
bool admin_device_id_free(struct core *core, struct command *command, const char *id);

// COMMAND_DEVICE_ADD. A device without an id gets one made of its name. COMMAND_CONFLICT when the id is
// taken.
void admin_device_add(struct core *core, struct command *command);
// COMMAND_DEVICE_UPDATE: name, tags, whether it is paused; COMMAND_NOT_FOUND.
void admin_device_update(struct core *core, struct command *command);
// COMMAND_DEVICE_ROTATE: a new key, and whoever is connected with the old one goes; COMMAND_NOT_FOUND.
void admin_device_rotate(struct core *core, struct command *command);
// COMMAND_DEVICE_REMOVE: it is disconnected, leaves its pools, and gets no message any more;
// COMMAND_NOT_FOUND.
void admin_device_remove(struct core *core, struct command *command);
// COMMAND_KEY_CREATE.
void admin_key_create(struct core *core, struct command *command);
// COMMAND_KEY_REVOKE: at once, live streams too; COMMAND_NOT_FOUND.
void admin_key_revoke(struct core *core, struct command *command);
// COMMAND_KEY_USED: writes down when a key was last used.
void admin_key_used(struct core *core, struct command *command);
// COMMAND_ACCOUNT_ADD.
void admin_account_add(struct core *core, struct command *command);

#endif
