// The handlers that the face's table names, and what several of them use.
#ifndef SMSQUITTO_BRIDGE_SMSGATE_SMSGATE_INTERNAL_H
#define SMSQUITTO_BRIDGE_SMSGATE_SMSGATE_INTERNAL_H

#include "bridge/api/parts.h"
#include "bridge/smsgate/scope.h"
#include "bridge/smsgate/smsgate.h"
#include "bridge/smsgate/state.h"
#include "bridge/store/phone_settings.h"
#include "bridge/store/send.h"
#include "common/json_memory.h"

enum { SMSGATE_DEVICES_MAX = 1000 }; // their list has no pages

void smsgate_messages_create(struct request *request);
void smsgate_messages_list(struct request *request);
void smsgate_messages_show(struct request *request);
void smsgate_messages_cancel(struct request *request);
void smsgate_devices_list(struct request *request);
void smsgate_webhooks_list(struct request *request);
void smsgate_webhooks_create(struct request *request);
void smsgate_webhooks_remove(struct request *request);
void smsgate_settings_show(struct request *request);
void smsgate_settings_put(struct request *request);
void smsgate_settings_patch(struct request *request);
void smsgate_inbox_list(struct request *request);
void smsgate_inbox_refresh(struct request *request);
void smsgate_not_implemented(struct request *request);
void smsgate_tokens_create(struct request *request);
void smsgate_tokens_refresh(struct request *request);
void smsgate_tokens_revoke(struct request *request);
void smsgate_health(struct request *request);
void smsgate_alive(struct request *request);

// What a token must be allowed on that route.
int64_t smsgate_route_scope(const struct http_route *route);
// The face's http_face.token.
bool smsgate_token_principal(struct request *request, struct principal *out, const char *text);

// The face's http_face.problem.
void smsgate_problem(struct request *request, int status, const char *kind, const char *title,
                     const char *field, const char *detail);
// A device in their form, owned.
json_t *smsgate_device_json(const struct device *device);

// Replies 400 for a field.
void smsgate_invalid(struct request *request, const char *field, const char *detail);
// Replies with that status for the request as a whole.
void smsgate_refuse(struct request *request, int status, const char *kind, const char *detail);

// Whether an app may name its things so: visible ASCII, and nothing that parts a path.
bool smsgate_name_valid(const char *name);

// Reads the query parameter deviceId; *n stays as it is without it. False after replying.
bool smsgate_query_device(struct request *request, int64_t *n);

// A message of theirs as JSON (MessageState), owned: the texts to all recipients of ours that id (SM… or BA…)
// names. QUERY_NONE when there are none.
enum query_status smsgate_message_json(json_t **out, struct request *request, const char *id, bool content);

// What the caller's id of a message stands for with us: its own id for it, or ours.
enum query_status smsgate_find_send(char id[ID_SIZE], struct request *request, const char *given);

#endif
