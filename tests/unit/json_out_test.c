// JSON written from front to back, read again by jansson.
#include "tests/unit/cases.h"

#include "common/json_out.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What stands under "v" when text is written there. Owned.
static json_t *value_of(const char *text)
{
    struct json_out out = {0};
    json_out_open(&out, NULL, '{');
    json_out_string(&out, "v", text);
    json_out_close(&out, '}');
    char *json = json_out_take(&out);
    json_t *read = json != NULL ? json_loads(json, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL) : NULL;
    json_t *value = json_incref(json_object_get(read, "v"));
    json_decref(read);
    free(json);
    return value;
}

static void test_layout(void **state)
{
    struct json_out out = {0};
    (void)state;
    json_out_open(&out, NULL, '{');
    json_out_string(&out, "a", "x");
    json_out_open(&out, "list", '[');
    json_out_integer(&out, NULL, INT64_MIN);
    json_out_boolean(&out, NULL, false);
    json_out_open(&out, NULL, '[');
    json_out_close(&out, ']');
    json_out_open(&out, NULL, '{');
    json_out_close(&out, '}');
    json_out_string(&out, NULL, NULL);
    json_out_close(&out, ']');
    json_out_raw(&out, "raw", "{\"b\":[1]}");
    json_out_raw(&out, "none", NULL);
    json_out_boolean(&out, "yes", true);
    json_out_integer(&out, "big", INT64_MAX);
    json_out_close(&out, '}');
    char *text = json_out_take(&out);
    assert_string_equal(text,
                        "{\"a\":\"x\",\"list\":[-9223372036854775808,false,[],{},null],\"raw\":{\"b\":[1]},"
                        "\"none\":null,\"yes\":true,\"big\":9223372036854775807}");
    free(text);
    assert_null(out.text);
}

// A string that ends in a bracket must not be taken for the beginning of an object.
static void test_commas_behind_brackets(void **state)
{
    struct json_out out = {0};
    (void)state;
    json_out_open(&out, NULL, '[');
    json_out_string(&out, NULL, "{");
    json_out_string(&out, NULL, "[");
    json_out_integer(&out, NULL, 1);
    json_out_close(&out, ']');
    char *text = json_out_take(&out);
    assert_string_equal(text, "[\"{\",\"[\",1]");
    free(text);
}

static void test_every_ascii_character(void **state)
{
    char all[128];
    (void)state;
    for (int i = 1; i < 128; i++)
        all[i - 1] = (char)i;
    all[127] = '\0';
    json_t *value = value_of(all);
    assert_string_equal(json_string_value(value), all);
    json_decref(value);
}

static void test_escapes(void **state)
{
    struct json_out out = {0};
    (void)state;
    json_out_string(&out, NULL, "\"\\/\b\f\n\r\t\x01\x1f\x7f");
    char *text = json_out_take(&out);
    assert_string_equal(text, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
    free(text);
}

static void test_only_utf8(void **state)
{
    static const char *const GOOD[] = {"", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "a\xEF\xBF\xBFz"};
    static const char *const BAD[] = {"\x80", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                      "z\xFF"};
    (void)state;
    for (size_t i = 0; i < COUNT(GOOD); i++) {
        json_t *value = value_of(GOOD[i]);
        assert_string_equal(json_string_value(value), GOOD[i]);
        json_decref(value);
    }
    for (size_t i = 0; i < COUNT(BAD); i++)
        assert_null(value_of(BAD[i]));
}

// Strings around the sizes at which the room grows.
static void test_growth(void **state)
{
    char *text = calloc(1, 5000);
    (void)state;
    assert_non_null(text);
    for (size_t length = 0; length < 4999; length++) {
        if (length > 0)
            text[length - 1] = length % 7 == 0 ? '\n' : 'x';
        json_t *value = value_of(text);
        assert_int_equal(json_string_length(value), length);
        assert_string_equal(json_string_value(value), text);
        json_decref(value);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),    cmocka_unit_test(test_commas_behind_brackets),
        cmocka_unit_test(test_escapes),   cmocka_unit_test(test_every_ascii_character),
        cmocka_unit_test(test_only_utf8), cmocka_unit_test(test_growth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
