// From libmicrohttpd's callbacks to requests: routes, credentials, limits of size and time.
#include "bridge/http/http_internal.h"

#include "common/clock.h"
#include "common/crash.h"
#include "common/json_memory.h"
#include "common/parse.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DISCARD_MAX_BYTES = 4 << 20, BODY_FIRST_ROOM = 1024 };

// Over the local socket the credential is the peer's user: root, or the bridge's own.
static bool is_administrator(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid());
}

void http_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
                     enum MHD_ConnectionNotificationCode code)
{
    struct http_server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct connection *connection = calloc(1, sizeof(*connection));
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
        const union MHD_ConnectionInfo *daemon = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_DAEMON);
        *socket_context = connection;
        if (connection == NULL)
            return;
        connection->server = server;
        connection->socket = info->connect_fd;
        connection->local = daemon->daemon == server->local;
        connection->administrator = connection->local && is_administrator(connection->socket);
        connection->deadline_ms = clock_mono_ms() + server->options.idle_ms;
        if (server->options.tls != NULL && !connection->local)
            connection->pair =
                tls_hold(server->options.tls,
                         MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session);
        connection->next = server->connections;
        if (connection->next != NULL)
            connection->next->previous = connection;
        server->connections = connection;
    } else if (*socket_context != NULL) {
        struct connection *connection = *socket_context;
        *(connection->previous != NULL ? &connection->previous->next : &server->connections) =
            connection->next;
        if (connection->next != NULL)
            connection->next->previous = connection->previous;
        tls_drop(connection->pair);
        free(connection);
    }
}

bool http_gone(const struct connection *connection)
{
    struct pollfd wait = {.fd = connection->socket, .events = POLLRDHUP};
    return poll(&wait, 1, 0) == 1; // whatever it said before: with TLS that is a word of farewell
}

void http_cut_late(struct http_server *server, int64_t now_ms)
{
    for (struct connection *connection = server->connections; connection != NULL;
         connection = connection->next)
        if (connection->deadline_ms != 0 && connection->deadline_ms <= now_ms) {
            connection->deadline_ms = 0;
            shutdown(connection->socket, SHUT_RDWR);
        }
}

// Finds the route, or replies 404, or 405 with what is allowed.
static bool find_route(struct request *request, const char *method, const char *path)
{
    struct route_match *match = &request->match;
    const struct http_server *server = request->server;
    const struct http_face *face = request->face = route_face(&path, server->options.faces);
    route_find(match, face != NULL ? face->routes : server->routes,
               face != NULL ? face->route_count : server->route_count, method, path);
    if (match->route != NULL)
        return true;
    if (match->allowed[0] == '\0') {
        request_not_found(request, "there is nothing at this path");
        return false;
    }
    request_add_header(request, "Allow", match->allowed);
    request_problem(request, 405, "method-not-allowed", "Method not allowed", "",
                    "this path does not take this method");
    return false;
}

// A local administrator acts on the account of X-Account, or on the first one.
static bool local_principal(struct request *request)
{
    const char *id = request_header(request, "X-Account");
    struct account account;
    enum query_status status = id != NULL ? query_account(request->server->store, &account, id)
                                          : query_account_first(request->server->store, &account);
    if (status == QUERY_FAILED)
        request_unavailable(request);
    else if (status == QUERY_NONE)
        request_problem(request, 404, "not-found", "Not found", "X-Account", "there is no such account");
    else
        request->principal = (struct principal){.account = account.n, .scopes = SCOPE_ALL, .local = true};
    return status == QUERY_OK;
}

// The engine writes down when a key was used last.
static void note_use(struct request *request)
{
    struct command *command = command_new(COMMAND_KEY_USED, ORIGIN_NONE, request->principal.account);
    if (command == NULL)
        return;
    command->key.key = request->principal.key;
    if (!engine_submit(request->server->engine, command))
        command_free(command);
}

// The token of a face with tokens of its own: a bearer that is no key. NULL when there is none.
static const char *face_token(const struct request *request)
{
    const char *header = request_header(request, "Authorization");
    if (request->face == NULL || request->face->token == NULL || header == NULL ||
        strncasecmp(header, "Bearer ", 7) != 0)
        return NULL;
    const char *token = header + 7 + strspn(header + 7, " ");
    return strncmp(token, SECRET_APP_KEY, strlen(SECRET_APP_KEY)) != 0 ? token : NULL;
}

static bool key_principal(struct request *request)
{
    bool used = false;
    struct http_server *server = request->server;
    const struct http_face *face = request->face;
    switch (auth_check(server->auth, &request->principal, &used, server->store,
                       request_header(request, "Authorization"), face != NULL, clock_wall_ms())) {
    case AUTH_OK:
        if (used)
            note_use(request);
        return true;
    case AUTH_FAILED:
        request_unavailable(request);
        return false;
    case AUTH_MISSING:
    case AUTH_WRONG:
        break;
    }
    request_unauthorized(request, face != NULL
                                      ? "the user name or the password is wrong"
                                      : "send a valid app key in the header: Authorization: Bearer sqk_...");
    return false;
}

bool request_needs_key(struct request *request, int64_t scope)
{
    if (request->connection->administrator)
        return local_principal(request);
    const char *token = face_token(request);
    if (!(token != NULL ? request->face->token(request, &request->principal, token) : key_principal(request)))
        return false;
    if ((request->principal.scopes & scope) == scope)
        return true;
    char detail[96];
    snprintf(detail, sizeof(detail), "the key lacks the scope %s", scope_name((enum scope)scope));
    request_problem(request, 403, "missing-scope", "Forbidden", "", detail);
    return false;
}

// Finds out who asks, and whether they may. False after replying.
static bool check_access(struct request *request)
{
    const struct http_route *route = request->match.route;
    bool open = route->access == HTTP_PUBLIC ||
                (route->scope == SCOPE_METRICS_READ && request->server->options.metrics_open);
    if (open)
        return true;
    if (route->access == HTTP_LOCAL && !request->connection->administrator) {
        request_problem(request, 403, "local-only", "Forbidden", "",
                        "this is only done on the gateway's own machine");
        return false;
    }
    return request_needs_key(request, route->scope);
}

// The headers that say how long the body is.
struct framing {
    int lengths, encodings;
    uint64_t length;
    bool chunked, number;
};

static enum MHD_Result read_framing(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct framing *framing = context;
    int64_t length;
    (void)kind;
    if (strcasecmp(name, "Content-Length") == 0) {
        framing->lengths++;
        framing->number = parse_int(&length, value, strlen(value), 0, INT64_MAX);
        framing->length = framing->number ? (uint64_t)length : 0;
    } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
        framing->encodings++;
        framing->chunked = strcasecmp(value, "chunked") == 0;
    }
    return MHD_YES;
}

// Refuses a body whose end could be seen in two places: the connection ends with it. False after replying.
static bool check_framing(struct request *request, struct framing *framing)
{
    MHD_get_connection_values(request->mhd, MHD_HEADER_KIND, read_framing, framing);
    if (framing->lengths + framing->encodings <= 1 && (framing->lengths == 0 || framing->number) &&
        (framing->encodings == 0 || framing->chunked))
        return true;
    request_add_header(request, "Connection", "close");
    request_problem(request, 400, "ambiguous-length", "Bad request",
                    framing->encodings > 0 ? "Transfer-Encoding" : "Content-Length",
                    "give the length of the body once: Content-Length, or Transfer-Encoding: chunked");
    return false;
}

static void reply_too_large(struct request *request)
{
    request_problem(request, 413, "too-large", "Content too large", "",
                    "the body is larger than this path takes");
}

// Routes the request and refuses what can be refused by its head. A client that is still sending a body (and
// does not wait for our word to do so) gets the refusal when the body has come: closing before that could
// take the reply from it.
static void begin_request(struct request *request, const char *url, const char *method)
{
    struct framing framing = {0};
    if (!check_framing(request, &framing))
        return;
    bool body = framing.length > 0 || framing.encodings > 0;
    request->receiving =
        body && framing.length <= DISCARD_MAX_BYTES && request_header(request, "Expect") == NULL;
    if (strcmp(method, "OPTIONS") == 0)
        request_reply_empty(request, 204);
    else if (find_route(request, method, url) && check_access(request)) {
        if (framing.length > request->match.route->body_max)
            reply_too_large(request);
    }
}

static enum MHD_Result begin(struct http_server *server, struct MHD_Connection *mhd, const char *url,
                             const char *method, void **slot)
{
    struct request *request = calloc(1, sizeof(*request));
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (request == NULL || info == NULL || info->socket_context == NULL) {
        free(request);
        return MHD_NO;
    }
    *slot = request;
    request->server = server;
    request->mhd = mhd;
    request->connection = info->socket_context;
    request->connection->busy = true;
    request->connection->deadline_ms = clock_mono_ms() + server->options.body_ms;
    request->result = MHD_YES;
    begin_request(request, url, method);
    return request->result;
}

static bool append_body(struct request *request, const char *bytes, size_t length)
{
    size_t need = request->body_length + length + 1;
    if (need > request->body_room) {
        size_t room = request->body_room != 0 ? request->body_room * 2 : BODY_FIRST_ROOM;
        while (room < need)
            room *= 2;
        char *more = realloc(request->body, room);
        if (more == NULL)
            return false;
        request->body = more;
        request->body_room = room;
    }
    memcpy(request->body + request->body_length, bytes, length);
    request->body_length += length;
    request->body[request->body_length] = '\0';
    return true;
}

// Takes a piece of the body. What is refused or too large is read on for a while, so that the answer arrives.
static enum MHD_Result receive(struct request *request, const char *bytes, size_t length)
{
    if (!request->handled && !request->too_large &&
        length <= request->match.route->body_max - request->body_length) {
        if (append_body(request, bytes, length))
            return MHD_YES;
        request->receiving = true;
        request_unavailable(request);
        return request->result;
    }
    request->too_large = true;
    request->discarded += length;
    return request->discarded <= DISCARD_MAX_BYTES ? MHD_YES : MHD_NO;
}

// The whole request is there, or its answer from the engine.
static void proceed(struct request *request)
{
    request->receiving = false;
    if (request->waiting != NULL)
        http_send_waiting(request);
    else if (request->done != NULL)
        http_finish_command(request);
    else if (request->too_large && !request->handled)
        reply_too_large(request);
    else if (!request->handled) {
        (void)json_memory_short();
        request->match.route->handle(request);
    }
}

enum MHD_Result http_access(void *context, struct MHD_Connection *mhd, const char *url, const char *method,
                            const char *version, const char *upload, size_t *upload_size, void **slot)
{
    struct request *request = *slot;
    (void)version;
    if (request == NULL)
        return begin(context, mhd, url, method, slot);
    if (*upload_size > 0) {
        size_t length = *upload_size;
        *upload_size = 0;
        return receive(request, upload, length);
    }
    request->connection->deadline_ms = 0;
    proceed(request);
    return request->result;
}

void http_completed(void *context, struct MHD_Connection *mhd, void **slot,
                    enum MHD_RequestTerminationCode code)
{
    struct http_server *server = context;
    struct request *request = *slot;
    (void)mhd, (void)code;
    if (request == NULL)
        return;
    request->connection->busy = false;
    request->connection->deadline_ms = clock_mono_ms() + server->options.idle_ms;
    command_free(request->done);
    if (request->waiting != NULL)
        MHD_destroy_response(request->waiting);
    free(request->body);
    free(request);
    *slot = NULL;
    crash_point("after-answer");
}
