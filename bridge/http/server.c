// The thread and the loop around libmicrohttpd.
#include "bridge/http/feed.h"
#include "bridge/http/live.h"

#include "common/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/abstract.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    SCAN_MS = 250, // between two looks at late connections and silent streams
    BACKLOG = 1024,
    CONNECTION_MEMORY_BYTES = 8192,
    LOCAL_CONNECTIONS_MAX = 64,
    QUIET_TURNS_MAX = 64,
    PAUSE_MS = 1,
    DRAIN_MS = 3000, // for replies under way at the end
};

struct http_server *http_new(const struct http_options *options, const struct http_route *routes,
                             size_t count)
{
    struct http_server *server = calloc(1, sizeof(*server));
    if (server == NULL)
        return NULL;
    server->options = *options;
    server->routes = routes;
    server->route_count = count;
    server->answers_end = &server->answers;
    pthread_mutex_init(&server->lock, NULL);
    server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    server->auth = auth_new();
    server->rates = rate_new();
    server->push = push_new();
    if (server->wake >= 0 && server->auth != NULL && server->rates != NULL && server->push != NULL &&
        secret_random(server->guess_key, sizeof(server->guess_key)))
        return server;
    http_free(server);
    return NULL;
}

void http_free(struct http_server *server)
{
    if (server == NULL)
        return;
    while (server->answers != NULL) {
        struct command *next = server->answers->next;
        command_free(server->answers);
        server->answers = next;
    }
    feed_free(server->feed);
    push_free(server->push);
    query_close(server->store);
    auth_free(server->auth);
    rate_free(server->rates);
    if (server->wake >= 0)
        close(server->wake);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

void http_wake(struct http_server *server)
{
    uint64_t one = 1;
    ssize_t written = write(server->wake, &one, sizeof(one)); // a full counter wakes as well
    (void)written;
}

void http_answer(struct http_server *server, struct command *commands)
{
    pthread_mutex_lock(&server->lock);
    *server->answers_end = commands;
    while (*server->answers_end != NULL)
        server->answers_end = &(*server->answers_end)->next;
    pthread_mutex_unlock(&server->lock);
    http_wake(server);
}

void http_fed(struct http_server *server, int64_t last_event)
{
    pthread_mutex_lock(&server->lock);
    server->last_event = last_event;
    bool watched = server->stream_count > 0;
    pthread_mutex_unlock(&server->lock);
    if (watched)
        http_wake(server);
}

void http_keys_changed(struct http_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->keys_changed = true;
    pthread_mutex_unlock(&server->lock);
}

// Listens on the first address that bind and port resolve to. -1 with why filled.
static int listen_tcp(struct http_server *server, char *why, size_t size)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICHOST},
                    *found = NULL;
    char port[16];
    int one = 1;
    snprintf(port, sizeof(port), "%lld", (long long)server->options.port);
    int code = getaddrinfo(server->options.bind, port, &hints, &found);
    int fd = code == 0 ? socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
                    bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0)) {
        code = errno;
        close(fd);
        fd = -1;
        snprintf(why, size, "cannot listen on %s port %s: %s", server->options.bind, port, strerror(code));
    } else if (fd < 0) {
        snprintf(why, size, "cannot listen on %s port %s: %s", server->options.bind, port,
                 code != 0 ? gai_strerror(code) : strerror(errno));
    }
    if (found != NULL)
        freeaddrinfo(found);
    return fd;
}

static int listen_local(const struct http_server *server, char *why, size_t size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = server->options.socket_path;
    if (strlen(path) >= sizeof(address.sun_path)) {
        snprintf(why, size, "the socket path %s is too long", path);
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    unlink(path); // a stale one; the store's lock keeps a second bridge out
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
        chmod(path, (mode_t)server->options.socket_mode) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    snprintf(why, size, "cannot listen on the socket %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static size_t unescape(void *context, struct MHD_Connection *mhd, char *text)
{
    (void)context, (void)mhd;
    return route_unescape(text);
}

struct gnutls_cert_auth_info_st;

// A session gets its certificate when it begins (tls_hold); one that could not has none.
static int no_certificate(gnutls_session_t session, const struct gnutls_cert_auth_info_st *info,
                          gnutls_pcert_st **chain, unsigned int *length, gnutls_ocsp_data_st **ocsp,
                          unsigned int *ocsp_length, gnutls_privkey_t *key, unsigned int *flags)
{
    (void)session, (void)info, (void)chain, (void)length, (void)ocsp, (void)ocsp_length, (void)key,
        (void)flags;
    return -1;
}

static struct MHD_Daemon *start_daemon(struct http_server *server, int fd, unsigned int connections,
                                       unsigned int per_address, bool tls)
{
    struct MHD_OptionItem more[] = {
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES},
        {MHD_OPTION_HTTPS_CERT_CALLBACK2, 0, (void *)(uintptr_t)no_certificate},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | (tls ? (unsigned int)MHD_USE_TLS : 0), 0,
        NULL, NULL, http_access, server, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
        http_completed, server, MHD_OPTION_NOTIFY_CONNECTION, http_connection, server,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES, MHD_OPTION_CONNECTION_LIMIT,
        connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT, per_address, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL, MHD_OPTION_ARRAY, tls ? more : more + 2,
        MHD_OPTION_END);
}

static void read_port(struct http_server *server, int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage storage;
    } address = {.storage = {0}};
    socklen_t length = sizeof(address);
    if (getsockname(fd, &address.any, &length) == 0)
        server->port = ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

int http_port(const struct http_server *server)
{
    return server->port;
}

static void quiesce_daemon(struct MHD_Daemon *daemon)
{
    MHD_socket listener = daemon != NULL ? MHD_quiesce_daemon(daemon) : MHD_INVALID_SOCKET;
    if (listener != MHD_INVALID_SOCKET)
        close(listener);
}

// Takes what other threads have left, and says whether to stop.
static bool take_work(struct http_server *server, struct command **answers, int64_t *last_event)
{
    pthread_mutex_lock(&server->lock);
    *answers = server->answers;
    server->answers = NULL;
    server->answers_end = &server->answers;
    *last_event = server->last_event;
    bool keys_changed = server->keys_changed, quiesce = server->quiesce, stop = server->stop;
    bool certificate_changed = server->certificate_changed;
    server->keys_changed = server->certificate_changed = server->quiesce = false;
    pthread_mutex_unlock(&server->lock);
    if (certificate_changed && server->options.tls != NULL)
        tls_reload(server->options.tls);
    if (keys_changed) {
        auth_forget(server->auth);
        http_check_streams(server);
    }
    if (quiesce) {
        quiesce_daemon(server->tcp);
        quiesce_daemon(server->local);
    }
    return stop;
}

static void resume_answered(struct command *answers)
{
    for (struct command *command = answers, *next; command != NULL; command = next) {
        struct request *request = command->context;
        next = command->next;
        command->next = NULL;
        request->done = command;
        MHD_resume_connection(request->mhd);
    }
}

static int daemon_fd(struct MHD_Daemon *daemon)
{
    return daemon != NULL ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd : -1;
}

// How long both daemons allow us to sleep. While a TLS handshake waits for its client, libmicrohttpd asks for
// turn after turn: when nothing has come in many, the next ones keep a little apart, and a slow client costs
// no core.
static int sleep_ms(const struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG wait = SCAN_MS, ask;
    if (MHD_get_timeout(server->tcp, &ask) == MHD_YES && ask < wait)
        wait = ask;
    if (server->local != NULL && MHD_get_timeout(server->local, &ask) == MHD_YES && ask < wait)
        wait = ask;
    if (wait == 0 && server->quiet_turns >= QUIET_TURNS_MAX)
        wait = PAUSE_MS;
    return (int)wait;
}

static void run_daemons(struct http_server *server)
{
    MHD_run(server->tcp);
    if (server->local != NULL)
        MHD_run(server->local);
}

// One turn: waits for work, does it. Returns whether to stop.
static bool turn(struct http_server *server, bool *hurry)
{
    struct pollfd waits[3] = {{.fd = server->wake, .events = POLLIN},
                              {.fd = daemon_fd(server->tcp), .events = POLLIN},
                              {.fd = daemon_fd(server->local), .events = POLLIN}};
    struct command *answers;
    int64_t last_event;
    uint64_t count;
    int wait_ms = *hurry ? 0 : sleep_ms(server);
    bool quiet = poll(waits, 3, wait_ms) == 0 && wait_ms <= PAUSE_MS;
    server->quiet_turns = quiet ? server->quiet_turns + 1 : 0;
    ssize_t got = read(server->wake, &count, sizeof(count));
    (void)got;
    bool stop = take_work(server, &answers, &last_event);
    resume_answered(answers);
    int64_t now = clock_mono_ms();
    *hurry = http_feed_streams(server, last_event, now);
    push_deliver(server);
    if (now >= server->next_scan_ms) {
        http_cut_late(server, now);
        http_drop_left_streams(server);
        push_scan(server, now);
        if (server->options.tls != NULL)
            tls_look(server->options.tls, now);
        server->next_scan_ms = now + SCAN_MS;
    }
    run_daemons(server);
    return stop;
}

static bool is_busy(const struct http_server *server)
{
    for (const struct connection *connection = server->connections; connection != NULL;
         connection = connection->next)
        if (connection->busy)
            return true;
    return false;
}

// Sends what is still to be sent, for a while.
static void drain(struct http_server *server)
{
    bool hurry = false;
    int64_t end_ms = clock_mono_ms() + DRAIN_MS;
    live_end_all(server->streams);
    push_end_all(server);
    run_daemons(server);
    while (is_busy(server) && clock_mono_ms() < end_ms)
        turn(server, &hurry);
}

static void *run(void *context)
{
    struct http_server *server = context;
    bool hurry = false;
    pthread_setname_np(pthread_self(), "http");
    while (!turn(server, &hurry))
        ;
    drain(server);
    return NULL;
}

bool http_start(struct http_server *server, struct engine *engine, const char *store_path, char *why,
                size_t size)
{
    server->engine = engine;
    server->started_ms = clock_mono_ms();
    server->store = query_open(store_path);
    if (server->store == NULL) {
        snprintf(why, size, "the store cannot be read");
        return false;
    }
    int tcp = listen_tcp(server, why, size);
    int local = tcp >= 0 && server->options.socket_path[0] != '\0' ? listen_local(server, why, size) : -1;
    if (tcp < 0 || (local < 0 && server->options.socket_path[0] != '\0')) {
        if (tcp >= 0)
            close(tcp);
        return false;
    }
    read_port(server, tcp);
    server->tcp =
        start_daemon(server, tcp, (unsigned int)server->options.connections_max,
                     (unsigned int)server->options.connections_per_address_max, server->options.tls != NULL);
    if (local >= 0)
        server->local = start_daemon(server, local, LOCAL_CONNECTIONS_MAX, 0, false);
    if (server->tcp != NULL && (local < 0 || server->local != NULL) &&
        pthread_create(&server->thread, NULL, run, server) == 0) {
        server->started = true;
        return true;
    }
    snprintf(why, size, "the HTTP server cannot be started");
    return false;
}

void http_reload(struct http_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->certificate_changed = true;
    pthread_mutex_unlock(&server->lock);
    http_wake(server);
}

void http_quiesce(struct http_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->quiesce = true;
    pthread_mutex_unlock(&server->lock);
    http_wake(server);
}

void http_stop(struct http_server *server)
{
    if (server->started) {
        pthread_mutex_lock(&server->lock);
        server->stop = true;
        pthread_mutex_unlock(&server->lock);
        http_wake(server);
        pthread_join(server->thread, NULL);
        server->started = false;
    }
    if (server->tcp != NULL)
        MHD_stop_daemon(server->tcp);
    if (server->local != NULL) {
        MHD_stop_daemon(server->local);
        unlink(server->options.socket_path);
    }
    server->tcp = server->local = NULL;
}
