// Until when all who could take what waits on a route rest. Messages that wait there show it
// (message_view.rest). Engine thread only.
#ifndef SMSQUITTO_BRIDGE_STORE_REST_H
#define SMSQUITTO_BRIDGE_STORE_REST_H

#include "bridge/store/store.h"

bool store_route_rest_put(struct store *store, int64_t route, const struct route_rest *rest);
// They rest no more, before that time.
bool store_route_rest_end(struct store *store, int64_t route);
// Forgets all of them.
bool store_route_rests_forget(struct store *store);

#endif
