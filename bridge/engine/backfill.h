// Old failures that say that a number takes no texts: an account's history is looked through, some messages
// at a time, and what suppress_failure would have blocked is blocked. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_BACKFILL_H
#define SMSQUITTO_BRIDGE_ENGINE_BACKFILL_H

#include "bridge/engine/core.h"

// Reads those that had not ended. False when the store cannot be read or memory runs out.
bool backfill_load(struct core *core);
void backfill_clear(struct core *core);
// COMMAND_BACKFILL.
void backfill_begin(struct core *core, struct command *command);
// Looks at some more messages when it is time.
void backfill_step(struct core *core);

#endif
