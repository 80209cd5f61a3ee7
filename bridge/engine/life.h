// The life of a message: the one place that changes its state, writes its timeline and sets when it is looked
// at next.
//
// at is when a thing happened (a device's word), core->now when it was learnt. code is at most 32 bytes and
// detail 160, for people; both may be NULL. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_LIFE_H
#define SMSQUITTO_BRIDGE_ENGINE_LIFE_H

#include "bridge/engine/core.h"

#define LIFE_AT_LIMIT "sim_limit" // the code of what waits for a limit of a SIM

// Takes a new message (n, id and request fields set, state scheduled, queued or held; emptied) into the cache
// with its first event. NULL when memory runs out; the message is then still the caller's.
struct message *life_add_take(struct core *core, struct message *message);

// Moves within the lease, as state_may_move allows; final states and sent give up the turn. Returns false,
// and changes nothing, when the move is not allowed.
bool life_move(struct core *core, struct message *message, enum state to, int64_t at, const char *code,
               const char *detail);

// Lets a message that no device holds wait for its route (a device's n, or -account): state queued, or held
// when code is given. What is held already for the same code stays so, with the new detail and no new event;
// and what was held at a limit stays so until it goes, as long as there are limits, because they begin and
// end too often to be told each time: what waits in its turn shows those of its route (rests.h).
void life_wait(struct core *core, struct message *message, int64_t route, const char *code,
               const char *detail);

// Lets a message that waits wait for another route, for the same reason.
void life_reroute(struct core *core, struct message *message, int64_t route);

// Holds a message that no device holds until a time, without a turn; with no new event when it is held
// already for the same code.
void life_hold_until(struct core *core, struct message *message, int64_t until, const char *code,
                     const char *detail);

// Gives the message to the device under a new lease: state queued until the broker has it.
void life_lease(struct core *core, struct message *message, struct fleet_device *device);

// Takes a leased message back from its device, so that life_wait or life_hold_until can follow under a new
// lease.
void life_release(struct core *core, struct message *message);

// Writes a row of the timeline that is no move.
void life_note(struct core *core, const struct message *message, enum event_kind kind, int64_t at,
               int64_t part, const char *code, const char *detail);

// Sets when the engine looks at the message next; 0 = never. Not later than its end of life while it waits
// for a device.
void life_due(struct core *core, struct message *message, int64_t due_at);

// Writes an event of a device.
void life_device_event(struct core *core, const struct fleet_device *device, enum event_kind kind,
                       const char *code, const char *detail);

// Writes an event that is about neither a message nor a device: subject names what (an id, a number).
void life_subject_event(struct core *core, int64_t account, enum event_kind kind, const char *subject,
                        const char *code, const char *detail);

#endif
