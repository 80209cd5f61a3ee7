// What the sources of the HTTP server share.
#ifndef SMSQUITTO_BRIDGE_HTTP_HTTP_INTERNAL_H
#define SMSQUITTO_BRIDGE_HTTP_HTTP_INTERNAL_H

#include "bridge/http/auth.h"
#include "bridge/http/rate.h"
#include "bridge/http/request.h"
#include "bridge/http/route.h"
#include "bridge/http/tls.h"

#include <microhttpd.h>
#include <pthread.h>

enum { HTTP_HEADERS_MAX = 6 };

// One TCP or unix connection.
struct connection {
    struct http_server *server;
    int socket;
    bool local;            // over the unix socket
    bool administrator;    // and from a user who may do everything
    bool busy;             // a request is under way
    int64_t deadline_ms;   // monotonic: when it is cut; 0 = not now
    struct tls_pair *pair; // of a connection with TLS
    struct connection *next, *previous;
};

struct request {
    struct http_server *server;
    struct MHD_Connection *mhd;
    struct connection *connection;
    const struct http_face *face; // NULL = our own API
    struct route_match match;
    struct principal principal;
    char *body;
    size_t body_length, body_room;
    size_t discarded;             // bytes of the body that nobody needs
    bool too_large;               // the body
    bool handled;                 // replied, or submitted
    bool receiving;               // the body is still coming: a reply has to wait for its end
    struct MHD_Response *waiting; // owned: the reply that waits, or NULL
    int waiting_status;
    struct header {
        char name[40], value[128];
    } headers[HTTP_HEADERS_MAX];
    size_t header_count;
    struct command *done; // given back by the engine, not answered yet
    bool not_built;       // an answer could not be
    bool applied;         // what was submitted is done: it cannot be said that nothing was changed
    void (*on_done)(struct request *request, struct command *command);
    enum MHD_Result result; // of queueing the response
};

struct feed;
struct push;
struct live;

struct http_server {
    struct http_options options;
    const struct http_route *routes;
    size_t route_count;
    struct engine *engine;
    struct query *store;
    struct auth *auth;
    struct rate_table *rates;
    uint8_t guess_key[16]; // random: which addresses share a bucket
    struct MHD_Daemon *tcp, *local;
    int wake; // eventfd
    pthread_t thread;
    bool started;
    int64_t started_ms;
    struct connection *connections;
    struct live *streams; // of events
    struct push *push;
    struct feed *feed;    // NULL until there was a stream
    stream_format format; // of its events
    _Atomic int64_t stream_count;
    int port;
    int64_t next_scan_ms;
    int64_t quiet_turns;  // in a row, that libmicrohttpd asked for and in which nothing came
    pthread_mutex_t lock; // covers the rest
    struct command *answers, **answers_end;
    int64_t last_event;
    bool keys_changed, certificate_changed, quiesce, stop;
};

// access.c: the callbacks of libmicrohttpd.
enum MHD_Result http_access(void *context, struct MHD_Connection *mhd, const char *url, const char *method,
                            const char *version, const char *upload, size_t *upload_size, void **request);
void http_completed(void *context, struct MHD_Connection *mhd, void **request,
                    enum MHD_RequestTerminationCode code);
void http_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
                     enum MHD_ConnectionNotificationCode code);
// Whether the other side has ended a connection that nobody reads from right now.
bool http_gone(const struct connection *connection);
// Cuts connections whose time is over.
void http_cut_late(struct http_server *server, int64_t now_ms);

// request.c: answers a command that has come back.
void http_finish_command(struct request *request);
// Queues a response (taken; NULL: closes the connection) with the headers that every one gets, now or when
// the body has come. type may be NULL.
void http_reply_take(struct request *request, int status, struct MHD_Response *response, const char *type);

// Sends the reply that has waited for the end of the body.
void http_send_waiting(struct request *request);
// The other end; NULL when nobody knows. Borrowed from the connection.
const struct sockaddr *http_client_address(const struct request *request);

// server.c: makes the thread look for work. Any thread.
void http_wake(struct http_server *server);

// push.c: what listeners are told (request_reply_push).
struct push *push_new(void);
void push_free(struct push *push);
// Hands out what has queued up.
void push_deliver(struct http_server *server);
// Says something to those that have heard nothing for long; ends those that have gone.
void push_scan(struct http_server *server, int64_t now_ms);
void push_end_all(struct http_server *server);
bool push_listens(const struct http_server *server, const char *name);

// stream.c: feeds the streams with what is committed up to last_event; wakes those that keep silent. Returns
// whether there is more to do at once.
bool http_feed_streams(struct http_server *server, int64_t last_event, int64_t now_ms);
// Ends those whose key was revoked.
void http_check_streams(struct http_server *server);
// Ends those whose client has gone; nothing else would notice before the next word to it.
void http_drop_left_streams(struct http_server *server);

#endif
