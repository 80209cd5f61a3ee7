// The event stream parser, whole and in pieces of every size.
#include "admin-cli/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct log {
    char text[1024];
    int left; // events until the handler says stop, -1 = never
};

static bool on_event(void *context, const struct sse_event *event)
{
    struct log *log = context;
    size_t used = strlen(log->text);
    snprintf(log->text + used, sizeof log->text - used, "[%s %s %s]", event->id, event->type, event->data);
    return log->left < 0 || --log->left > 0;
}

static const struct {
    const char *stream, *events;
} cases[] = {
    {"id: 1\nevent: a\ndata: x\n\n", "[1 a x]"},
    {"data: x\ndata: y\ndata\n\n", "[ message x\ny\n]"},
    {"data:x\r\nid:7\r\n\r\ndata: y\r\rdata: z\n\n", "[7 message x][7 message y][7 message z]"},
    {"\xEF\xBB\xBF"
     "data: x\n\n",
     "[ message x]"},
    {": still here\n\nretry: 10\n\nid: 4\n\ndata: x\n\n", "[4 message x]"},
    {"event: a\n\ndata: x\n\n", "[ message x]"},
    {"data:  two\n\n", "[ message  two]"},
    {"data: cut off\n", ""},
    {"unknown: 1\ndata: x:y\n\n", "[ message x:y]"},
};

static void check(const char *stream, size_t piece, const char *events)
{
    struct log log = {.left = -1};
    struct sse *sse = sse_new(on_event, &log);
    assert_non_null(sse);
    for (size_t at = 0, length = strlen(stream); at < length; at += piece)
        assert_true(sse_feed(sse, stream + at, length - at < piece ? length - at : piece));
    assert_string_equal(log.text, events);
    sse_free(sse);
}

static void test_streams_in_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t piece = 1; piece <= strlen(cases[i].stream); piece++)
            check(cases[i].stream, piece, cases[i].events);
    }
}

static void test_handler_stops(void **state)
{
    (void)state;
    struct log log = {.left = 1};
    struct sse *sse = sse_new(on_event, &log);
    const char stream[] = "data: x\n\ndata: y\n\n";
    assert_false(sse_feed(sse, stream, strlen(stream)));
    assert_string_equal(log.text, "[ message x]");
    sse_free(sse);
}

// Feeds count bytes of one kind behind a start; false when the parser refuses.
static bool feed_long(const char *start, char byte, size_t count)
{
    struct log log = {.left = -1};
    struct sse *sse = sse_new(on_event, &log);
    bool taken = sse_feed(sse, start, strlen(start));
    char *bytes = malloc(count);
    memset(bytes, byte, count);
    taken = taken && sse_feed(sse, bytes, count) && sse_feed(sse, "\n", 1);
    free(bytes);
    sse_free(sse);
    return taken;
}

static void test_limits(void **state)
{
    (void)state;
    assert_true(feed_long(": ", 'x', SSE_LINE_MAX_BYTES - 2));
    assert_false(feed_long(": ", 'x', SSE_LINE_MAX_BYTES - 1));
    assert_true(feed_long("id: ", '1', SSE_ID_SIZE - 1));
    assert_false(feed_long("id: ", '1', SSE_ID_SIZE));
    assert_true(feed_long("event: ", 'e', SSE_TYPE_SIZE - 1));
    assert_false(feed_long("event: ", 'e', SSE_TYPE_SIZE));
}

static void test_data_limit_over_lines(void **state)
{
    (void)state;
    struct log log = {.left = -1};
    struct sse *sse = sse_new(on_event, &log);
    static char line[1031] = "data: ";
    memset(line + 6, 'x', 1023);
    line[1029] = '\n';
    for (int i = 0; i < SSE_DATA_MAX_BYTES / 1024; i++)
        assert_true(sse_feed(sse, line, 1030));
    assert_false(sse_feed(sse, line, 1030));
    sse_free(sse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams_in_pieces),
        cmocka_unit_test(test_handler_stops),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_data_limit_over_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
