// The HTTP server with handlers of the test's own: problem documents, who may ask, bodies, limits of keys and
// of addresses. There is no engine behind it.
#include "tests/unit/store_fixture.h"

#include "bridge/http/request.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RATE = 3, GUESSES = 4, ANSWER_SIZE = 16384, BODY_MAX = 1000 };

struct gateway {
    struct fixture *fixture;
    struct http_server *server;
    int64_t port;
};

void engine_metrics(const struct engine *engine, struct engine_metrics *out)
{
    (void)engine;
    *out = (struct engine_metrics){.store_ok = true};
}

// Stands in for the engine: it takes what only needs to be taken, and refuses the rest as a full one does.
bool engine_submit(struct engine *engine, struct command *command)
{
    (void)engine;
    if (command->kind != COMMAND_KEY_USED)
        return false;
    command_free(command);
    return true;
}

static void answer_echo(struct request *request)
{
    static const char *const NAMES[] = {"a", "b", NULL};
    if (!request_query_check(request, NAMES))
        return;
    json_t *json = request_json(request);
    if (json != NULL)
        request_reply_json_take(request, 200, json);
}

static void answer_charge(struct request *request)
{
    if (request_charge(request, 1))
        request_reply_empty(request, 204);
}

static void answer_guess(struct request *request)
{
    if (!request_may_guess(request))
        return;
    request_wrong_guess(request);
    request_not_found(request, "there is no such code");
}

static void not_done(struct request *request, struct command *command)
{
    (void)command;
    request_reply_empty(request, 200);
}

static void answer_submit(struct request *request)
{
    struct command *command = command_new(COMMAND_DEVICE_ROTATE, ORIGIN_HTTP, 1);
    assert_non_null(command);
    request_submit_take(request, command, not_done);
}

static const struct http_route ROUTES[] = {
    {"POST", "/echo", 0, HTTP_PUBLIC, BODY_MAX, answer_echo},
    {"GET", "/charge", SCOPE_MESSAGES_SEND, HTTP_KEY, 0, answer_charge},
    {"GET", "/guess", 0, HTTP_PUBLIC, 0, answer_guess},
    {"POST", "/submit", 0, HTTP_PUBLIC, BODY_MAX, answer_submit},
    {"GET", "/local", 0, HTTP_LOCAL, 0, answer_charge},
};

static void put_key(struct store *store, int64_t n, const char *secret, int64_t scopes)
{
    struct app_key key = {.n = n, .account = 1, .scopes = scopes, .rate_per_minute = RATE, .created_at = 1};
    snprintf(key.id, sizeof(key.id), "SK%032lld", (long long)n);
    secret_hash(key.hash, secret, strlen(secret));
    store_begin(store);
    assert_true(store_key_add(store, &key));
    assert_int_equal(store_commit(store), STORE_OK);
}

static int set_up(void **state)
{
    struct gateway *gateway = calloc(1, sizeof(*gateway));
    const struct http_options options = {.bind = "127.0.0.1",
                                         .socket_path = "",
                                         .cors_origins = "https://app.example https://b.example",
                                         .public_url = "",
                                         .public_host = "",
                                         .guesses_per_address = GUESSES,
                                         .guesses = 1000,
                                         .connections_max = 100,
                                         .idle_ms = 10000,
                                         .body_ms = 10000};
    char why[200] = "";
    assert_non_null(gateway);
    assert_int_equal(fixture_set_up((void **)&gateway->fixture), 0);
    put_key(gateway->fixture->store, 1, "sqk_sender", SCOPE_MESSAGES_SEND);
    put_key(gateway->fixture->store, 2, "sqk_reader", SCOPE_MESSAGES_READ);
    gateway->server = http_new(&options, ROUTES, COUNT(ROUTES));
    assert_non_null(gateway->server);
    CHECK(http_start(gateway->server, NULL, gateway->fixture->path, why, sizeof(why)), "%s", why);
    gateway->port = http_port(gateway->server);
    *state = gateway;
    return 0;
}

static int tear_down(void **state)
{
    struct gateway *gateway = *state;
    http_stop(gateway->server);
    http_free(gateway->server);
    int code = fixture_tear_down((void **)&gateway->fixture);
    free(gateway);
    return code;
}

// Sends the bytes on a connection of their own and reads until the server ends it.
static void ask(const struct gateway *gateway, char answer[ANSWER_SIZE], const char *bytes)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)gateway->port)};
    struct timeval wait = {.tv_sec = 20};
    size_t used = 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)), 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(write(fd, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
    for (ssize_t got; (got = read(fd, answer + used, ANSWER_SIZE - 1 - used)) > 0;)
        used += (size_t)got;
    answer[used] = '\0';
    close(fd);
}

static int status_of(const char *answer)
{
    return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? (int)strtol(answer + 9, NULL, 10) : 0;
}

// The body of an answer as JSON, owned.
static json_t *body_of(const char *answer)
{
    const char *body = strstr(answer, "\r\n\r\n");
    return body != NULL ? json_loads(body + 4, 0, NULL) : NULL;
}

// Asks, and holds the answer against a problem document of that status, type and field ("" = none).
static void expect_problem(const struct gateway *gateway, const char *bytes, int status, const char *kind,
                           const char *field)
{
    char answer[ANSWER_SIZE], type[96];
    ask(gateway, answer, bytes);
    CHECK(status_of(answer) == status, "%.90s: %.200s", bytes, answer);
    CHECK(strstr(answer, "\r\nContent-Type: application/problem+json\r\n") != NULL, "%s", answer);
    json_t *json = body_of(answer);
    snprintf(type, sizeof(type), "urn:smsquitto:problem:%s", kind);
    CHECK(json != NULL, "%s", answer);
    assert_string_equal(json_string_value(json_object_get(json, "type")), type);
    assert_int_equal(json_integer_value(json_object_get(json, "status")), status);
    assert_true(json_string_length(json_object_get(json, "title")) > 0);
    assert_true(json_string_length(json_object_get(json, "detail")) > 0);
    const char *named = json_string_value(json_object_get(json, "field"));
    CHECK(strcmp(named != NULL ? named : "", field) == 0, "%.60s: names %s", bytes, named);
    json_decref(json);
}

#define HEAD(line) line " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"

static void test_problems(void **state)
{
    static const struct {
        const char *bytes;
        int status;
        const char *kind, *field;
    } CASES[] = {
        {HEAD("GET /nothing") "\r\n", 404, "not-found", ""},
        {HEAD("GET /echo") "\r\n", 405, "method-not-allowed", ""},
        {HEAD("BREW /echo") "\r\n", 405, "method-not-allowed", ""},
        {HEAD("GET /charge") "\r\n", 401, "unauthorized", ""},
        {HEAD("GET /charge") "Authorization: Bearer sqk_nobody\r\n\r\n", 401, "unauthorized", ""},
        {HEAD("GET /charge") "Authorization: Bearer sqk_reader\r\n\r\n", 403, "missing-scope", ""},
        {HEAD("GET /local") "Authorization: Bearer sqk_sender\r\n\r\n", 403, "local-only", ""},
        {HEAD("POST /echo") "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n", 413, "too-large", ""},
        {HEAD("POST /echo") "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400, "ambiguous-length",
         "Content-Length"},
        {HEAD("POST /echo") "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
         "ambiguous-length", "Transfer-Encoding"},
        {HEAD("POST /echo") "Content-Length: 1\r\n\r\n{", 400, "invalid-json", ""},
        {HEAD("POST /echo") "Content-Length: 0\r\n\r\n", 400, "invalid-json", ""},
        {HEAD("POST /echo") "Content-Length: 2\r\nContent-Type: text/xml\r\n\r\n{}", 415,
         "unsupported-media-type", "Content-Type"},
        {HEAD("POST /echo?c=1") "Content-Length: 2\r\n\r\n{}", 400, "invalid-field", "c"},
        {HEAD("POST /echo?a=1&a=2") "Content-Length: 2\r\n\r\n{}", 400, "invalid-field", "a"},
        {HEAD("POST /echo?b=%FF") "Content-Length: 2\r\n\r\n{}", 400, "invalid-field", "b"},
        {HEAD("POST /submit") "Content-Length: 2\r\n\r\n{}", 503, "unavailable", ""},
    };
    for (size_t i = 0; i < COUNT(CASES); i++)
        expect_problem(*state, CASES[i].bytes, CASES[i].status, CASES[i].kind, CASES[i].field);
}

static void test_headers_of_refusals(void **state)
{
    static const struct {
        const char *bytes, *header;
    } CASES[] = {
        {HEAD("GET /echo") "\r\n", "\r\nAllow: POST\r\n"},
        {HEAD("GET /charge") "\r\n", "\r\nWWW-Authenticate: Bearer\r\n"},
        {HEAD("POST /submit") "Content-Length: 2\r\n\r\n{}", "\r\nRetry-After: "},
        {HEAD("GET /nothing") "\r\n", "\r\nCache-Control: no-store\r\n"},
    };
    char answer[ANSWER_SIZE];
    for (size_t i = 0; i < COUNT(CASES); i++) {
        ask(*state, answer, CASES[i].bytes);
        CHECK(strstr(answer, CASES[i].header) != NULL, "no %s in %s", CASES[i].header + 2, answer);
    }
}

static void test_body_in_pieces(void **state)
{
    char answer[ANSWER_SIZE];
    ask(*state, answer,
        HEAD("POST /echo") "Transfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n6;x=y\r\n:\"bc\"}\r\n0\r\n\r\n");
    CHECK(status_of(answer) == 200 && strstr(answer, "{\"a\":\"bc\"}") != NULL, "%s", answer);
}

static void test_charge_of_a_key(void **state)
{
    static const char BYTES[] = HEAD("GET /charge") "Authorization: Bearer sqk_sender\r\n\r\n";
    char answer[ANSWER_SIZE];
    for (int i = 0; i < RATE; i++) {
        ask(*state, answer, BYTES);
        CHECK(status_of(answer) == 204, "%d: %s", i, answer);
        assert_non_null(strstr(answer, "\r\nRateLimit-Policy: \"sends\";q=3;w=60\r\n"));
        assert_non_null(strstr(answer, "\r\nRateLimit: \"sends\";r="));
    }
    ask(*state, answer, BYTES);
    CHECK(status_of(answer) == 429 && strstr(answer, "\r\nRetry-After: ") != NULL, "%s", answer);
    expect_problem(*state, BYTES, 429, "rate-limited", "");
}

static void test_wrong_guesses_of_an_address(void **state)
{
    for (int i = 0; i < GUESSES; i++)
        expect_problem(*state, HEAD("GET /guess") "\r\n", 404, "not-found", "");
    expect_problem(*state, HEAD("GET /guess") "\r\n", 429, "limited", "code");
}

static void test_origins(void **state)
{
    static const struct {
        const char *origin;
        bool allowed;
    } CASES[] = {
        {"https://app.example", true},
        {"https://b.example", true},
        {"https://app.example.evil", false},
        {"https://app.exampl", false},
        {"https://app.example b", false},
        {"https://app.example https://b.example", false},
        {"null", false},
        {"", false},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char answer[ANSWER_SIZE], bytes[400];
        snprintf(bytes, sizeof(bytes), HEAD("OPTIONS /echo") "Origin: %s\r\n\r\n", CASES[i].origin);
        ask(*state, answer, bytes);
        CHECK(status_of(answer) == 204, "%s", answer);
        CHECK((strstr(answer, "Access-Control-Allow-Origin") != NULL) == CASES[i].allowed, "\"%s\": %s",
              CASES[i].origin, answer);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_problems),        TEST(test_headers_of_refusals),         TEST(test_body_in_pieces),
        TEST(test_charge_of_a_key), TEST(test_wrong_guesses_of_an_address), TEST(test_origins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
