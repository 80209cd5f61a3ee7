// What devices tell of themselves: kept an hour a row, and told as events when someone should look at them.
// Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_VITALS_H
#define SMSQUITTO_BRIDGE_ENGINE_VITALS_H

#include "bridge/engine/core.h"

// Reads the warnings that were told already. False when the store cannot be read.
bool vitals_load(struct core *core);

// A status came from the device.
void vitals_status(struct core *core, struct fleet_device *device, const struct wire_status *status);

// A delivery report for a message of that device came, or is waited for no longer.
void vitals_report(struct core *core, int64_t device, bool came);

// Deletes old telemetry.
void vitals_upkeep(struct core *core);

#endif
