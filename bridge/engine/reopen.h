// Messages that are held until a limit of a SIM ends: when the limit is changed before, they look for a
// device again. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_REOPEN_H
#define SMSQUITTO_BRIDGE_ENGINE_REOPEN_H

#include "bridge/engine/pace.h"

// Notes that what is held until that end of a limit of the device is to be looked at; 0 does nothing.
void reopen_note(struct pace *pace, int64_t until);

// Looks at some of what was noted.
void reopen_upkeep(struct core *core);

#endif
