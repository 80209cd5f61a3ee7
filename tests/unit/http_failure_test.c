// Memory that runs out in the HTTP server: the n-th allocation, of the server, of libmicrohttpd's answers or
// of SQLite for it, fails, for n = 1, 2, 3 and so on until all went well. Every answer must be whole and
// true, nothing may be kept of a request that ended, and who listens must hear of what happened, or be sent
// away. jansson fails only where it writes: json_loadb of 2.14 crashes by itself when it gets no memory.
#include "tests/unit/failing.h"
#include "tests/unit/store_fixture.h"

#include "bridge/http/http_internal.h"
#include "common/clock.h"
#include "common/json_memory.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TRIES_MAX = 500, ANSWER_SIZE = 65536, BODY_SIZE = 40000, BODY_MAX = 100000, WAIT_MS = 20000 };

struct gateway {
    struct fixture *fixture;
    struct http_server *server;
    char socket_path[100];
    int port;
    int64_t events; // in the store
};

static atomic_int applied;                          // commands
static _Atomic int64_t stream_from;                 // the event that a new stream begins behind
static _Atomic(struct http_server *) engine_server; // to which the engine's answers go

// The names are the linker's: what libmicrohttpd gives when it gets no memory.
// NOLINTBEGIN(bugprone-reserved-identifier)
#define WRAP(type, name, parameters, arguments)                                                              \
    type __real_##name parameters;                                                                           \
    type __wrap_##name parameters;                                                                           \
    type __wrap_##name parameters                                                                            \
    {                                                                                                        \
        void *memory = malloc(1);                                                                            \
        free(memory);                                                                                        \
        return memory != NULL ? __real_##name arguments : (type)0;                                           \
    }

WRAP(struct MHD_Response *, MHD_create_response_from_buffer,
     (size_t size, void *buffer, enum MHD_ResponseMemoryMode mode), (size, buffer, mode))
WRAP(struct MHD_Response *, MHD_create_response_from_callback,
     (uint64_t size, size_t block, MHD_ContentReaderCallback read, void *context,
      MHD_ContentReaderFreeCallback end),
     (size, block, read, context, end))
WRAP(enum MHD_Result, MHD_add_response_header,
     (struct MHD_Response * response, const char *name, const char *value), (response, name, value))
WRAP(enum MHD_Result, MHD_queue_response,
     (struct MHD_Connection * mhd, unsigned int status, struct MHD_Response *response),
     (mhd, status, response))
// NOLINTEND(bugprone-reserved-identifier)

void engine_metrics(const struct engine *engine, struct engine_metrics *out)
{
    (void)engine;
    *out = (struct engine_metrics){.store_ok = true};
}

// Stands in for an engine that does all at once.
bool engine_submit(struct engine *engine, struct command *command)
{
    (void)engine;
    if (command->kind == COMMAND_KEY_USED) {
        command_free(command);
        return true;
    }
    applied++;
    http_answer(engine_server, command);
    return true;
}

static void answer_echo(struct request *request)
{
    json_t *json = request_json(request);
    if (json != NULL)
        request_reply_json_take(request, 200, json);
}

static void answer_charge(struct request *request)
{
    if (request_charge(request, 1))
        request_reply_text(request, 200, "text/plain", "a text", 6);
}

static void answer_list(struct request *request)
{
    json_t *json = json_array();
    for (int i = 0; i < 20; i++)
        json_list_add_take(&json, json_pack("{s:i, s:s}", "number", i, "text", "some text"));
    request_reply_json_take(request, 200, json);
}

static void done(struct request *request, struct command *command)
{
    (void)command;
    request_reply_json_take(request, 200, json_pack("{s:b}", "done", true));
}

static void answer_submit(struct request *request)
{
    struct command *command = command_new(COMMAND_DEVICE_ROTATE, ORIGIN_HTTP, 1);
    if (command == NULL)
        request_unavailable(request);
    else
        request_submit_take(request, command, done);
}

static char *format(const struct event_view *view)
{
    return json_text_take(json_pack("{s:I}", "n", (json_int_t)view->event.n));
}

static void answer_stream(struct request *request)
{
    request_reply_stream(request, stream_from, &(struct stream_filter){.count = 0}, format);
}

static void listener_does(struct engine *engine, const char *name)
{
    (void)engine, (void)name;
}

static void answer_push(struct request *request)
{
    request_reply_push(request, "phone", &(struct push_listener){listener_does, listener_does});
}

static const struct http_route ROUTES[] = {
    {"POST", "/echo", 0, HTTP_PUBLIC, BODY_MAX, answer_echo},
    {"GET", "/charge", SCOPE_MESSAGES_SEND, HTTP_KEY, 0, answer_charge},
    {"GET", "/list", 0, HTTP_PUBLIC, 0, answer_list},
    {"POST", "/submit", 0, HTTP_PUBLIC, BODY_MAX, answer_submit},
    {"GET", "/local", 0, HTTP_LOCAL, 0, answer_charge},
    {"GET", "/stream", 0, HTTP_KEY, 0, answer_stream},
    {"GET", "/push", 0, HTTP_PUBLIC, 0, answer_push},
};

static void put_key(struct store *store)
{
    static const char SECRET[] = "sqk_sender";
    struct app_key key = {
        .n = 1, .account = 1, .scopes = SCOPE_MESSAGES_SEND, .rate_per_minute = 100000, .created_at = 1};
    snprintf(key.id, sizeof(key.id), "SK%032d", 1);
    secret_hash(key.hash, SECRET, strlen(SECRET));
    store_begin(store);
    assert_true(store_key_add(store, &key));
    assert_int_equal(store_commit(store), STORE_OK);
}

static bool start(struct gateway *gateway, char *why, size_t size)
{
    const struct http_options options = {.bind = "127.0.0.1",
                                         .socket_path = gateway->socket_path,
                                         .socket_mode = 0600,
                                         .cors_origins = "https://app.example",
                                         .public_url = "",
                                         .public_host = "",
                                         .guesses_per_address = 10,
                                         .guesses = 10,
                                         .connections_max = 100,
                                         .streams_max = 10,
                                         .idle_ms = WAIT_MS,
                                         .body_ms = WAIT_MS};
    gateway->server = http_new(&options, ROUTES, COUNT(ROUTES));
    engine_server = gateway->server;
    return gateway->server != NULL && http_start(gateway->server, NULL, gateway->fixture->path, why, size);
}

static void stop(struct gateway *gateway)
{
    if (gateway->server != NULL)
        http_stop(gateway->server);
    http_free(gateway->server);
}

static int set_up(void **state)
{
    struct gateway *gateway = calloc(1, sizeof(*gateway));
    struct message message = sample_message(1);
    char why[200] = "";
    assert_non_null(gateway);
    assert_int_equal(fixture_set_up((void **)&gateway->fixture), 0);
    snprintf(gateway->socket_path, sizeof(gateway->socket_path), "%s/http", gateway->fixture->folder);
    put_key(gateway->fixture->store);
    put_message(gateway->fixture->store, &message);
    CHECK(start(gateway, why, sizeof(why)), "%s", why);
    gateway->port = http_port(gateway->server);
    *state = gateway;
    return 0;
}

static int tear_down(void **state)
{
    struct gateway *gateway = *state;
    stop(gateway);
    int code = fixture_tear_down((void **)&gateway->fixture);
    free(gateway);
    return code;
}

// A connection over TCP, or to the local socket, over which the bytes have been sent.
static int call(const struct gateway *gateway, const char *bytes, bool local)
{
    struct sockaddr_un {
        sa_family_t family;
        char path[108];
    } here = {.family = AF_UNIX};
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons((uint16_t)gateway->port)};
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    snprintf(here.path, sizeof(here.path), "%s", gateway->socket_path);
    int fd = socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const void *address = local ? (const void *)&here : (const void *)&there;
    assert_int_equal(connect(fd, address, local ? sizeof(here) : sizeof(there)), 0);
    for (size_t sent = 0, length = strlen(bytes); sent < length;) {
        ssize_t some = send(fd, bytes + sent, length - sent, MSG_NOSIGNAL);
        if (some <= 0)
            break; // it has hung up
        sent += (size_t)some;
    }
    return fd;
}

// Reads until all has come, or what is wanted (NULL = the end). Returns whether that came.
static bool hear(int fd, char answer[ANSWER_SIZE], const char *wanted)
{
    size_t used = strlen(answer);
    while (wanted == NULL || strstr(answer, wanted) == NULL) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        CHECK(poll(&wait, 1, WAIT_MS) == 1, "no end of: %s", answer);
        ssize_t got = read(fd, answer + used, ANSWER_SIZE - 1 - used);
        if (got <= 0)
            return wanted == NULL;
        used += (size_t)got;
        answer[used] = '\0';
    }
    return true;
}

static int status_of(const char *answer)
{
    return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? (int)strtol(answer + 9, NULL, 10) : 0;
}

static int count_lines(const char *answer)
{
    int count = 0;
    const char *end = strstr(answer, "\r\n\r\n");
    for (const char *at = answer; end != NULL && at < end; at++)
        count += *at == '\n';
    return count;
}

// Every answer has all of its head and body, or there is none.
static void check_whole(const char *answer)
{
    const char *body = strstr(answer, "\r\n\r\n"), *length = strstr(answer, "Content-Length: ");
    if (answer[0] == '\0')
        return;
    CHECK(body != NULL, "half an answer: %s", answer);
    if (length != NULL && length < body)
        CHECK(strtoul(length + 16, NULL, 10) == strlen(body + 4), "half an answer: %s", answer);
}

#define HEAD(line) line " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
#define KEY "Authorization: Bearer sqk_sender\r\n"

static void try_request(struct gateway *gateway, unsigned of, const char *bytes, bool local, int wanted)
{
    static char clean[ANSWER_SIZE], answer[ANSWER_SIZE];
    bool failed = false, more = true;
    for (int n = 0; more; n++) {
        char *text = n == 0 ? clean : answer;
        int before = applied;
        assert_true(n < TRIES_MAX);
        text[0] = '\0';
        auth_forget(gateway->server->auth); // nothing comes meanwhile
        if (n > 0)
            failing_begin(of, n, false);
        int fd = call(gateway, bytes, local);
        hear(fd, text, NULL);
        failed = failing_end();
        more = n == 0 || failed;
        close(fd);
        int status = status_of(text), new = applied - before;
        check_whole(text);
        CHECK(status == wanted || (failed && (status == 0 || status == 500 || status == 503)),
              "place %d of %.30s: %s", n, bytes, text);
        CHECK(status != wanted || (count_lines(text) == count_lines(clean)), "a header is missing: %s", text);
        CHECK(status != 503 || new == 0, "done, but refused: %s", text);
        CHECK(status != 500 || new == 1, "not done, but said to be: %s", text);
    }
}

static void test_requests(void **state)
{
    static char large[BODY_SIZE + 200];
    snprintf(large, sizeof(large), HEAD("POST /echo") "Content-Length: %d\r\n\r\n{\"a\":\"%*s\"}",
             BODY_SIZE + 8, BODY_SIZE, "x");
    const struct {
        const char *bytes;
        int status;
        bool local;
    } CASES[] = {
        {HEAD("GET /nothing") "\r\n", 404, false},
        {HEAD("GET /echo") "\r\n", 405, false},
        {HEAD("OPTIONS /echo") "Origin: https://app.example\r\n\r\n", 204, false},
        {HEAD("GET /charge") "\r\n", 401, false},
        {HEAD("GET /charge") KEY "\r\n", 200, false},
        {HEAD("GET /list") "\r\n", 200, false},
        {HEAD("POST /echo") "Content-Length: 7\r\n\r\n{\"a\":1}", 200, false},
        {HEAD("POST /echo") "Transfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n", 200,
         false},
        {HEAD("POST /echo") "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400, false},
        {HEAD("POST /echo") "Content-Length: 200000\r\nExpect: 100-continue\r\n\r\n", 413, false},
        {large, 200, false},
        {HEAD("POST /submit") "Content-Length: 2\r\n\r\n{}", 200, false},
        {HEAD("GET /local") "\r\n", 404, true}, // there is no account,
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        try_request(*state, FAILING_OURS, CASES[i].bytes, CASES[i].local, CASES[i].status);
        try_request(*state, FAILING_SQLITE, CASES[i].bytes, CASES[i].local, CASES[i].status);
        if (strncmp(CASES[i].bytes, "POST /echo", 10) != 0)
            try_request(*state, FAILING_JSON, CASES[i].bytes, CASES[i].local, CASES[i].status);
    }
}

static void wait_until_left(const struct gateway *gateway)
{
    int64_t until = clock_mono_ms() + WAIT_MS;
    while (gateway->server->stream_count > 0)
        assert_true(clock_mono_ms() < until);
}

static void add_event(struct gateway *gateway)
{
    struct event event = sample_event(++gateway->events, 1);
    put_event(gateway->fixture->store, &event);
    http_fed(gateway->server, gateway->events);
}

// Those who listen hear of each event, in time or a little late; behind is how far they begin behind it.
static void try_stream(struct gateway *gateway, unsigned of, int64_t behind)
{
    static char answer[ANSWER_SIZE];
    bool failed = true;
    for (int n = 1; failed; n++) {
        char wanted[40];
        assert_true(n < TRIES_MAX);
        stream_from = gateway->events > behind ? gateway->events - behind : 0;
        answer[0] = '\0';
        failing_begin(of, n, false);
        int fd = call(gateway, HEAD("GET /stream") KEY "\r\n", false);
        bool open = hear(fd, answer, ":\n\n");
        add_event(gateway);
        snprintf(wanted, sizeof(wanted), "id: %lld\n", (long long)gateway->events);
        bool heard = open && hear(fd, answer, wanted);
        failed = failing_end();
        CHECK(heard || (!open && failed && status_of(answer) != 200), "no event: %s", answer);
        close(fd);
        wait_until_left(gateway);
    }
}

static void test_streams(void **state)
{
    static const unsigned OF[] = {FAILING_OURS, FAILING_SQLITE, FAILING_JSON};
    for (size_t i = 0; i < COUNT(OF); i++) {
        try_stream(*state, OF[i], 0);
        try_stream(*state, OF[i], 3);
    }
}

struct word {
    struct http_server *server;
    const char *event;
};

static void *say(void *context)
{
    const struct word *word = context;
    http_push(word->server, "phone", word->event, "null");
    return NULL;
}

// From a thread of its own, as the engine's, for which memory can fail.
static void push(const struct gateway *gateway, const char *event)
{
    struct word word = {gateway->server, event};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, say, &word), 0);
    pthread_join(thread, NULL);
}

// Who listens hears of what comes, or is sent away, and asks for all when it comes again; and a stream that
// is to end ends.
static void try_push(struct gateway *gateway, const char *event)
{
    static char answer[ANSWER_SIZE];
    bool failed = true;
    for (int n = 1; failed; n++) {
        assert_true(n < TRIES_MAX);
        answer[0] = '\0';
        failing_begin(FAILING_OURS, n, false);
        int fd = call(gateway, HEAD("GET /push") "\r\n", false);
        bool open = hear(fd, answer, ":\n\n");
        push(gateway, event);
        bool heard = open && hear(fd, answer, event != NULL ? "event: News\n" : NULL);
        failed = failing_end();
        CHECK(heard || failed, "nothing heard: %s", answer);
        close(fd);
    }
}

static void test_push(void **state)
{
    try_push(*state, "News");
    try_push(*state, NULL);
}

static void *start_on_thread(void *context)
{
    static char why[200];
    return start(context, why, sizeof(why)) ? NULL : why;
}

static void test_start(void **state)
{
    struct gateway other = *(struct gateway *)*state;
    bool failed = true;
    snprintf(other.socket_path, sizeof(other.socket_path), "%s/other", other.fixture->folder);
    for (int n = 1; failed; n++) {
        pthread_t thread;
        void *why;
        assert_true(n < TRIES_MAX);
        failing_begin(FAILING_OURS, n, false);
        assert_int_equal(pthread_create(&thread, NULL, start_on_thread, &other), 0);
        pthread_join(thread, &why);
        failed = failing_end();
        CHECK(why == NULL || failed, "%s", (char *)why);
        stop(&other);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_requests),
        TEST(test_streams),
        TEST(test_push),
        TEST(test_start),
    };
    failing_install();
    failing_exempt_thread(); // the client's side
    json_memory_watch();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
