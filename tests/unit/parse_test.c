// Integers and UTF-8.
#include "tests/unit/cases.h"

#include "common/parse.h"

#include <string.h>

static void test_integers(void **context)
{
    (void)context;
    static const struct {
        const char *text;
        int64_t min, max, value;
    } good[] = {
        {"0", 0, 0, 0},
        {"-0", 0, 0, 0},
        {"007", 0, 10, 7},
        {"-12", -12, 0, -12},
        {"65535", 0, 65535, 65535},
        {"9223372036854775807", INT64_MIN, INT64_MAX, INT64_MAX},
        {"-9223372036854775808", INT64_MIN, INT64_MAX, INT64_MIN},
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        int64_t value = 99;
        CHECK(parse_int(&value, good[i].text, strlen(good[i].text), good[i].min, good[i].max), "%s",
              good[i].text);
        assert_int_equal(value, good[i].value);
    }
}

static void test_integers_refused(void **context)
{
    (void)context;
    static const struct {
        const char *text;
        int64_t min, max;
    } bad[] = {
        {"", 0, 9},         {"-", -9, 9},
        {"+1", 0, 9},       {" 1", 0, 9},
        {"1 ", 0, 9},       {"1a", 0, 9},
        {"0x1", 0, 9},      {"1.0", 0, 9},
        {"--1", -9, 9},     {"10", 0, 9},
        {"-1", 0, 9},       {"9223372036854775808", INT64_MIN, INT64_MAX},
        {"1-", 0, 9},       {"1e1", 0, 99},
        {"1\n", 0, 9},      {"-9223372036854775809", INT64_MIN, INT64_MAX},
        {"\xd9\xa1", 0, 9}, {"99999999999999999999999999", INT64_MIN, INT64_MAX},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t value = 99;
        CHECK(!parse_int(&value, bad[i].text, strlen(bad[i].text), bad[i].min, bad[i].max), "%s",
              bad[i].text);
        assert_int_equal(value, 99);
    }
}

static void test_integer_of_a_slice(void **context)
{
    (void)context;
    int64_t value;
    assert_true(parse_int(&value, "1234", 2, 0, 99));
    assert_int_equal(value, 12);
    assert_false(parse_int(&value, "1\0", 2, 0, 99));
}

static const struct {
    const char *text;
    size_t length;
    bool valid;
    uint32_t first;
} utf8[] = {
    {"a", 1, true, 'a'},
    {"\x7f", 1, true, 0x7f},
    {"\xc2\x80", 2, true, 0x80},
    {"\xdf\xbf", 2, true, 0x7ff},
    {"\xe0\xa0\x80", 3, true, 0x800},
    {"\xed\x9f\xbf", 3, true, 0xd7ff},
    {"\xee\x80\x80", 3, true, 0xe000},
    {"\xef\xbf\xbf", 3, true, 0xffff},
    {"\xf0\x90\x80\x80", 4, true, 0x10000},
    {"\xf4\x8f\xbf\xbf", 4, true, 0x10ffff},
    {"\x80", 1, false, 0}, // a continuation alone
    {"\xbf", 1, false, 0},
    {"\xc0\x80", 2, false, 0},         // overlong NUL
    {"\xc1\xbf", 2, false, 0},         // overlong
    {"\xe0\x9f\xbf", 3, false, 0},     // overlong
    {"\xf0\x8f\xbf\xbf", 4, false, 0}, // overlong
    {"\xed\xa0\x80", 3, false, 0},     // a high surrogate
    {"\xed\xbf\xbf", 3, false, 0},     // a low surrogate
    {"\xf4\x90\x80\x80", 4, false, 0}, // past U+10FFFF
    {"\xf5\x80\x80\x80", 4, false, 0},
    {"\xf8\x88\x80\x80\x80", 5, false, 0},
    {"\xff", 1, false, 0},
    {"\xc2", 1, false, 0}, // cut off
    {"\xe2\x82", 2, false, 0},
    {"\xf0\x9f\x98", 3, false, 0},
    {"\xc2\x41", 2, false, 0}, // no continuation
    {"\xe2\x82\xc0", 3, false, 0},
};

static void test_utf8_characters(void **context)
{
    (void)context;
    for (size_t i = 0; i < COUNT(utf8); i++) {
        uint32_t point = 1;
        size_t bytes = parse_utf8_next(&point, utf8[i].text, utf8[i].length);
        CHECK(bytes == (utf8[i].valid ? utf8[i].length : 0), "case %zu: %zu bytes", i, bytes);
        CHECK(point == (utf8[i].valid ? utf8[i].first : 1), "case %zu: U+%04X", i, point);
        CHECK(parse_utf8_valid(utf8[i].text, utf8[i].length) == utf8[i].valid, "case %zu", i);
    }
}

static void test_utf8_texts(void **context)
{
    (void)context;
    assert_true(parse_utf8_valid("", 0));
    assert_true(parse_utf8_valid("Grüße \xf0\x9f\x98\x80", strlen("Grüße \xf0\x9f\x98\x80")));
    assert_false(parse_utf8_valid("a\0b", 3));
    assert_false(parse_utf8_valid("abc\xe2\x82", 5));
    assert_true(parse_utf8_valid("abc\xe2\x82", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),           cmocka_unit_test(test_integers_refused),
        cmocka_unit_test(test_integer_of_a_slice), cmocka_unit_test(test_utf8_characters),
        cmocka_unit_test(test_utf8_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
