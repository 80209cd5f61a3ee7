// What people change about pools and tags, and pools whose devices are all away. Commands as in core.h.
// Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_POOL_H
#define SMSQUITTO_BRIDGE_ENGINE_POOL_H

#include "bridge/engine/core.h"

// COMMAND_POOL_ADD. COMMAND_CONFLICT: the name is taken, or the account has as many pools as it can have;
// COMMAND_INVALID: its fallback is no pool, or leads in a circle.
void pool_add(struct core *core, struct command *command);
// COMMAND_POOL_UPDATE, of what the request sets. The same, COMMAND_NOT_FOUND, and COMMAND_CONFLICT for the
// name of a tag's pool.
void pool_update(struct core *core, struct command *command);
// COMMAND_POOL_REMOVE. COMMAND_CONFLICT while messages wait for it, another pool falls back to it, or it is a
// tag's; COMMAND_NOT_FOUND.
void pool_remove(struct core *core, struct command *command);
// COMMAND_POOL_MEMBER_PUT: makes a device, or one SIM of it, a member, or changes one. COMMAND_NOT_FOUND: the
// pool or the device; COMMAND_CONFLICT: the device is in as many pools as it can be.
void pool_member_put(struct core *core, struct command *command);
// COMMAND_POOL_MEMBER_REMOVE; COMMAND_NOT_FOUND.
void pool_member_remove(struct core *core, struct command *command);

// Gives the device these tags (words with spaces between, taken from *tags on success) in place of its own;
// makes the pools of new ones. False, with the command's error set, when there are too many.
bool pool_set_tags_take(struct core *core, struct command *command, struct fleet_device *device, char **tags);

// Forgets what a removed device was in.
void pool_forget_device(struct core *core, const struct fleet_device *device);

// Gives what waits for pools that cannot send to their fallback pools. To be called about once a second.
void pool_upkeep(struct core *core);

#endif
