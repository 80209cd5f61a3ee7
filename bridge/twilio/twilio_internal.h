// What the sources of Twilio's face share.
#ifndef SMSQUITTO_BRIDGE_TWILIO_TWILIO_INTERNAL_H
#define SMSQUITTO_BRIDGE_TWILIO_TWILIO_INTERNAL_H

#include "bridge/api/parts.h"
#include "bridge/http/request.h"
#include "bridge/twilio/twilio.h"
#include "common/form.h"
#include "common/json_memory.h"

#define TWILIO_API_VERSION "2010-04-01"
#define TWILIO_ROOT "/" TWILIO_API_VERSION "/Accounts/"

enum {
    TWILIO_SENDER_SIZE = 33, // a number, or a device's id
    TWILIO_DATE_SIZE = 40,
};

// refuse.c

// Replies with an error in Twilio's shape; its HTTP status goes with the code.
void twilio_refuse(struct request *request, int code, const char *message);
// The same for a field that is not as it must be.
void twilio_refuse_field(struct request *request, int code, const char *field, const char *detail);
// The http_face.problem of each face.
void twilio_messages_problem(struct request *request, int status, const char *kind, const char *title,
                             const char *field, const char *detail);
void twilio_verify_problem(struct request *request, int status, const char *kind, const char *title,
                           const char *field, const char *detail);

// read.c

// The account's SID, which the path must name. False after replying.
bool twilio_account(struct request *request, char sid[ID_SIZE]);
// The id in the i-th '*', without ".json". False after replying 404.
bool twilio_sid(struct request *request, char sid[ID_SIZE], int param, const char *prefix);
// The body as a form, which the caller clears. False after replying.
bool twilio_form(struct request *request, struct form *form);

// senders.c: which number our side of a message has.

struct twilio_senders {
    struct query *store;
    int64_t account;
    int64_t device; // whose SIMs are in the rest, 0 = nobody's
    struct {
        int64_t slot;
        char number[NUMBER_SIZE];
    } sims[WIRE_SIMS_MAX];
    size_t count;
    bool failed; // the store could not be read
};

// Takes the SIMs that have numbers out of what a device told of itself (NULL = nothing).
void twilio_sims(struct twilio_senders *senders, const char *status);
// The number of the device's SIM (0 = its only one), else the device's id; "" when there is no device.
void twilio_sender(struct twilio_senders *senders, char out[TWILIO_SENDER_SIZE],
                   const struct message_view *view);
// Finds the device that text is the id or a SIM's number of; *device 0 when there is none. False when the
// store cannot be read.
bool twilio_find_sender(struct query *store, int64_t *device, int64_t account, const char *text);

// message_json.c

// Twilio's words for a message.
const char *twilio_status(const struct message *message);
// 0 = none.
int twilio_error_code(const struct message *message);
// "Sat, 21 Nov 2026 08:30:00 +0000".
void twilio_date(char out[TWILIO_DATE_SIZE], int64_t at_ms);
// The SID that Twilio's messaging services have, for the pool with that name or id; false when there is no
// such pool.
bool twilio_service_of(struct query *store, char sid[ID_SIZE], int64_t account, const char *pool);
// The message as Twilio shows it, owned.
json_t *twilio_message_json(struct twilio_senders *senders, const char *account_sid,
                            const struct message_view *view);

// The handlers of the route table.
void twilio_account_fetch(struct request *request);
void twilio_numbers_list(struct request *request);
void twilio_numbers_fetch(struct request *request);
void twilio_messages_create(struct request *request);
void twilio_messages_list(struct request *request);
void twilio_messages_fetch(struct request *request);
void twilio_messages_update(struct request *request);
void twilio_messages_remove(struct request *request);
void twilio_feedback_create(struct request *request);
void twilio_media_list(struct request *request);
void twilio_media_fetch(struct request *request);

#endif
