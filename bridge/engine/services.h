// Services for one-time codes. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_SERVICES_H
#define SMSQUITTO_BRIDGE_ENGINE_SERVICES_H

#include "bridge/engine/core.h"

enum { SERVICES_MAX = 100 }; // of one account

// Commands: fill in status and result.
void services_add(struct core *core, struct command *command);
void services_update(struct core *core, struct command *command);
void services_remove(struct core *core, struct command *command);

#endif
