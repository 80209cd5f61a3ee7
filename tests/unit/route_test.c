// Which face and which route a path is for.
#include "bridge/http/route.h"

#include "tests/unit/cases.h"

#include <stdio.h>
#include <string.h>

static void handle(struct request *request)
{
    (void)request;
}

static const struct http_route ROUTES[] = {
    {"GET", "/3rdparty/v1/messages", 0, HTTP_KEY, 0, handle},
    {"POST", "/3rdparty/v1/messages", 0, HTTP_KEY, 0, handle},
    {"GET", "/3rdparty/v1/messages/*", 0, HTTP_KEY, 0, handle},
};
static const struct http_base BASES[] = {{"/3rdparty/v1", 0}, {"/api/3rdparty/v1", 4}, {NULL, 0}};
static const struct http_face FACE = {.bases = BASES, .routes = ROUTES, .route_count = 3};
static const struct http_face *const FACES[] = {&FACE, NULL};

static void test_face_by_prefix(void **state)
{
    static const struct {
        const char *path, *left;
    } CASES[] = {
        {"/3rdparty/v1/messages", "/3rdparty/v1/messages"},
        {"/api/3rdparty/v1/messages", "/3rdparty/v1/messages"},
        {"/3rdparty/v1", "/3rdparty/v1"},
        {"/3rdparty/v10/messages", NULL},
        {"/v1/messages", NULL},
        {"/api/v1/messages", NULL},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const char *path = CASES[i].path;
        const struct http_face *face = route_face(&path, FACES);
        assert_ptr_equal(face, CASES[i].left != NULL ? &FACE : NULL);
        assert_string_equal(path, CASES[i].left != NULL ? CASES[i].left : CASES[i].path);
    }
}

static void test_no_faces(void **state)
{
    const char *path = "/3rdparty/v1/messages";
    (void)state;
    assert_null(route_face(&path, NULL));
}

static void test_route_by_method_and_segments(void **state)
{
    struct route_match match;
    (void)state;
    route_find(&match, ROUTES, 3, "HEAD", "/3rdparty/v1/messages/a+b");
    assert_ptr_equal(match.route, &ROUTES[2]);
    assert_string_equal(match.params[0], "a+b");
    route_find(&match, ROUTES, 3, "PUT", "/3rdparty/v1/messages");
    assert_null(match.route);
    assert_string_equal(match.allowed, "GET, POST");
    route_find(&match, ROUTES, 3, "GET", "/3rdparty/v1/messages/");
    assert_null(match.route);
    assert_string_equal(match.allowed, "");
}

static const struct http_route THINGS[] = {
    {"GET", "/v1/things", 0, HTTP_KEY, 0, NULL},           {"POST", "/v1/things", 0, HTTP_KEY, 0, NULL},
    {"GET", "/v1/things/*", 0, HTTP_KEY, 0, NULL},         {"DELETE", "/v1/things/*", 0, HTTP_KEY, 0, NULL},
    {"PUT", "/v1/things/*/parts/*", 0, HTTP_KEY, 0, NULL}, {"GET", "/up", 0, HTTP_PUBLIC, 0, NULL},
};

static void find(struct route_match *match, const char *method, const char *path)
{
    memset(match, 0xAA, sizeof(*match));
    route_find(match, THINGS, COUNT(THINGS), method, path);
}

static void test_found(void **state)
{
    static const struct {
        const char *method, *path;
        size_t route;
        const char *first, *second;
    } CASES[] = {
        {"GET", "/v1/things", 0, NULL, NULL},         {"HEAD", "/v1/things", 0, NULL, NULL},
        {"POST", "/v1/things", 1, NULL, NULL},        {"GET", "/v1/things/a", 2, "a", NULL},
        {"GET", "/v1/things/*", 2, "*", NULL},        {"GET", "/v1/things/a b?c%d", 2, "a b?c%d", NULL},
        {"GET", "/v1/things/..", 2, "..", NULL},      {"DELETE", "/v1/things/SM1", 3, "SM1", NULL},
        {"PUT", "/v1/things/x/parts/y", 4, "x", "y"}, {"HEAD", "/up", 5, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct route_match match;
        find(&match, CASES[i].method, CASES[i].path);
        CHECK(match.route == &THINGS[CASES[i].route], "%s %s", CASES[i].method, CASES[i].path);
        if (CASES[i].first != NULL)
            assert_string_equal(match.params[0], CASES[i].first);
        if (CASES[i].second != NULL)
            assert_string_equal(match.params[1], CASES[i].second);
    }
}

static void test_nobodys_paths(void **state)
{
    static const char *const PATHS[] = {
        "",           "/",           "v1/things",    "/v1",         "/v1/thing",        "/v1/thingsx",
        "/v1/",       "/v1/things/", "//v1/things",  "/v1//things", "/v1/things/a/",    "/v1/things/a/parts",
        "/V1/things", "*",           "/v1/things//", "/upper",      "/v1/things/a/b/c", "/v1/things/a/parts/",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(PATHS); i++) {
        struct route_match match;
        find(&match, "GET", PATHS[i]);
        CHECK(match.route == NULL && match.allowed[0] == '\0', "\"%s\" is a path", PATHS[i]);
    }
}

static void test_other_method_names_the_right_ones(void **state)
{
    struct route_match match;
    (void)state;
    find(&match, "PATCH", "/v1/things");
    assert_null(match.route);
    assert_string_equal(match.allowed, "GET, POST");
    find(&match, "get", "/v1/things/a");
    assert_null(match.route);
    assert_string_equal(match.allowed, "GET, DELETE");
    find(&match, "HEAD", "/v1/things/a/parts/b"); // there is no GET
    assert_null(match.route);
    assert_string_equal(match.allowed, "PUT");
}

// A parameter that has no room is no parameter, rather than half of one.
static void test_long_parameter(void **state)
{
    char path[2 * HTTP_PATH_MAX] = "/v1/things/";
    struct route_match match;
    size_t start = strlen(path);
    (void)state;
    memset(path + start, 'a', HTTP_PATH_MAX - 1);
    find(&match, "GET", path);
    assert_ptr_equal(match.route, &THINGS[2]);
    assert_int_equal(strlen(match.params[0]), HTTP_PATH_MAX - 1);
    path[start + HTTP_PATH_MAX - 1] = 'a';
    find(&match, "GET", path);
    assert_null(match.route);
}

static void test_unescape(void **state)
{
    static const struct {
        const char *text, *plain;
    } CASES[] = {
        {"", ""},
        {"/v1/%6dessages", "/v1/messages"},
        {"%C3%a4", "\xC3\xA4"},
        {"%", "%"},
        {"%4", "%4"},
        {"%4g%g4", "%4g%g4"},
        {"a%00b", "a%00b"},
        {"%2500", "%00"},
        {"%%41", "%A"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char text[64];
        snprintf(text, sizeof(text), "%s", CASES[i].text);
        size_t length = route_unescape(text);
        assert_string_equal(text, CASES[i].plain);
        assert_int_equal(length, strlen(CASES[i].plain));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_face_by_prefix),
        cmocka_unit_test(test_no_faces),
        cmocka_unit_test(test_route_by_method_and_segments),
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_nobodys_paths),
        cmocka_unit_test(test_other_method_names_the_right_ones),
        cmocka_unit_test(test_long_parameter),
        cmocka_unit_test(test_unescape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
