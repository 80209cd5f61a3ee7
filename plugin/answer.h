// The frame of every answer to a bridge (schemas/mqtt/control-response.schema.json).
//
// Used by the broker's thread only.
#ifndef SMSQUITTO_PLUGIN_ANSWER_H
#define SMSQUITTO_PLUGIN_ANSWER_H

#include "plugin/reply.h"
#include "plugin/state.h"

// Where an answer goes, what it repeats, and its QoS.
struct asker {
    const char *client_id;
    const char *request;
    const char *command;
    int qos;
};

// Adds what each answer begins with; more members may be added to the reply behind it.
void answer_begin(struct reply *reply, const struct state *state, const struct asker *asker, bool ok);

// Ends the answer and publishes it. False, with a line in the log, when there is no memory for it.
bool answer_finish(struct reply *reply, const struct asker *asker);

// A whole answer that says what is wrong.
void answer_error(const struct state *state, const struct asker *asker, const char *error);

#endif
