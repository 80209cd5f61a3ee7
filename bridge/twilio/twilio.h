// The face of Twilio's API: apps written with its SDKs change the base URL and work. It reads forms, asks the
// engine or the store like our own API, and answers in Twilio's shapes; it has no rules of its own.
#ifndef SMSQUITTO_BRIDGE_TWILIO_TWILIO_H
#define SMSQUITTO_BRIDGE_TWILIO_TWILIO_H

#include "bridge/hooks/hooks.h"
#include "bridge/http/server.h"
#include "bridge/store/query.h"

// Messages: /2010-04-01, and Verify: /v2. Borrowed for ever.
const struct http_face *twilio_messages_face(void);
const struct http_face *twilio_verify_face(void);

// The body of a delivery in the form HOOK_TWILIO_FORM, for hooks_new: owned, NULL when memory runs out.
// content NULL = a test.
char *twilio_hook_body(struct query *store, const struct hook_post *post, const char *event_id,
                       const struct hook_content *content);

// Sends the texts that an app answered a text that came in with (TwiML), for hooks_new.
bool twilio_hook_answered(struct query *store, struct engine *engine, const struct hook_post *post,
                          const struct hook_answer *answer, char error[HOOK_ERROR_SIZE]);

#endif
