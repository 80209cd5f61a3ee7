// Which face and which route a path is for.
#include "bridge/http/route.h"

#include "tests/unit/cases.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_face_by_prefix),
        cmocka_unit_test(test_no_faces),
        cmocka_unit_test(test_route_by_method_and_segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
