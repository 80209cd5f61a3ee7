// JSON as RFC 8259 has it: what every parser must refuse and what it must take, in the manner of the public
// JSONTestSuite. Where the standard leaves it open we refuse what two readers could understand in two ways.
#include "tests/unit/cases.h"

#include "common/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Text with its length, as some cases hold a NUL.
#define T(text)                                                                                              \
    {                                                                                                        \
        text, sizeof(text) - 1                                                                               \
    }

struct text {
    const char *bytes;
    size_t length;
};

// Stand as the value in {"a": …}.
static const struct text BAD_VALUES[] = {
    // numbers
    T("+1"),
    T("-"),
    T("--1"),
    T("-01"),
    T("01"),
    T("00"),
    T("-00"),
    T("012"),
    T("1."),
    T("-1."),
    T(".1"),
    T("-.1"),
    T("1.e1"),
    T("1e"),
    T("1e+"),
    T("1E-"),
    T("1e1.5"),
    T("1.2.3"),
    T("1e1e1"),
    T("0x1"),
    T("0X1F"),
    T("0b1"),
    T("1_000"),
    T("1 000"),
    T("1,5"),
    T("1+2"),
    T("- 1"),
    T("1 e1"),
    T("NaN"),
    T("-NaN"),
    T("nan"),
    T("Infinity"),
    T("-Infinity"),
    T("inf"),
    T("1a"),
    T("1e400"),
    T("-1e400"),
    T("123456789012345678901234567890"),
    T("9223372036854775808"),
    T("\xEF\xBC\x91"),
    T("\xD9\xA1"),
    T("1\xE2\x82\xAC"),
    // words
    T("True"),
    T("TRUE"),
    T("False"),
    T("nul"),
    T("nulll"),
    T("Null"),
    T("tru"),
    T("truefalse"),
    T("undefined"),
    T("None"),
    T("a"),
    T("'a'"),
    T("`a`"),
    T("\xC3\xA9"),
    T("*"),
    T("$"),
    T("@"),
    T("\\"),
    T("\\u0022a\\u0022"),
    // strings
    T("\""),
    T("\"a"),
    T("a\""),
    T("\"\\\""),
    T("\"\\"),
    T("\"\\x41\""),
    T("\"\\a\""),
    T("\"\\'\""),
    T("\"\\0\""),
    T("\"\\U0041\""),
    T("\"\\u\""),
    T("\"\\u1\""),
    T("\"\\u12\""),
    T("\"\\u123\""),
    T("\"\\u123g\""),
    T("\"\\u 123\""),
    T("\"\\u-123\""),
    T("\"\\uD800\""),
    T("\"\\uD800a\""),
    T("\"\\uD800\\n\""),
    T("\"\\uD800\\u0041\""),
    T("\"\\uD800\\uD800\""),
    T("\"\\uDC00\""),
    T("\"\\uDC00\\uD800\""),
    T("\"\\uDBFF\\u\""),
    T("\"\\u0000\""),
    T("\"a\\u0000b\""),
    T("\"\n\""),
    T("\"\t\""),
    T("\"\r\""),
    T("\"\x1F\""),
    T("\"\x01\""),
    T("\"\0\""),
    T("\"a\0b\""),
    T("\"\\\n\""),
    T("\"\\\t\""),
    T("\"\\ \""),
    T("\"\\\xC3\xA9\""),
    T("\"a\"b"),
    T("\"a\" \"b\""),
    T("\"a\"\"b\""),
    // bytes that are no UTF-8
    T("\"\xFF\""),
    T("\"\x80\""),
    T("\"\xC0\x80\""),
    T("\"\xC1\xBF\""),
    T("\"\xC3\""),
    T("\"\xC3(\""),
    T("\"\xE0\x80\x80\""),
    T("\"\xE2\x82\""),
    T("\"\xED\xA0\x80\""),
    T("\"\xED\xBF\xBF\""),
    T("\"\xF0\x80\x80\x80\""),
    T("\"\xF0\x9F\x98\""),
    T("\"\xF4\x90\x80\x80\""),
    T("\"\xF5\x80\x80\x80\""),
    T("\"\xF8\x88\x80\x80\x80\""),
    T("\xFF"),
    // arrays
    T("["),
    T("]"),
    T("[]]"),
    T("[[]"),
    T("[1"),
    T("[1,"),
    T("[1,]"),
    T("[,1]"),
    T("[,]"),
    T("[1,,2]"),
    T("[1 2]"),
    T("[1;2]"),
    T("[1:2]"),
    T("[\"a\":1]"),
    T("[1}"),
    T("[*]"),
    T("[1]x"),
    T("[1]["),
    T("[\"\"],"),
    T("[a]"),
    T("(1)"),
    T("[\xE2\x81\xA0]"),
    T("[\x0C]"),
    T("[\v1]"),
    T("[\xC2\xA0]"),
    T("[1]//x"),
    T("[1]/*x*/"),
    T("[/**/1]"),
    T("[1]#x"),
    // objects
    T("{"),
    T("}"),
    T("{}}"),
    T("{\"b\"}"),
    T("{\"b\":}"),
    T("{\"b\":1"),
    T("{\"b\":1,}"),
    T("{,\"b\":1}"),
    T("{\"b\" 1}"),
    T("{\"b\",1}"),
    T("{\"b\"=1}"),
    T("{\"b\"::1}"),
    T("{\"b\":1 \"c\":2}"),
    T("{\"b\":1;\"c\":2}"),
    T("{\"b\":1,,\"c\":2}"),
    T("{b:1}"),
    T("{'b':1}"),
    T("{1:1}"),
    T("{null:1}"),
    T("{[]:1}"),
    T("{:1}"),
    T("{\"b\":1]"),
    T("{\"b\":1}x"),
    T("{\"b\":1}/**/"),
    T("{\"b\":1}//"),
    T("{/**/\"b\":1}"),
    T("{\"b\":1,...}"),
    T("{\"b\":1}{\"c\":2}"),
    T("{\"b\":1,\"b\":1}"),
    T("{\"b\":1,\"\\u0062\":2}"),
    T("{\"b\\u0000\":1}"),
    T("{\"\xFF\":1}"),
    T("{\"b\":1,\"c\"}"),
    // nothing
    T(""),
    T(" "),
    T(","),
    T(":"),
    T("\0"),
    T("1\0"),
};

static const struct text GOOD_VALUES[] = {
    T("0"),
    T("-0"),
    T("1"),
    T("-1"),
    T("1.5"),
    T("-0.1"),
    T("1e1"),
    T("1E+2"),
    T("1e-2"),
    T("0e1"),
    T("1.5e+3"),
    T("9223372036854775807"),
    T("-9223372036854775808"),
    T("1e308"),
    T("4.9e-324"),
    T("0.000000000000000000000000000001"),
    T("true"),
    T("false"),
    T("null"),
    T("\"\""),
    T("\" \""),
    T("\"a\""),
    T("\"\\\"\""),
    T("\"\\\\\""),
    T("\"\\/\""),
    T("\"/\""),
    T("\"\\b\\f\\n\\r\\t\""),
    T("\"\\u0041\""),
    T("\"\\u00e9\""),
    T("\"\\u00E9\""),
    T("\"\\uD83D\\uDE00\""),
    T("\"\\uFFFF\""),
    T("\"\\u2028\""),
    T("\"\x7F\""),
    T("\"\xC2\x80\""),
    T("\"\xE2\x80\xA8\""),
    T("\"\xEF\xBF\xBF\""),
    T("\"\xF4\x8F\xBF\xBF\""),
    T("\"\xF0\x9F\x98\x80\""),
    T("\"\\u0001\""),
    T("\"/*\""),
    T("\"//\""),
    T("[]"),
    T("[ ]"),
    T("[1]"),
    T("[1,2]"),
    T("[[]]"),
    T("[null,1,\"\",{}]"),
    T("[\t1\n,\r2 ]"),
    T("{}"),
    T("{ }"),
    T("{\"b\":1}"),
    T("{\"\":1}"),
    T("{\"b\":1,\"B\":2}"),
    T("{\"b\":{\"b\":1}}"),
    T("{\"b\" : [ 1 , { } ] }"),
    T("{\"\\u0062\":1,\"c\":2}"),
};

// Stand as the whole text: also what is around an object.
static const struct text BAD_TEXTS[] = {
    T(""),
    T(" "),
    T("\0"),
    T("null"),
    T("1"),
    T("\"a\""),
    T("[]"),
    T("[{}]"),
    T("{}{}"),
    T("{} {}"),
    T("{}x"),
    T("x{}"),
    T("{},"),
    T("{}\0"),
    T("\0{}"),
    T("\xEF\xBB\xBF{}"),
    T("\xFF\xFE{\0}\0"),
    T("\xFE\xFF\0{\0}"),
    T("{\0}\0"),
    T("{}#"),
    T("{}//"),
    T("/**/{}"),
    T("#{}"),
    T("\x0C{}"),
    T("\v{}"),
    T("\xC2\xA0{}"),
    T("{}\xC2\xA0"),
    T("\xE2\x80\x8B{}"),
    T("{}]"),
    T("({})"),
    T("<a>"),
    T("a=b&c=d"),
    T("%7B%7D"),
};

static const struct text GOOD_TEXTS[] = {T("{}"), T(" {} "), T("\r\n\t {}\n"), T("{\n}\n")};

// Whether it is taken; the text lies at the end of its block, so that a sanitizer sees a read past it.
static bool taken(const char *before, struct text text, const char *after)
{
    size_t length = strlen(before) + text.length + strlen(after);
    char *whole = malloc(length > 0 ? length : 1);
    struct field_error error = {.detail = ""};
    assert_non_null(whole);
    memcpy(whole, before, strlen(before));
    memcpy(whole + strlen(before), text.bytes, text.length);
    memcpy(whole + length - strlen(after), after, strlen(after));
    json_t *json = fields_parse(whole, length, &error);
    bool good = json != NULL;
    assert_true(good || error.detail[0] != '\0');
    json_decref(json);
    free(whole);
    return good;
}

static void test_values_that_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(BAD_VALUES); i++)
        CHECK(!taken("{\"a\":", BAD_VALUES[i], "}"), "taken: %s (%zu)", BAD_VALUES[i].bytes, i);
}

static void test_values_that_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(GOOD_VALUES); i++)
        CHECK(taken("{\"a\":", GOOD_VALUES[i], "}"), "refused: %s", GOOD_VALUES[i].bytes);
}

static void test_texts_around_an_object(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(BAD_TEXTS); i++)
        CHECK(!taken("", BAD_TEXTS[i], ""), "taken: %s (%zu)", BAD_TEXTS[i].bytes, i);
    for (size_t i = 0; i < COUNT(GOOD_TEXTS); i++)
        CHECK(taken("", GOOD_TEXTS[i], ""), "refused: %s", GOOD_TEXTS[i].bytes);
}

// Every beginning of a good text that is not the whole is refused.
static void test_cut_off_anywhere(void **state)
{
    static const char TEXT[] =
        "{\"a\": [1.5e+3, true, null, {\"b\\u00e9\": \"\xF0\x9F\x98\x80\\n\"}], \"c\": -0}";
    (void)state;
    for (size_t length = 0; length < sizeof(TEXT) - 1; length++)
        CHECK(!taken("", (struct text){TEXT, length}, ""), "taken: the first %zu bytes", length);
    assert_true(taken("", (struct text){TEXT, sizeof(TEXT) - 1}, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_that_are_refused),
        cmocka_unit_test(test_values_that_are_taken),
        cmocka_unit_test(test_texts_around_an_object),
        cmocka_unit_test(test_cut_off_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
