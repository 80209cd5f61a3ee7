// Says in the store, once for each route and not in each message, why and until when all who could take what
// waits there rest. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_RESTS_H
#define SMSQUITTO_BRIDGE_ENGINE_RESTS_H

#include "bridge/engine/core.h"

// Stores what has changed since the last call. Last in a batch, so that it is committed with what it
// explains.
void rests_tell(struct core *core);

#endif
