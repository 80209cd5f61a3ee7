// HTTP to the bridge with libcurl, over its unix socket or a URL.
//
// One thread. Nothing here prints.
#ifndef SMSQUITTO_ADMIN_CLI_CLIENT_H
#define SMSQUITTO_ADMIN_CLI_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLIENT_BODY_MAX_BYTES = 16 * 1024 * 1024 };

// Where the bridge is and who asks. Borrowed strings.
struct client_target {
    const char *socket;  // path; used when url is NULL
    const char *url;     // "https://sms.example.org", or NULL
    const char *key;     // app key, or NULL
    const char *account; // id of the account to act for, or NULL
};

struct request {
    const char *method;          // "GET"
    const char *path;            // "/v1/messages?limit=20", already encoded
    const json_t *body;          // borrowed, or NULL
    const char *idempotency_key; // or NULL
};

struct response {
    long status;           // HTTP status
    json_t *body;          // owned; NULL when there is none or it is no JSON
    int64_t date_ms;       // of the Date header, 0 = none
    int64_t retry_after_s; // -1 = not said
    bool sent;             // the request went out, so that without an answer it may have been carried out
    char error[256];       // when there was no answer: why, and what to do
};

struct client;

// Owned; NULL when memory runs out. target's strings are borrowed for the client's life. Connects at the
// first request.
struct client *client_open(const struct client_target *target);
void client_close(struct client *client);

// Asks and waits for the answer, at most a minute. Returns false with response->error set when there is none.
// response_clear in both cases.
bool client_call(struct client *client, struct response *response, const struct request *request)
    __attribute__((warn_unused_result));
void response_clear(struct response *response);

enum stream_end {
    STREAM_STOPPED, // the handler said stop
    STREAM_LOST,    // it ended, broke, was not made, or timeout_ms passed: response->error says why
    STREAM_REFUSED, // the bridge answered with an error: see the response
};

// What happens on a stream. Each returns false to stop.
struct stream_handler {
    bool (*opened)(void *context); // the stream runs from here on. Another client may be used inside
    bool (*data)(void *context, const char *bytes, size_t length);
    void *context;
};

// Reads GET path as an event stream until it ends. last_id goes out as Last-Event-ID unless NULL or "".
// timeout_ms 0 = none. A connection that is silent for a minute counts as lost.
enum stream_end client_stream(struct client *client, struct response *response, const char *path,
                              const char *last_id, int64_t timeout_ms, const struct stream_handler *handler);

// Percent-encodes a value for a path or query. Owned; NULL when memory runs out.
char *client_encode(const char *text);

#endif
