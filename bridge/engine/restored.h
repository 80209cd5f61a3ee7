// The first start on a restored backup.
#ifndef SMSQUITTO_BRIDGE_ENGINE_RESTORED_H
#define SMSQUITTO_BRIDGE_ENGINE_RESTORED_H

#include "bridge/engine/core.h"

// Ends as unknown, with the reason restored, what waited in the backup and must not be sent twice (QoS 0 and
// 2): it may have been sent since. What was to be sent later than now stays. Does nothing when the store was
// not restored, or this was done. Before the engine starts, once memory is loaded, outside of a transaction;
// memory must be loaded again when *ended is true. False when the store cannot do it.
bool restored_settle(struct core *core, bool *ended);

#endif
