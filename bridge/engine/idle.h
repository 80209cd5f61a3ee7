// Memory goes back when a busy time is over: caches fill up to their limits in a storm, and would stay so.
#ifndef SMSQUITTO_BRIDGE_ENGINE_IDLE_H
#define SMSQUITTO_BRIDGE_ENGINE_IDLE_H

#include "bridge/engine/core.h"

enum { IDLE_LOOK_MS = 30000, IDLE_COMMANDS = 10000 };

// After a batch, outside of a transaction: looks every IDLE_LOOK_MS whether there were fewer than
// IDLE_COMMANDS commands since the last look, and empties the caches if so. Borrowed messages of the cache
// are gone then. Returns whether it did.
bool idle_look(struct core *core);

#endif
