// Quiet hours: when people must not be written to. Those of a message's pool, when it has some, take the
// place of those of the account. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_QUIET_H
#define SMSQUITTO_BRIDGE_ENGINE_QUIET_H

#include "bridge/engine/core.h"

#define QUIET_HOURS "quiet_hours" // the code of what waits for their end

// Reads what the accounts have set. False when the store cannot be read.
bool quiet_load(struct core *core);

// Whether the message has to wait for the end of quiet hours: fills *until and a sentence for people.
// One-time codes and answers to STOP, START and HELP never wait. In a country with several time zones it must
// not be quiet in any of them.
bool quiet_holds(const struct core *core, const struct message *message, int64_t *until,
                 char detail[DETAIL_SIZE]);

// The end of the quiet time in a zone at an instant, or that instant when it is not quiet.
int64_t quiet_end(const struct quiet_hours *hours, const char *zone, int64_t at);

// COMMAND_QUIET.
void quiet_set(struct core *core, struct command *command);

#endif
