// Whether an account's queue has room: of what waits, how old that is, and how much failed of late. Engine
// thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_ROOM_H
#define SMSQUITTO_BRIDGE_ENGINE_ROOM_H

#include "bridge/engine/core.h"

// Whether the account has room for what the command sends, by options.backlog_max, backlog_age_ms and
// failed_max. False with the command's error set: limited, with the time after which to ask again.
bool room_check(struct core *core, struct command *command);

// Notes that a text of the account failed; forgotten with the clock's hour, and by a restart.
void room_failed(struct core *core, int64_t account);

#endif
