// Widths, cuts, and text from strangers made harmless.
#include "admin-cli/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_widths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t width;
    } cases[] = {{"", 0}, {"abc", 3}, {"äöü", 3}, {"日本", 4}, {"e\xCC\x81", 1}, {"→ x", 3}, {"😀", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(text_width(cases[i].text), cases[i].width);
}

static void test_fit_cuts_between_characters(void **state)
{
    (void)state;
    size_t used;
    assert_int_equal(text_fit("日本", 3, &used), 3);
    assert_int_equal(used, 2);
    assert_int_equal(text_fit("ab", 5, &used), 2);
    assert_int_equal(used, 2);
    // The accent stays with its letter.
    assert_int_equal(text_fit("e\xCC\x81x", 1, &used), 3);
    assert_int_equal(used, 1);
    assert_int_equal(text_fit("ab", 0, &used), 0);
}

static void test_clean(void **state)
{
    (void)state;
    static const struct {
        const char *text, *clean;
    } cases[] = {
        {"plain äöü 日本 😀", "plain äöü 日本 😀"},
        {"a\nb\r\tc", "a b  c"},
        {"\033]0;title\007\033[2J", "?]0;title??[2J"},
        {"\xC2\x9B"
         "31m",
         "?31m"},
        {"a\xE2\x80\xAE"
         "b\xE2\x81\xA6"
         "c",
         "a?b?c"},
        {"\xFF\xC3(", "\xEF\xBF\xBD\xEF\xBF\xBD("},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *clean = text_clean(cases[i].text);
        assert_string_equal(clean, cases[i].clean);
        free(clean);
    }
}

static void test_short_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *number, *shown;
    } cases[] = {{"+491701234567", "+49170…67"},
                 {"+4917012", "+4917012"},
                 {"BANK", "BANK"},
                 {"+49x7012345678", "+49x7012345678"},
                 {"", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *shown = text_short_number(cases[i].number);
        assert_string_equal(shown, cases[i].shown);
        free(shown);
    }
}

static void test_first_columns(void **state)
{
    (void)state;
    static const struct {
        const char *line, *column;
    } cases[] = {
        {"", ""},
        {"\n", ""},
        {"+4915112345678", "+4915112345678"},
        {"+4915112345678,Anna\r\n", "+4915112345678"},
        {"\xEF\xBB\xBF\"+49 151 12345678\";Anna\n", "+49 151 12345678"},
        {" \t +1 \t,x", "+1"},
        {",x", ""},
        {"  ", ""},
        {"# note", "# note"},
        {"\xEF\xBD\x8F", "\xEF\xBD\x8F"}, // begins with the first byte of a mark
        {"\xEF\xBB", "\xEF\xBB"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *line = strdup(cases[i].line);
        assert_non_null(line);
        assert_string_equal(text_first_column(line), cases[i].column);
        free(line);
    }
}

int main(void)
{
    text_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widths),        cmocka_unit_test(test_fit_cuts_between_characters),
        cmocka_unit_test(test_clean),         cmocka_unit_test(test_short_numbers),
        cmocka_unit_test(test_first_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
