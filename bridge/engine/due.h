// Messages whose time has come: schedules, holds, ends of life, hops that must be asked for again. And the
// steady work: receipts, rests that end, holds that the waiting should say, old idempotency keys. Engine
// thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_DUE_H
#define SMSQUITTO_BRIDGE_ENGINE_DUE_H

#include "bridge/engine/core.h"

// Looks at what is due, a bounded number of messages a call.
void due_messages(struct core *core);

// Looks at one message that is due now.
void due_look(struct core *core, struct message *message);

// Publishes receipts that are owed and does what a second's work asks; cheap when there is nothing.
void due_upkeep(struct core *core);

// How long the engine may sleep, in ms: until the next of these.
int64_t due_wait_ms(const struct core *core, int64_t now);

#endif
