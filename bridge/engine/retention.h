// How long messages are kept: old ones lose their text, then their number, then go. In small steps, so that
// nobody waits. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_RETENTION_H
#define SMSQUITTO_BRIDGE_ENGINE_RETENTION_H

#include "bridge/engine/core.h"

struct keeping;

// Reads what the accounts have set. False when the store cannot be read.
bool retention_load(struct core *core);
void retention_free(struct keeping *keeping);

// Whether a text that came in at that time would be gone already: an inbox that is read again must not bring
// it back.
bool retention_forgot(const struct core *core, int64_t account, int64_t at);

// COMMAND_RETENTION.
void retention_set(struct core *core, struct command *command);

// Erases and deletes a little of what is too old.
void retention_upkeep(struct core *core);

#endif
