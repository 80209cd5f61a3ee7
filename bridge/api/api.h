// REST API v1: one file a resource, each decode -> command or query -> reply. No rules: those are the
// engine's.
#ifndef SMSQUITTO_BRIDGE_API_API_H
#define SMSQUITTO_BRIDGE_API_API_H

#include "bridge/http/server.h"

// The routes of the API for http_new; borrowed for ever.
const struct http_route *api_routes(size_t *count);

#endif
