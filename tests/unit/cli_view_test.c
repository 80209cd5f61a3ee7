// Times in words, members by path, JSON as tables and cards.
#include "admin-cli/text.h"
#include "admin-cli/view.h"
#include "admin-cli/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define NOW_MS INT64_C(1795229168867) // 2026-11-21T02:46:08.867Z

static void test_since(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *words;
    } cases[] = {{0, "now"},
                 {-999, "now"},
                 {-1000, "1 s ago"},
                 {-119999, "119 s ago"},
                 {-120000, "2 min ago"},
                 {-7200000, "2 h ago"},
                 {-172800000, "2 d ago"},
                 {3600000, "in 60 min"},
                 {5000, "in 5 s"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char words[WORDS_SPAN_SIZE];
        words_since(words, NOW_MS + cases[i].ms, NOW_MS);
        assert_string_equal(words, cases[i].words);
    }
}

static void test_time_is_local(void **state)
{
    (void)state;
    char words[WORDS_TIME_SIZE];
    words_time(words, NOW_MS);
    assert_string_equal(words, "2026-11-21 03:46:08 CET");
}

static void test_when(void **state)
{
    (void)state;
    static const struct {
        const char *text, *when;
    } cases[] = {{"+10m", "2026-11-21T02:56:08.867Z"},
                 {"2026-12-01T00:00:00Z", "2026-12-01T00:00:00Z"},
                 {"tomorrow", "tomorrow"},
                 {"+soon", "+soon"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *when = words_when(cases[i].text, NOW_MS);
        assert_string_equal(when, cases[i].when);
        free(when);
    }
}

static void test_members(void **state)
{
    (void)state;
    json_t *object = json_loads(
        "{\"a\":{\"b\":{\"c\":\"deep\"}},\"n\":null,\"at\":\"2026-11-21T02:46:08.867Z\"}", 0, NULL);
    assert_string_equal(words_string(object, "a.b.c"), "deep");
    assert_string_equal(words_string(object, "a.x.c"), "");
    assert_string_equal(words_string(object, "n"), "");
    assert_string_equal(words_string(NULL, "a"), "");
    assert_int_equal(words_member_ms(object, "at"), NOW_MS);
    assert_int_equal(words_member_ms(object, "n"), 0);
    json_decref(object);
}

static void put_twice(FILE *file, const json_t *object, int64_t now_ms)
{
    fprintf(file, "%lld at %d", 2 * (long long)json_integer_value(json_object_get(object, "n")),
            now_ms == NOW_MS);
}

static const struct view_field fields[] = {
    {"NAME", "name", VIEW_TEXT, true, NULL},       {"N", "n", VIEW_NUMBER, false, NULL},
    {"LEVEL", "level", VIEW_PERCENT, false, NULL}, {"ON", "on", VIEW_YES, false, NULL},
    {"SEEN", "at", VIEW_SINCE, false, NULL},       {"AT", "at", VIEW_TIME, false, NULL},
    {"LIST", "list", VIEW_LIST, false, NULL},      {"TWICE", NULL, VIEW_TEXT, false, put_twice},
};

#define ROW                                                                                                  \
    "{\"name\":\"x\\ny\",\"n\":12,\"level\":80,\"on\":true,\"at\":\"2026-11-21T02:46:07.000Z\","             \
    "\"list\":[\"a\",\"b\"]}"

// Prints by print into an owned text.
static char *print(const char *json, bool card)
{
    char *out = NULL;
    size_t size = 0;
    json_t *value = json_loads(json, 0, NULL);
    struct view view = {.file = open_memstream(&out, &size), .now_ms = NOW_MS};
    assert_non_null(value);
    if (card)
        assert_true(view_card(&view, fields, 8, value));
    else
        assert_true(view_table(&view, fields, 8, value, "None."));
    fclose(view.file);
    json_decref(value);
    return out;
}

static void test_table(void **state)
{
    (void)state;
    char *out = print("[" ROW ",{}]", false);
    assert_string_equal(out, "NAME   N  LEVEL  ON   SEEN     AT                       LIST  TWICE\n"
                             "x y   12   80 %  yes  1 s ago  2026-11-21 03:46:07 CET  a, b  24 at 1\n"
                             "-      -      -  -    -        -                        -     0 at 1\n");
    free(out);
    out = print("[]", false);
    assert_string_equal(out, "None.\n");
    free(out);
}

static void test_card(void **state)
{
    (void)state;
    char *out = print(ROW, true);
    assert_string_equal(out, "NAME:  x y\nN:     12\nLEVEL: 80 %\nON:    yes\n"
                             "SEEN:  2026-11-21 03:46:07 CET (1 s ago)\nAT:    2026-11-21 03:46:07 CET\n"
                             "LIST:  a, b\nTWICE: 24 at 1\n");
    free(out);
    out = print("{\"list\":{\"k\":\"v\",\"n\":1}}", true);
    assert_string_equal(out, "LIST:  k=v, n=1\nTWICE: 0 at 1\n");
    free(out);
}

int main(void)
{
    text_init();
    setenv("TZ", "CET-1", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_since),   cmocka_unit_test(test_time_is_local), cmocka_unit_test(test_when),
        cmocka_unit_test(test_members), cmocka_unit_test(test_table),         cmocka_unit_test(test_card),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
