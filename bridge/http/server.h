// The HTTP server: libmicrohttpd, driven by a loop of our own on one thread.
//
// Its internal epoll thread hangs with exactly 128 or 256 busy connections; with our loop that wait has no
// time-out to hang in. Handlers run on this thread and must not wait: they read the store (snapshots) or
// submit a command, which suspends the connection until the engine has committed.
#ifndef SMSQUITTO_BRIDGE_HTTP_SERVER_H
#define SMSQUITTO_BRIDGE_HTTP_SERVER_H

#include "bridge/engine/engine.h"

struct backup;
struct principal;
struct tls;
struct request;

enum { HTTP_ROUTE_PARAMS_MAX = 3 };

// One path of the API. In the pattern a segment '*' is a parameter.
struct http_route {
    const char *method, *pattern;
    int64_t scope; // what the key must be allowed; 0 = any key
    enum http_access {
        HTTP_PUBLIC, // no credential
        HTTP_KEY,    // an app key, or a local administrator
        HTTP_LOCAL,  // a local administrator only
    } access;
    size_t body_max; // bytes; 0 = no body is read
    void (*handle)(struct request *request);
};

// Where a face is: the path prefix ("/api/x", no "/" at its end) and all below it, which its routes have
// without the first `strip` bytes.
struct http_base {
    const char *prefix;
    size_t strip;
};

// Another API beside our own: its paths, routes, credentials and errors.
struct http_face {
    const struct http_base *bases; // ends with a NULL prefix
    const struct http_route *routes;
    size_t route_count;
    const char *challenge; // the header WWW-Authenticate of a 401
    // Finds out who asks with a bearer token of the face's own. False after replying. NULL: there are none.
    bool (*token)(struct request *request, struct principal *out, const char *token);
    // Replies with an error; arguments as those of request_problem.
    void (*problem)(struct request *request, int status, const char *kind, const char *title,
                    const char *field, const char *detail);
};

struct http_options {
    const char *bind;            // address, such as 127.0.0.1 or ::
    int64_t port;                // 0 = any
    const char *socket_path;     // for local administrators; "" = none
    int64_t socket_mode;         // permission bits of the socket
    const char *cors_origins;    // origins separated by blanks, "*" for all, "" = none
    const char *default_country; // ISO 3166-1 alpha-2, "" = none
    const char *public_host;     // what phones are told to connect to, "" = nothing
    int64_t public_port;
    bool public_tls;
    const char *public_url;               // of this API as phones reach it, "" = by bind and port
    int64_t guesses_per_address, guesses; // wrong codes a minute, see request_may_guess
    int64_t connections_max, connections_per_address_max;
    int64_t idle_ms;     // a connection must bring a whole request head within this
    int64_t body_ms;     // and then the body within this
    int64_t streams_max; // live event streams at once
    bool metrics_open;   // /metrics without a key on TCP
    struct tls *tls;     // on the TCP port, borrowed; NULL = plain HTTP
    struct backup *backup;
    const struct http_face *const *faces; // ends with NULL; NULL = none
    uint8_t token_key[SECRET_HASH_BYTES]; // signs the tokens of faces
};

struct http_server;

// A server that does not listen yet. Options and routes (count of them) are borrowed until http_free. NULL
// when memory or descriptors run out.
struct http_server *http_new(const struct http_options *options, const struct http_route *routes,
                             size_t count);
void http_free(struct http_server *server);

// Opens the store for reading, listens and starts the thread. False with a sentence in why[size].
bool http_start(struct http_server *server, struct engine *engine, const char *store_path, char *why,
                size_t size);
// The TCP port that it listens on, after http_start.
int http_port(const struct http_server *server);
// No new connections from now on; what is under way is answered.
void http_quiesce(struct http_server *server);
// Answers what the engine has given back, ends every connection, joins.
void http_stop(struct http_server *server);

// Reads the certificate again, if there is one. Any thread.
void http_reload(struct http_server *server);

// Tells those that listen under that name (request_reply_push) of an event: a word, and its data as JSON
// text; event NULL ends their streams. Any thread; when it cannot be queued, all streams end, as who comes
// again asks for all.
void http_push(struct http_server *server, const char *name, const char *event, const char *data);

// The outlets, called on the engine's thread; they queue and wake. Commands: taken.
void http_answer(struct http_server *server, struct command *commands);
void http_fed(struct http_server *server, int64_t last_event);
void http_keys_changed(struct http_server *server);

#endif
