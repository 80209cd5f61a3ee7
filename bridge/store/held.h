// The accounts in which what is held until a time is being looked at again. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_STORE_HELD_H
#define SMSQUITTO_BRIDGE_STORE_HELD_H

#include "bridge/store/store.h"

bool store_held_look_add(struct store *store, int64_t account);
bool store_held_look_remove(struct store *store, int64_t account);
// Calls each(context, ...) per account; false when reading failed half way (or a callback returned false).
bool store_held_looks_each(struct store *store, bool (*each)(void *context, int64_t account), void *context);

#endif
