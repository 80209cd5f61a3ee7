// The states of a message, their ranks, and the words for them in every API and payload.
//
// Pure logic; any thread.
#ifndef SMSQUITTO_COMMON_STATE_H
#define SMSQUITTO_COMMON_STATE_H

#include <stdbool.h>
#include <stddef.h>

// The numbers are stored in the database: never reuse or renumber one.
//
//   scheduled ─▶ queued ⇄ held ─▶ dispatched ─▶ accepted ─▶ sent ─▶ delivered
//                   │       │         │             │         └──▶ undelivered
//                   └───────┴─────────┴─────────────┴──▶ failed │ expired │ cancelled │ unknown
//
// Within one lease a message only moves to a state of a higher rank. A new lease (another attempt) starts
// again at queued or held; that is the only way back, and reports of an older lease never move a message.
enum state {
    STATE_SCHEDULED = 1,   // waits for its send_at
    STATE_QUEUED = 2,      // waits for its turn
    STATE_HELD = 3,        // waits, and why and until when is known
    STATE_DISPATCHED = 4,  // the broker has it for a device
    STATE_ACCEPTED = 5,    // the device has it in its journal
    STATE_SENT = 6,        // the radio network took all parts
    STATE_DELIVERED = 7,   // final: the handset has all parts
    STATE_UNDELIVERED = 8, // final: sent, but the network reports that the handset did not get it
    STATE_FAILED = 9,      // final: it was not sent
    STATE_EXPIRED = 10,    // final: its time ran out before it was sent
    STATE_CANCELLED = 11,  // final: withdrawn before it was sent
    STATE_UNKNOWN = 12,    // final: it may or may not have been sent, and is not tried again
    STATE_RECEIVED = 13,   // final: an inbound message
};

// The lower-case word for a state ("queued"); borrowed for ever. "?" for a value that is no state.
const char *state_name(enum state state);

// Finds the state that name[length] is the word for. Returns false, and leaves *state alone, when there is
// none.
bool state_parse(enum state *state, const char *name, size_t length);

// scheduled 0, queued and held 1, dispatched 2, accepted 3, sent 4, every final state 5 (and what is no
// state).
int state_rank(enum state state);

// True for a state that a message never leaves.
bool state_final(enum state state);

// Whether one lease allows the move: a higher rank, or queued ⇄ held. undelivered needs no sent before it.
// What was sent can only turn out delivered or undelivered: it is too late to cancel it, or for it to expire
// or fail. A final state allows none, and nothing moves to received.
bool state_may_move(enum state from, enum state to);

#endif
