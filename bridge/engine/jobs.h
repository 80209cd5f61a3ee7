// Deliveries to webhooks: written in the transaction that makes the event, handed out when they are due,
// tried again until they arrive or are dead.
//
// The jobs of one message go to a webhook one after the other. A webhook that keeps failing is paused: one
// job at a time probes it, and what the others wait for does not count as their tries. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_JOBS_H
#define SMSQUITTO_BRIDGE_ENGINE_JOBS_H

#include "bridge/engine/core.h"

// Writes the jobs of an event. message is what it is about, or NULL.
void jobs_event(struct core *core, const struct event *event, const struct message *message);

// Hands out what is due, as far as each webhook has room.
void jobs_pump(struct core *core);

// Deletes jobs that are kept no longer, and what removed webhooks leave behind; some of each call.
void jobs_upkeep(struct core *core);

// Commands: what came of deliveries; a sample; jobs that are to be made again.
void jobs_results(struct core *core, struct command *command);
void jobs_test(struct core *core, struct command *command);
void jobs_replay(struct core *core, struct command *command);

#endif
