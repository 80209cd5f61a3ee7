// JSON texts and tables of fields: what passes, and how what does not is told.
#include "tests/unit/cases.h"

#include "common/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sample {
    const char *word;
    int64_t number;
    bool flag;
    int64_t at;
    json_t *object, *array, *any;
};

static const struct field table[] = {
    {"word", FIELD_STRING, offsetof(struct sample, word), true, 1, 8},
    {"number", FIELD_INT, offsetof(struct sample, number), false, -5, 10},
    {"flag", FIELD_BOOL, offsetof(struct sample, flag), false, 0, 0},
    {"at", FIELD_TIME, offsetof(struct sample, at), false, 0, 0},
    {"object", FIELD_OBJECT, offsetof(struct sample, object), false, 0, 2},
    {"array", FIELD_ARRAY, offsetof(struct sample, array), false, 1, 2},
    {"any", FIELD_ANY, offsetof(struct sample, any), false, 0, 0},
};

static json_t *parse(const char *text)
{
    struct field_error error;
    json_t *json = fields_parse(text, strlen(text), &error);
    CHECK(json != NULL, "%s: %s", text, error.detail);
    return json;
}

static void test_all_kinds(void **context)
{
    (void)context;
    json_t *json = parse("{\"word\":\"gr\xc3\xbc\xc3\x9f\",\"number\":-5,\"flag\":true,"
                         "\"at\":\"1970-01-01T00:00:01Z\",\"object\":{\"a\":1},\"array\":[1,2],\"any\":0.5}");
    struct sample sample = {0};
    struct field_error error;
    assert_true(fields_decode(&sample, json, table, COUNT(table), "", &error));
    assert_string_equal(sample.word, "gr\xc3\xbc\xc3\x9f");
    assert_int_equal(sample.number, -5);
    assert_true(sample.flag);
    assert_int_equal(sample.at, 1000);
    assert_int_equal(json_object_size(sample.object), 1);
    assert_int_equal(json_array_size(sample.array), 2);
    assert_true(json_is_real(sample.any));
    json_decref(json);
}

static void test_missing_and_null_keep_defaults(void **context)
{
    (void)context;
    static const char *const texts[] = {
        "{\"word\":\"a\"}",
        "{\"word\":\"a\",\"number\":null,\"flag\":null,\"at\":null,\"object\":null,\"array\":null,\"any\":"
        "null}",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        json_t *json = parse(texts[i]);
        struct sample sample = {.number = 7, .flag = true, .at = 3};
        struct field_error error;
        assert_true(fields_decode(&sample, json, table, COUNT(table), "", &error));
        assert_int_equal(sample.number, 7);
        assert_true(sample.flag);
        assert_int_equal(sample.at, 3);
        assert_null(sample.object);
        assert_null(sample.array);
        assert_null(sample.any);
        json_decref(json);
    }
}

static const struct {
    const char *text, *path, *detail;
} bad[] = {
    {"{}", "word", "is missing"},
    {"{\"word\":null}", "word", "is missing"},
    {"{\"word\":1}", "word", "must be a string"},
    {"{\"word\":\"\"}", "word", "is too short: 0 bytes, at least 1"},
    {"{\"word\":\"123456789\"}", "word", "is too long: 9 bytes, at most 8"},
    {"{\"word\":\"1234567\xc3\xbc\"}", "word", "is too long: 9 bytes, at most 8"},
    {"{\"word\":\"a\",\"number\":11}", "number", "must be within -5 and 10"},
    {"{\"word\":\"a\",\"number\":-6}", "number", "must be within -5 and 10"},
    {"{\"word\":\"a\",\"number\":1.0}", "number", "must be an integer"},
    {"{\"word\":\"a\",\"number\":1e0}", "number", "must be an integer"},
    {"{\"word\":\"a\",\"number\":\"1\"}", "number", "must be an integer"},
    {"{\"word\":\"a\",\"number\":true}", "number", "must be an integer"},
    {"{\"word\":\"a\",\"flag\":1}", "flag", "must be true or false"},
    {"{\"word\":\"a\",\"flag\":\"true\"}", "flag", "must be true or false"},
    {"{\"word\":\"a\",\"at\":5}", "at", "must be an RFC 3339 time with a zone, such as 2026-11-21T01:02:03Z"},
    {"{\"word\":\"a\",\"at\":\"2026-02-30T00:00:00Z\"}", "at",
     "must be an RFC 3339 time with a zone, such as 2026-11-21T01:02:03Z"},
    {"{\"word\":\"a\",\"object\":[]}", "object", "must be an object"},
    {"{\"word\":\"a\",\"object\":{\"a\":1,\"b\":2,\"c\":3}}", "object", "has too many members: 3, at most 2"},
    {"{\"word\":\"a\",\"array\":{}}", "array", "must be an array"},
    {"{\"word\":\"a\",\"array\":[]}", "array", "must have 1 to 2 elements, has 0"},
    {"{\"word\":\"a\",\"array\":[1,2,3]}", "array", "must have 1 to 2 elements, has 3"},
};

static void test_wrong_members(void **context)
{
    (void)context;
    for (size_t i = 0; i < COUNT(bad); i++) {
        json_t *json = parse(bad[i].text);
        struct sample sample = {0};
        struct field_error error;
        char path[FIELD_PATH_SIZE];
        CHECK(!fields_decode(&sample, json, table, COUNT(table), "", &error), "%s", bad[i].text);
        assert_string_equal(error.path, bad[i].path);
        assert_string_equal(error.detail, bad[i].detail);
        assert_false(fields_decode_known(&sample, json, table, COUNT(table), "items[3]", &error));
        snprintf(path, sizeof path, "items[3].%s", bad[i].path);
        assert_string_equal(error.path, path);
        assert_string_equal(error.detail, bad[i].detail);
        json_decref(json);
    }
}

static void test_unknown_members(void **context)
{
    (void)context;
    static const char *const texts[] = {
        "{\"word\":\"a\",\"wrod\":1}",
        "{\"wrod\":null,\"word\":\"a\",\"number\":1}",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        json_t *json = parse(texts[i]);
        struct sample sample = {0};
        struct field_error error;
        assert_false(fields_decode(&sample, json, table, COUNT(table), "body", &error));
        assert_string_equal(error.path, "body.wrod");
        assert_string_equal(error.detail, "is not a known field");
        assert_true(fields_decode_known(&sample, json, table, COUNT(table), "", &error));
        assert_string_equal(sample.word, "a");
        json_decref(json);
    }
}

static void test_not_an_object(void **context)
{
    (void)context;
    json_t *array = json_array();
    struct sample sample;
    struct field_error error;
    assert_false(fields_decode(&sample, array, table, COUNT(table), "to[1]", &error));
    assert_string_equal(error.path, "to[1]");
    assert_string_equal(error.detail, "must be an object");
    assert_false(fields_decode_known(&sample, array, table, COUNT(table), "", &error));
    json_decref(array);
}

// A name of the sender's stays UTF-8 when it is cut.
static void test_long_names_are_cut_between_characters(void **context)
{
    (void)context;
    for (int shift = 0; shift < 4; shift++) {
        char text[600] = "{\"word\":\"a\",\"";
        char *end = text + strlen(text);
        for (int i = 0; i < shift; i++)
            *end++ = 'x';
        for (int i = 0; i < 100; i++)
            end = stpcpy(end, "\xf0\x9f\x98\x80");
        stpcpy(end, "\":1}");
        json_t *json = parse(text);
        struct sample sample;
        struct field_error error;
        assert_false(fields_decode(&sample, json, table, COUNT(table), "", &error));
        size_t length = strlen(error.path);
        assert_true(length > FIELD_PATH_SIZE - 6 && length < FIELD_PATH_SIZE);
        assert_int_equal((length - (size_t)shift) % 4, 0);
        json_decref(json);
    }
}

static void test_fail_fills_the_error(void **context)
{
    (void)context;
    char word[400];
    struct field_error error;
    assert_false(field_fail(&error, "to[3]", "has %d of %s", 3, "x"));
    assert_string_equal(error.path, "to[3]");
    assert_string_equal(error.detail, "has 3 of x");
    memset(word, 'y', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_false(field_fail(&error, word, "%s", word));
    assert_int_equal(strlen(error.path), FIELD_PATH_SIZE - 1);
    assert_int_equal(strlen(error.detail), FIELD_DETAIL_SIZE - 1);
}

static const struct {
    const char *text;
    size_t length; // 0: that of the text
    const char *detail;
} texts[] = {
    {"", 0, "ends too early"},
    {" ", 0, "ends too early"},
    {"{", 0, "ends too early"},
    {"{\"a\":\"b", 0, "ends too early"},
    {"[]", 0, "must be a JSON object"},
    {"null", 0, "is not valid JSON"},
    {"\"a\"", 0, "is not valid JSON"},
    {"{\"a\":1,}", 0, "is not valid JSON"},
    {"{'a':1}", 0, "is not valid JSON"},
    {"{\"a\":01}", 0, "is not valid JSON"},
    {"{\"a\":NaN}", 0, "is not valid JSON"},
    {"{\"a\":\"\n\"}", 0, "is not valid JSON"},
    {"{\"a\":1} x", 0, "has something after its end"},
    {"{\"a\":1}{}", 0, "has something after its end"},
    {"{\"a\":1}\0", 8, "has a NUL character (byte 8)"},
    {"{\"a\":1,\"a\":2}", 0, "has the same name twice in an object"},
    {"{\"a\":{\"b\":1,\"\\u0062\":2}}", 0, "has the same name twice in an object"},
    {"{\"a\":\"\\u0000\"}", 0, "has a NUL character"},
    {"{\"\\u0000\":1}", 0, "has a NUL character"},
    {"{\"a\":\"x\0y\"}", 11, "has a NUL character (byte 8)"},
    {"{\"a\":1\0}", 8, "has a NUL character (byte 7)"},
    {"{\"a\":99999999999999999999}", 0, "has a number that is too large"},
    {"{\"a\":1e999}", 0, "has a number that is too large"},
    {"{\"a\":\"\xff\"}", 0, "is not valid UTF-8"},
    {"{\"a\":\"\xc3\"}", 0, "is not valid UTF-8"},
    {"{\"a\":\"\xed\xa0\x80\"}", 0, "is not valid UTF-8"},
    {"{\"a\":\"\xc0\x80\"}", 0, "is not valid UTF-8"},
    {"{\"a\":\"\\ud83d\"}", 0, "is not valid JSON"}, // lone surrogates
    {"{\"a\":\"\\ude00\"}", 0, "is not valid JSON"},
    {"{\"a\":\"\\ud83dx\"}", 0, "is not valid JSON"},
    {"{\"a\":\"\\ud83d\\ud83d\"}", 0, "is not valid JSON"},
    {"\xef\xbb\xbf{}", 0, "is not valid JSON"},
};

static void test_texts_that_are_refused(void **context)
{
    (void)context;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct field_error error;
        size_t length = texts[i].length != 0 ? texts[i].length : strlen(texts[i].text);
        // In a block of its own, so that the sanitizer sees a read past the end.
        char *copy = malloc(length + (length == 0));
        assert_non_null(copy);
        memcpy(copy, texts[i].text, length);
        json_t *json = fields_parse(copy, length, &error);
        free(copy);
        CHECK(json == NULL, "%s", texts[i].text);
        CHECK(strncmp(error.detail, texts[i].detail, strlen(texts[i].detail)) == 0, "%s: %s", texts[i].text,
              error.detail);
        assert_string_equal(error.path, "");
    }
}

static void test_errors_tell_where_and_not_what(void **context)
{
    (void)context;
    static const char text[] = "{\"text\":\n \"my secret\" code}";
    struct field_error error;
    assert_null(fields_parse(text, strlen(text), &error));
    assert_string_equal(error.detail, "is not valid JSON (line 2, column 17)");
}

static void test_surrogate_pairs_and_escapes_pass(void **context)
{
    (void)context;
    json_t *json = parse("{\"a\":\"\\ud83d\\ude00\\n\\\"\\\\{[\"}");
    assert_string_equal(json_string_value(json_object_get(json, "a")), "\xf0\x9f\x98\x80\n\"\\{[");
    json_decref(json);
}

// depth brackets, the first one the top object.
static size_t nest(char *out, int depth, bool arrays)
{
    char *end = stpcpy(out, "{\"a\":");
    for (int i = 1; i < depth; i++)
        end = stpcpy(end, arrays ? "[" : "{\"a\":");
    end = stpcpy(end, "1");
    for (int i = 1; i < depth; i++)
        end = stpcpy(end, arrays ? "]" : "}");
    end = stpcpy(end, "}");
    return (size_t)(end - out);
}

static void test_nesting(void **context)
{
    (void)context;
    static char text[1000000];
    static const struct {
        int depth;
        bool good;
    } cases[] = {{1, true}, {31, true}, {32, true}, {33, false}, {2000, false}, {100000, false}};
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        struct field_error error;
        json_t *json = fields_parse(text, nest(text, cases[i / 2].depth, i % 2 == 0), &error);
        assert_int_equal(json != NULL, cases[i / 2].good);
        if (json == NULL)
            assert_string_equal(error.detail, "is nested deeper than 32 levels");
        json_decref(json);
    }
}

static void test_brackets_in_strings_do_not_nest(void **context)
{
    (void)context;
    json_t *json =
        parse("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{\"}");
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_kinds),
        cmocka_unit_test(test_missing_and_null_keep_defaults),
        cmocka_unit_test(test_wrong_members),
        cmocka_unit_test(test_unknown_members),
        cmocka_unit_test(test_not_an_object),
        cmocka_unit_test(test_long_names_are_cut_between_characters),
        cmocka_unit_test(test_fail_fills_the_error),
        cmocka_unit_test(test_texts_that_are_refused),
        cmocka_unit_test(test_errors_tell_where_and_not_what),
        cmocka_unit_test(test_surrogate_pairs_and_escapes_pass),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_brackets_in_strings_do_not_nest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
