// What people change about pools and tags, and pools whose devices are all away. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_POOL_H
#define SMSQUITTO_BRIDGE_ENGINE_POOL_H

#include "bridge/engine/core.h"

void pool_add(struct core *core, struct command *command);
void pool_update(struct core *core, struct command *command);
void pool_remove(struct core *core, struct command *command);
void pool_member_put(struct core *core, struct command *command);
void pool_member_remove(struct core *core, struct command *command);

// Gives the device these tags (words with spaces between, taken from *tags on success) in place of its own;
// makes the pools of new ones. False, with the command's error set, when there are too many.
bool pool_set_tags_take(struct core *core, struct command *command, struct fleet_device *device, char **tags);

// Forgets what a removed device was in.
void pool_forget_device(struct core *core, const struct fleet_device *device);

// Gives what waits for pools that cannot send to their fallback pools. To be called about once a second.
void pool_upkeep(struct core *core);

#endif
