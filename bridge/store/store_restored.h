// What a store remembers of having been restored. The engine's side, on its thread.
#ifndef SMSQUITTO_BRIDGE_STORE_STORE_RESTORED_H
#define SMSQUITTO_BRIDGE_STORE_STORE_RESTORED_H

#include "bridge/store/store.h"

// The number behind which those of events go on; 0 when the store was never restored.
int64_t store_restored_event(struct store *store);
// Whether what waited in the backup is still to be ended.
bool store_restored_open(struct store *store);
// It is ended.
bool store_restored_done(struct store *store);

#endif
