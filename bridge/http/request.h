// One request, as the handlers of the API see it. HTTP thread only. Every handler replies exactly once, or
// submits.
#ifndef SMSQUITTO_BRIDGE_HTTP_REQUEST_H
#define SMSQUITTO_BRIDGE_HTTP_REQUEST_H

#include "bridge/http/server.h"
#include "bridge/store/query.h"
#include "common/json_out.h"

#include <jansson.h>

// Who asks. For local administrators key is 0 and scopes are all.
struct principal {
    int64_t account, key, scopes, rate_per_minute;
    int64_t expires_at;              // of the key, 0 = never
    uint8_t hash[SECRET_HASH_BYTES]; // of the key
    bool local;
    bool token;           // it came with a token of the face
    int64_t token_scopes; // whose own scopes these are
};

const struct principal *request_principal(const struct request *request);
// For handlers of public paths that let in who has something else: asks for a key as other paths do. False
// after replying.
bool request_needs_key(struct request *request, int64_t scope);
const struct http_route *request_route(const struct request *request);
const struct http_options *request_options(const struct request *request);
struct engine *request_engine(const struct request *request);
// Whether the broker is connected.
bool request_link_up(const struct request *request);
// Since the server was started.
int64_t request_uptime_ms(const struct request *request);
// The thread's reader of the store.
struct query *request_store(const struct request *request);

// The i-th '*' of the route; borrowed until the reply.
const char *request_param(const struct request *request, int i);
// A query parameter or header, NULL when absent; borrowed until the reply. Parameters hold no NUL where
// request_query_check has passed.
const char *request_query(const struct request *request, const char *name);
const char *request_header(const struct request *request, const char *name);
// Replies 400 and returns false when there is a query parameter that is not in names (ends with NULL), one
// twice, or one that is not UTF-8.
bool request_query_check(struct request *request, const char *const *names);
// Whether the request says that its body is of that type ("text/csv"), whatever parameters follow.
bool request_body_is(const struct request *request, const char *type);
// The body, borrowed until the reply.
const char *request_body(const struct request *request, size_t *length);
// The body as a JSON object, owned; NULL after replying with what is wrong.
json_t *request_json(struct request *request);

// Adds a header to the reply that follows.
void request_add_header(struct request *request, const char *name, const char *value);

// Replies. JSON values are taken, and what was written is.
void request_reply_json_take(struct request *request, int status, json_t *json);
void request_reply_out_take(struct request *request, int status, struct json_out *out);
void request_reply_text(struct request *request, int status, const char *type, const char *text,
                        size_t length);
void request_reply_empty(struct request *request, int status);
// An RFC 9457 problem document, or what the face of the path has instead; kind is the last part of its type
// ("invalid-field"), field "" or the path of what is wrong.
void request_problem(struct request *request, int status, const char *kind, const char *title,
                     const char *field, const char *detail);
void request_invalid(struct request *request, const struct field_error *error);
// 401, with the header that says how to log in.
void request_unauthorized(struct request *request, const char *detail);
void request_not_found(struct request *request, const char *detail);
void request_unavailable(struct request *request);

// Takes count sends out of the key's rate. False after replying 429.
bool request_charge(struct request *request, int64_t count);

// For public paths that take a code. Whether the client may try one now; false after replying 429, when its
// address or all together have been wrong too often.
bool request_may_guess(struct request *request);
// Notes that it was wrong.
void request_wrong_guess(struct request *request);

// When the certificate of the TCP port expires, ms UTC; 0 = it has none.
int64_t request_certificate_expires_at(const struct request *request);

// "https" when the TCP port speaks it, else "http".
const char *request_scheme(const struct request *request);

// Where phones reach this API, such as "https://sms.example.org", without a '/' at the end; "" when nobody
// knows.
void request_public_url(const struct request *request, char *out, size_t size);
// Where who asks reaches this API: as configured, else as it has asked, be it through a proxy.
void request_base_url(const struct request *request, char *out, size_t size);

// Hands the command to the engine (taken) and calls done when it is committed; done replies, the command is
// freed behind it. A command that is refused or did not end well is answered here.
void request_submit_take(struct request *request, struct command *command,
                         void (*done)(struct request *request, struct command *command));

// Replies with a stream of what http_push says under that name. The listener's functions are called on the
// HTTP thread: now and then while it listens, and once nobody listens under the name any more.
enum { PUSH_NAME_SIZE = DEVICE_ID_SIZE, PUSH_TEXT_SIZE = 128 };
struct push_listener {
    void (*alive)(struct engine *engine, const char *name);
    void (*gone)(struct engine *engine, const char *name);
};
void request_reply_push(struct request *request, const char *name, const struct push_listener *listener);
// Whether somebody listens under that name; ends all that do.
bool request_listens(const struct request *request, const char *name);
void request_end_push(struct request *request, const char *name);

// Where the request comes from, as text; "" when that is the local socket.
void request_address(const struct request *request, char *out, size_t size);

// Replies with a live event stream: events of the caller's account behind after_n, as they are committed.
struct stream_filter {
    int64_t kinds[32];
    size_t count; // 0 = every kind
};
// Formats one event as JSON; owned, NULL when memory runs out. The first stream's format serves all.
typedef char *(*stream_format)(const struct event_view *event);
void request_reply_stream(struct request *request, int64_t after_n, const struct stream_filter *filter,
                          stream_format format);

#endif
