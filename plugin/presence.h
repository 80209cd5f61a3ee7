// Who is connected, told to the bridge: states that coalesce until the next tick, not events.
//
// Used by the broker's thread only.
#ifndef SMSQUITTO_PLUGIN_PRESENCE_H
#define SMSQUITTO_PLUGIN_PRESENCE_H

#include "plugin/peers.h"

enum { BOOT_ID_SIZE = 33 }; // 32 hex digits of 128 random bits, and NUL

// All zero, with the boot id filled in, is ready.
struct presence {
    char boot[BOOT_ID_SIZE]; // one run of the broker
    struct peer *changed;    // list, latest first
};

// Notes that client is now the connection of a peer. A connection that was there before is taken over.
void presence_online(struct presence *presence, struct peer *peer, const void *client, int64_t wall_ms);

// Notes that a connection has ended. Another connection than the peer's changes nothing.
void presence_offline(struct presence *presence, struct peer *peer, const void *client, int64_t wall_ms);

// Publishes what has changed since the last call. What cannot be published for lack of memory stays for the
// next call.
void presence_publish(struct presence *presence);

#endif
