// Parts of the API's handlers that its other faces are put together from.
#ifndef SMSQUITTO_BRIDGE_API_PARTS_H
#define SMSQUITTO_BRIDGE_API_PARTS_H

#include "bridge/http/request.h"

// A time as RFC 3339, JSON null for 0. Owned.
json_t *api_time(int64_t at_ms);
// A string, JSON null for "" and NULL. Owned.
json_t *api_text(const char *text);
// The same, written as a member.
void api_put_time(struct json_out *out, const char *name, int64_t at_ms);
void api_put_text(struct json_out *out, const char *name, const char *text);

// Reads the query parameters limit and cursor-like numbers. False after replying.
bool api_query_int(struct request *request, int64_t *value, const char *name, int64_t min, int64_t max);
bool api_query_time(struct request *request, int64_t *value, const char *name);

// Reads the body of a message to send. False with *error set; *send may then be half filled.
bool api_send_read(struct request *request, struct command_send *send, json_t *json,
                   struct field_error *error);

// Reads the body of a one-time code to send. False with *error set; *wish may then be half filled.
bool api_otp_read(struct request *request, struct command_otp *wish, json_t *json, struct field_error *error);

// Characters (code points) of a UTF-8 text.
size_t api_characters(const char *text);

// Quiet hours as the API shows and takes them. prefix names what they stand in ("" = the top). False
// with *error set.
json_t *api_quiet_json(const struct quiet_hours *row);
bool api_quiet_read(struct quiet_hours *row, const json_t *json, const char *prefix,
                    struct field_error *error);

// Takes the header Idempotency-Key; out stays as it is without one. False with *error set when it is none.
bool api_idempotency_key(struct request *request, char out[IDEMPOTENCY_KEY_SIZE], struct field_error *error);

// Copies a decoded string into a field of that size; NULL leaves it empty.
// The body as an object; an empty one without a body. NULL after replying.
json_t *api_optional_json(struct request *request);
void api_copy(char *out, size_t size, const char *text);

// Whether a message sent now would be stored.
bool api_is_ready(struct request *request);

// The handler of DELETE for the device in the first parameter.
void api_devices_remove(struct request *request);

#endif
