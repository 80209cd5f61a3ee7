// Limits of services for one-time codes: how often one may be sent with the same value of something that only
// the app knows. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_QUOTAS_H
#define SMSQUITTO_BRIDGE_ENGINE_QUOTAS_H

#include "bridge/engine/core.h"

// Commands: fill in status and result.
void quotas_add(struct core *core, struct command *command);
void quotas_update(struct core *core, struct command *command);
void quotas_remove(struct core *core, struct command *command);
void quotas_bucket_add(struct core *core, struct command *command);
void quotas_bucket_update(struct core *core, struct command *command);
void quotas_bucket_remove(struct core *core, struct command *command);

// Whether a code may be sent with the values of the command; otherwise false with the error set, and when to
// come back.
bool quotas_allow(struct core *core, struct command *command);
// Counts one that was sent.
void quotas_count(struct core *core, const struct command *command);
// Forgets what no bucket counts any more.
void quotas_upkeep(struct core *core);

#endif
