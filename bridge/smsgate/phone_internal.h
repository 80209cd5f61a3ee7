// What the sources of the phones' side share.
#ifndef SMSQUITTO_BRIDGE_SMSGATE_PHONE_INTERNAL_H
#define SMSQUITTO_BRIDGE_SMSGATE_PHONE_INTERNAL_H

#include "bridge/smsgate/smsgate_internal.h"
#include "bridge/store/phone.h"

#define PHONE_JOURNAL "smsgate"
#define PHONE_BASE "/mobile/v1"

enum { PHONE_MESSAGE_ID_SIZE = 37, PHONE_URL_SIZE = 512 };

void phone_register(struct request *request);
void phone_update(struct request *request);
void phone_show(struct request *request);
void phone_messages(struct request *request);
void phone_states(struct request *request);
void phone_webhooks(struct request *request);
void phone_settings(struct request *request);
void phone_events(struct request *request);
void phone_inbound(struct request *request);
void phone_new_code(struct request *request);
void phone_password(struct request *request);

// The phone whose token the request brings; the caller clears. False after replying.
bool phone_of(struct device *out, struct request *request);

// Its word that it is there and can be sent to from now on; NULL when memory runs out.
struct command *phone_hello(const struct device *device, enum command_origin origin);

// The id under which a phone knows one lease of a message: it never sends an id twice, so that another try is
// another id. And back; false for what is none.
void phone_message_id(char out[PHONE_MESSAGE_ID_SIZE], const struct message *message);
bool phone_message_parse(char id[ID_SIZE], int64_t *lease, const char *text);

// Reads what a phone says of its messages (an array) into reports, which own what they borrow. False with the
// error set.
bool phone_reports_read(struct wire_reports *reports, const json_t *list, int64_t now,
                        struct field_error *error);

#endif
