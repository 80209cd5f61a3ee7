// To how many different people a SIM may write, a day and a month.
//
// A number that the SIM has written to in the same day or month does not count again, and may be written to
// also when the limit is reached. A SIM at this limit does not rest (pace.h): messages to others go by
// another SIM, or step aside until the day or the month is over. Numbers are kept in the store, not in
// memory, and deleted once they can no longer count. Devices without such limits cost nothing. Engine thread
// only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_RECIPIENTS_H
#define SMSQUITTO_BRIDGE_ENGINE_RECIPIENTS_H

#include "bridge/engine/core.h"

enum { RECIPIENTS_NONE = -1 };

// The slot by which the device may write to the number: sim, when that is not 0; else the one that knows it,
// or what pace_slot says; RECIPIENTS_NONE when none may.
int64_t recipients_slot(struct core *core, const struct fleet_device *device, const char *number,
                        int64_t sim);

// Until when the device takes nobody new by that slot (0: by any), be it for this limit or another; 0 = it
// does, or counts no recipients. *why says so, for people.
int64_t recipients_until(const struct core *core, const struct fleet_device *device, int64_t sim,
                         char why[DETAIL_SIZE]);

// Counts the number for a limit that the message falls under; pace_roll was called.
void recipients_count(struct core *core, struct sim_limit *limit, const char *number);

// Deletes some of those that can no longer count.
void recipients_upkeep(struct core *core);

// Pure: until when the limit takes nobody new, 0 = it does; *why in the words of pace_next. pace_roll was
// called.
int64_t recipients_end(const struct sim_limit *limit, char why[DETAIL_SIZE]);

#endif
