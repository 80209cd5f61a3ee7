// Counting what happens. What was counted stays in memory for a second or ten, so that a busy bridge writes a
// row once and not with each message; a mark in the store says up to where it is written, and what came later
// is counted again from the events after a crash. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_STATS_H
#define SMSQUITTO_BRIDGE_ENGINE_STATS_H

#include "bridge/engine/core.h"

struct stats;
struct stats *stats_new(void); // NULL when memory runs out
void stats_free(struct stats *stats);

// Forgets what is in memory, and counts anew what is not written. False when the store cannot be read.
bool stats_load(struct core *core);

// An outbound message was accepted.
void stats_accepted(struct core *core, const struct message *message);
// A message has entered a state, or was received (STATE_RECEIVED).
void stats_entered(struct core *core, const struct message *message, enum state state, int64_t at);

// Writes what was counted when it is time to, and deletes old figures.
void stats_upkeep(struct core *core);

#endif
