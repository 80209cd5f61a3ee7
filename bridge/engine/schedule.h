// Texts that recur: COMMAND_SCHEDULE_ADD, _UPDATE, _RUN, and what the clock brings. Engine thread only.
//
// The next time moves on in the transaction that makes the messages, so that no crash runs one twice. What
// was missed while the bridge was down runs once when it is not older than the grace, and is left out
// otherwise. One call makes as many messages as one request may; what is due besides comes with the next.
#ifndef SMSQUITTO_BRIDGE_ENGINE_SCHEDULE_H
#define SMSQUITTO_BRIDGE_ENGINE_SCHEDULE_H

#include "bridge/engine/core.h"

// COMMAND_INVALID when its time never comes; COMMAND_CONFLICT when the account has as many as it can have.
void schedule_add(struct core *core, struct command *command);
// Changes what the request sets, or ends it. COMMAND_NOT_FOUND; COMMAND_INVALID as above.
void schedule_update(struct core *core, struct command *command);
// Runs it once more, now; its own times stay. COMMAND_NOT_FOUND; COMMAND_REPLAYED and COMMAND_KEY_REUSED by
// its idempotency key.
void schedule_run(struct core *core, struct command *command);

// Runs those whose time has come, and forgets some of those that ended long ago.
void schedule_upkeep(struct core *core);

#endif
