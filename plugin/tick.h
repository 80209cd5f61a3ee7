// What the plugin does on its own: look at the roster, disconnect the revoked, publish presence.
//
// Called once a turn of the broker's loop, so it returns at once when nothing is due.
#ifndef SMSQUITTO_PLUGIN_TICK_H
#define SMSQUITTO_PLUGIN_TICK_H

#include "plugin/state.h"

enum { ROSTER_LOOK_MS = 250 };

// The broker's callback; userdata is the struct state.
int tick_on_tick(int event, void *event_data, void *userdata);

// Looks at roster.db now and swaps the table when there is a new one.
enum roster_look tick_look(struct state *state);

#endif
