// The commands of the bridge on $CONTROL/smsquitto/v1 (schemas/mqtt/control-*.schema.json).
//
// Used by the broker's thread only.
#ifndef SMSQUITTO_PLUGIN_CONTROL_H
#define SMSQUITTO_PLUGIN_CONTROL_H

#include "plugin/state.h"

// The broker's callback for a publish on the control topic, after its access check; userdata is the struct
// state. Always succeeds: what is wrong is said in the reply to the requester.
int control_on_request(int event, void *event_data, void *userdata);

// Answers those who wait for a look at the roster file, given its result. Returns true when nobody waits any
// more; otherwise the file was busy and wants another look soon.
bool control_answer_waiters(struct state *state, enum roster_look look, int64_t now_ms);

#endif
