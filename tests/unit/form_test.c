// What is a form, and that what is encoded reads back.
#include "common/form.h"

#include "tests/unit/cases.h"

#include <stdlib.h>
#include <string.h>

static void test_names_and_values(void **state)
{
    (void)state;
    static const char body[] =
        "To=%2B4915112345678&Body=Gr%C3%BC%C3%9Fe+aus+%5BK%c3%b6ln%5d&Empty=&Bare&&To=b";
    struct form form;
    const char *why;
    assert_true(form_parse(&form, &why, body, strlen(body)));
    assert_int_equal(form.count, 5);
    assert_string_equal(form_get(&form, "To"), "+4915112345678");
    assert_string_equal(form_get(&form, "Body"), "Grüße aus [Köln]");
    assert_string_equal(form_get(&form, "Empty"), "");
    assert_string_equal(form_get(&form, "Bare"), "");
    assert_null(form_get(&form, "to"));
    assert_string_equal(form.pairs[4].value, "b");
    form_clear(&form);
    assert_true(form_parse(&form, &why, "", 0));
    assert_int_equal(form.count, 0);
    form_clear(&form);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body, *why;
        size_t length;
    } bad[] = {
        {"a=%", "is not the form encoding of UTF-8 text", 0},
        {"a=%4", "is not the form encoding of UTF-8 text", 0},
        {"a=%4&b=1", "is not the form encoding of UTF-8 text", 0},
        {"a=%zz", "is not the form encoding of UTF-8 text", 0},
        {"a=%00", "is not the form encoding of UTF-8 text", 0},
        {"a=\0b", "is not the form encoding of UTF-8 text", 4},
        {"a=%FF", "is not the form encoding of UTF-8 text", 0},
        {"%C3=1", "is not the form encoding of UTF-8 text", 0},
        {"=1", "has a field without a name", 0},
        {"a=1&=", "has a field without a name", 0},
    };
    struct form form;
    const char *why;
    for (size_t i = 0; i < COUNT(bad); i++) {
        size_t length = bad[i].length != 0 ? bad[i].length : strlen(bad[i].body);
        CHECK(!form_parse(&form, &why, bad[i].body, length), "%s", bad[i].body);
        assert_string_equal(why, bad[i].why);
    }
}

static void test_too_many_fields(void **state)
{
    (void)state;
    char body[2 * (FORM_PAIRS_MAX + 1)];
    struct form form;
    const char *why;
    for (size_t i = 0; i < sizeof(body); i += 2)
        memcpy(body + i, "a&", 2);
    assert_false(form_parse(&form, &why, body, sizeof(body)));
    assert_string_equal(why, "has more fields than it may");
    assert_true(form_parse(&form, &why, body, sizeof(body) - 2));
    form_clear(&form);
}

static void test_encoding(void **state)
{
    (void)state;
    static const struct form_pair pairs[] = {
        {"From", "+49 30"}, {"Left", NULL}, {"Body", "a=b&c-_.~\r\né"}, {"E", ""}};
    char *text = form_encode(pairs, COUNT(pairs));
    assert_string_equal(text, "From=%2B49+30&Body=a%3Db%26c-_.~%0D%0A%C3%A9&E=");
    free(text);
    text = form_encode(pairs, 0);
    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_values),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_too_many_fields),
        cmocka_unit_test(test_encoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
