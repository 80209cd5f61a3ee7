// The handlers that the face's table names, and what several of them use.
#ifndef SMSQUITTO_BRIDGE_SMSGATE_SMSGATE_INTERNAL_H
#define SMSQUITTO_BRIDGE_SMSGATE_SMSGATE_INTERNAL_H

#include "bridge/api/parts.h"
#include "bridge/smsgate/smsgate.h"
#include "bridge/smsgate/state.h"
#include "bridge/store/send.h"

void smsgate_messages_create(struct request *request);
void smsgate_messages_list(struct request *request);
void smsgate_messages_show(struct request *request);
void smsgate_messages_cancel(struct request *request);
void smsgate_devices_list(struct request *request);
void smsgate_health(struct request *request);
void smsgate_alive(struct request *request);

// Replies 400 for a field.
void smsgate_invalid(struct request *request, const char *field, const char *detail);

// A message of theirs as JSON (MessageState), owned: the texts to all recipients of ours that id (SM… or BA…)
// names. QUERY_NONE when there are none.
enum query_status smsgate_message_json(json_t **out, struct request *request, const char *id, bool content);

// What the caller's id of a message stands for with us: its own id for it, or ours.
enum query_status smsgate_find_send(char id[ID_SIZE], struct request *request, const char *given);

#endif
