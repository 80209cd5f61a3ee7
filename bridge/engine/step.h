// A wall clock that is stepped. Times are kept on the wall's clock, since they must mean something after a
// restart; what was to happen "in a while" is moved along with it. What people have set to a time of day is
// not.
//
// Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_STEP_H
#define SMSQUITTO_BRIDGE_ENGINE_STEP_H

#include "bridge/engine/core.h"

// Sets core->now to wall_ms. mono_ms, a clock that nobody sets, tells whether it was stepped since the last
// call (by 2 seconds or more): then devices' rests and silences move with it, and after a step back
// deliveries that wait for another try are moved too. To be called within a transaction, once memory is
// loaded.
void step_clock(struct core *core, int64_t wall_ms, int64_t mono_ms);

// After a step back: moves the times at which messages are looked at, a bounded number in each call.
void step_pump(struct core *core);

#endif
