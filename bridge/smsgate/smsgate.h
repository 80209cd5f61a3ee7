// SMSGate's client API (https://docs.sms-gate.app) over our engine: another face of the same messages,
// devices and webhooks. It translates; it has no rules of its own.
#ifndef SMSQUITTO_BRIDGE_SMSGATE_SMSGATE_H
#define SMSQUITTO_BRIDGE_SMSGATE_SMSGATE_H

#include "bridge/engine/outlets.h"
#include "bridge/http/server.h"
#include "bridge/store/query.h"

// The face for http_options; borrowed for ever.
const struct http_face *smsgate_face(void);

// The phones' side, for phones with SMSGate's app: another face, and where what is published to them goes
// (the list is taken; engine's thread).
const struct http_face *smsgate_phone_face(void);
void smsgate_publish_take(struct http_server *http, struct engine *engine, struct publish *items);

// The body of a delivery in the form HOOK_SMSGATE_FORM, for hooks_new: owned JSON text, NULL when memory runs
// out. content NULL = a test.
char *smsgate_hook_body(struct query *store, const struct hook_post *post, const char *event_id,
                        const struct hook_content *content);

#endif
