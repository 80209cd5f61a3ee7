// From libmicrohttpd's callbacks to requests: routes, credentials, limits of size and time.
#include "bridge/http/http_internal.h"

#include "common/clock.h"

#include <ctype.h>
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
        free(connection);
    }
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

static bool is_hex_pair(const char *text)
{
    return isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1]);
}

// Copies one segment of a path, with %XX undone. False when it is too long or holds a NUL.
static bool copy_segment(char out[HTTP_PATH_MAX], const char *segment, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        char c = segment[i];
        if (c == '%' && length - i > 2 && is_hex_pair(segment + i + 1)) {
            char digits[3] = {segment[i + 1], segment[i + 2], '\0'};
            c = (char)strtol(digits, NULL, 16);
            i += 2;
        }
        if (c == '\0' || used + 1 >= HTTP_PATH_MAX)
            return false;
        out[used++] = c;
    }
    out[used] = '\0';
    return used > 0;
}

// Whether the path fits the pattern; fills the parameters.
static bool matches(struct request *request, const char *pattern, const char *path)
{
    int param = 0;
    while (*pattern != '\0' && *path != '\0') {
        size_t want = strcspn(pattern + 1, "/"), got = strcspn(path + 1, "/");
        if (pattern[1] == '*' && want == 1) {
            if (!copy_segment(request->params[param++], path + 1, got))
                return false;
        } else if (want != got || memcmp(pattern, path, want + 1) != 0) {
            return false;
        }
        pattern += want + 1;
        path += got + 1;
    }
    return *pattern == '\0' && *path == '\0';
}

// Finds the route, or replies 404, or 405 with what is allowed.
static bool find_route(struct request *request, const char *method, const char *path)
{
    const struct http_server *server = request->server;
    char allowed[64] = "";
    bool head = strcmp(method, "HEAD") == 0;
    for (size_t i = 0; i < server->route_count; i++) {
        const struct http_route *route = &server->routes[i];
        if (!matches(request, route->pattern, path))
            continue;
        if (strcmp(route->method, head ? "GET" : method) == 0) {
            request->route = route;
            return true;
        }
        size_t used = strlen(allowed);
        snprintf(allowed + used, sizeof(allowed) - used, "%s%s", used > 0 ? ", " : "", route->method);
    }
    if (allowed[0] == '\0') {
        request_not_found(request, "there is nothing at this path");
        return false;
    }
    request_add_header(request, "Allow", allowed);
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

static bool key_principal(struct request *request)
{
    bool used = false;
    struct http_server *server = request->server;
    switch (auth_check(server->auth, &request->principal, &used, server->store,
                       request_header(request, "Authorization"), clock_wall_ms())) {
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
    request_add_header(request, "WWW-Authenticate", "Bearer");
    request_problem(request, 401, "unauthorized", "Unauthorized", "",
                    "send a valid app key in the header: Authorization: Bearer sqk_...");
    return false;
}

// Finds out who asks, and whether they may. False after replying.
static bool check_access(struct request *request)
{
    const struct http_route *route = request->route;
    bool open = route->access == HTTP_PUBLIC ||
                (route->scope == SCOPE_METRICS_READ && request->server->options.metrics_open);
    if (open)
        return true;
    if (request->connection->administrator)
        return local_principal(request);
    if (route->access == HTTP_LOCAL) {
        request_problem(request, 403, "local-only", "Forbidden", "",
                        "this is only done on the gateway's own machine");
        return false;
    }
    if (!key_principal(request))
        return false;
    if ((request->principal.scopes & route->scope) == route->scope)
        return true;
    char detail[96];
    snprintf(detail, sizeof(detail), "the key lacks the scope %s", scope_name((enum scope)route->scope));
    request_problem(request, 403, "missing-scope", "Forbidden", "", detail);
    return false;
}

struct lengths {
    int count;
    const char *value;
};

static enum MHD_Result count_length(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value)
{
    struct lengths *lengths = context;
    (void)kind;
    if (strcasecmp(name, "Content-Length") == 0) {
        lengths->count++;
        lengths->value = value;
    }
    return MHD_YES;
}

// Refuses what could be read in two ways, and what is too large by its own word. False after replying.
static bool check_framing(struct request *request)
{
    struct lengths lengths = {0};
    MHD_get_connection_values(request->mhd, MHD_HEADER_KIND, count_length, &lengths);
    bool chunked = request_header(request, "Transfer-Encoding") != NULL;
    if (lengths.count > 1 || (lengths.count > 0 && chunked)) {
        request_add_header(request, "Connection", "close");
        request_problem(request, 400, "ambiguous-length", "Bad request", "Content-Length",
                        "the length of the body is given more than once");
        return false;
    }
    if (lengths.count > 0 && strtoull(lengths.value, NULL, 10) > request->route->body_max) {
        request_add_header(request, "Connection", "close");
        request->too_large = true;
        return false;
    }
    return true;
}

static void reply_too_large(struct request *request)
{
    request_problem(request, 413, "too-large", "Content too large", "",
                    "the body is larger than this path takes");
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
    if (strcmp(method, "OPTIONS") == 0)
        request_reply_empty(request, 204);
    else if (find_route(request, method, url) && check_access(request) && !check_framing(request) &&
             request->too_large)
        reply_too_large(request);
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

// Takes a piece of the body; one that grows beyond its limit is read on for a while, so that the answer can
// be given.
static enum MHD_Result receive(struct request *request, const char *bytes, size_t length)
{
    if (request->handled)
        return MHD_YES;
    if (request->body_length + length > request->route->body_max) {
        request->too_large = true;
        request->body_length += length;
        return request->body_length < DISCARD_MAX_BYTES ? MHD_YES : MHD_NO;
    }
    return append_body(request, bytes, length) ? MHD_YES : MHD_NO;
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
    if (request->done != NULL) {
        http_finish_command(request);
    } else if (!request->handled) {
        if (request->too_large)
            reply_too_large(request);
        else
            request->route->handle(request);
    }
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
    free(request->body);
    free(request);
    *slot = NULL;
}
