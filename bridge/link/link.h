// The link to the broker: topics to commands, published payloads after the commit (libmosquitto, MQTT 5).
//
// One thread with its own poll loop: libmosquitto's own waits in select(), which ends at descriptor 1023.
#ifndef SMSQUITTO_BRIDGE_LINK_LINK_H
#define SMSQUITTO_BRIDGE_LINK_LINK_H

#include "bridge/engine/engine.h"

struct link_options {
    const char *socket_path; // of the broker's unix-socket listener; borrowed until link_stop
    const char *name;        // user name and client id
    const char *key;
    int64_t keepalive_s;
};

struct link;

// A link that does nothing yet. Options are borrowed until link_free. NULL when memory or descriptors run
// out.
struct link *link_new(const struct link_options *options);
void link_free(struct link *link);

// Starts the thread, which connects, and connects again for as long as it lives. False when it cannot be
// started.
bool link_start(struct link *link, struct engine *engine);
// Publishes what is queued as far as the broker takes it within a second, disconnects, joins.
void link_stop(struct link *link);

// The outlets, called on the engine's thread; they queue and wake.
// Takes the list.
void link_publish(struct link *link, struct publish *items);
// Asks the plugin to read the roster file; kick names a device to throw out, "" none.
void link_roster_changed(struct link *link, const char *kick);
// Asks the plugin who is connected, as soon as there is a connection and the engine has room for the answer.
void link_states_lost(struct link *link);

#endif
