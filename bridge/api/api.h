// REST API v1: one file a resource, each decode -> command or query -> reply. No rules: those are the
// engine's.
#ifndef SMSQUITTO_BRIDGE_API_API_H
#define SMSQUITTO_BRIDGE_API_API_H

#include "bridge/engine/outlets.h"
#include "bridge/http/server.h"

// The routes of the API for http_new; borrowed for ever.
const struct http_route *api_routes(size_t *count);

// The body of a webhook delivery, for hooks_new: owned JSON text, NULL when memory runs out. content NULL = a
// test.
char *api_hook_body(const struct hook_post *post, const char *event_id, const struct hook_content *content);

#endif
