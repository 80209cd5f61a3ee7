// Who may not be written to: people who answered STOP, numbers that an app or an administrator blocked, and
// numbers that the network says do not exist. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_SUPPRESS_H
#define SMSQUITTO_BRIDGE_ENGINE_SUPPRESS_H

#include "bridge/engine/core.h"

// Reads which accounts have entries. False when the store cannot be read.
bool suppress_load(struct core *core);

// Whether a message of that purpose must not go to number; fills why for people. Costs nothing for accounts
// without entries, one index look-up for others.
bool suppress_refuses(struct core *core, int64_t account, const char *number, enum purpose purpose,
                      char why[DETAIL_SIZE]);

// Acts on a text that came in when it is a word such as STOP, START or HELP: writes the entry down or takes
// it away, withdraws what waits for the sender, and answers from the same device and SIM.
void suppress_inbound(struct core *core, const struct message *message, const char *device);

// A message failed for good with that code: blocks its number when the configuration says so.
void suppress_failure(struct core *core, int64_t account, const char *number, const char *code);

// Whether failures of that code (may be "") block a number.
bool suppress_lists(const struct core *core, const char *code);
// The number has failed so at that time, as history says: blocks it, or with dry_run only tells. True when it
// is not blocked yet.
bool suppress_found(struct core *core, int64_t account, const char *number, const char *code, int64_t at,
                    bool dry_run);

// Forgets notices that count no longer; some of each call.
void suppress_upkeep(struct core *core);

// COMMAND_SUPPRESS and COMMAND_UNSUPPRESS.
void suppress_add(struct core *core, struct command *command);
void suppress_remove(struct core *core, struct command *command);

#endif
