// Messages that are held until a time: when quiet hours are changed, or a pool or device goes, those of the
// account are looked at again, some at a time. They go, are held until the new end, or fail. What is held for
// a limit of a SIM is reopen.h's. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_REHOLD_H
#define SMSQUITTO_BRIDGE_ENGINE_REHOLD_H

#include "bridge/engine/core.h"

// Goes on with what was under way. False when the store cannot be read.
bool rehold_load(struct core *core);
// Notes that what is held in the account is to be looked at, from the first on.
void rehold_note(struct core *core, int64_t account);
// Looks at some of it.
void rehold_upkeep(struct core *core);

#endif
