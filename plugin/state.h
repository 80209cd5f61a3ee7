// All that the plugin knows, hung on the broker's user data, and what every part of it does with it.
//
// Used by the broker's thread only.
#ifndef SMSQUITTO_PLUGIN_STATE_H
#define SMSQUITTO_PLUGIN_STATE_H

#include "plugin/limits.h"
#include "plugin/options.h"
#include "plugin/peers.h"
#include "plugin/presence.h"
#include "plugin/roster.h"
#include "plugin/roster_file.h"

enum { REQUEST_ID_MAX = 64 };    // bytes of the id that a requester puts on a command
enum { ROSTER_WAITERS_MAX = 8 }; // roster commands that wait for a look at the file

// A roster command that is answered once the file has been looked at.
struct waiter {
    char client_id[DEVICE_ID_SIZE];
    char request[REQUEST_ID_MAX + 1];
    int64_t until_ms; // then the answer is an error
};

struct state {
    struct options options;
    struct roster_file *file;
    struct roster *roster; // NULL until the first table
    struct peers *peers;
    struct presence presence;
    struct peer *kicks; // list of those to disconnect
    struct waiter waiters[ROSTER_WAITERS_MAX];
    size_t waiter_count;
    int64_t next_look_ms;
    int64_t seen_ms;                   // when the roster file could be looked at last
    int64_t complained_ms;             // when it was last logged that it could not
    char complaint[ROSTER_ERROR_SIZE]; // and why; empty when it could
    uint64_t refused[REFUSAL_COUNT];   // of everybody, unknown names included
    struct ration refusal_lines;
    struct ration login_lines;
    bool has_connect_event; // the broker is 2.1 or later
    bool ticked;            // ticks do arrive
    int64_t last_tick_ms;   // or the start
    bool reloading;         // between SIGHUP and the next tick
};

// A clock that never steps, cheap enough for every message: a few milliseconds coarse.
int64_t state_now_ms(void);

// The login of a client that may use its rights: its id is its name, its role is allowed. NULL for any other.
struct mosquitto;
const struct login *state_login(const struct state *state, const struct mosquitto *client);

// Counts a refusal for a name (any text, or NULL) and logs it at a bounded rate; detail is a short phrase.
void state_refuse(struct state *state, enum refusal refusal, const char *name, const char *detail);

// Asks for the connection that a peer has now to be ended at the next tick.
void state_kick(struct state *state, struct peer *peer);

#endif
