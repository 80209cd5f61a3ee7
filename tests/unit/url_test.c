// Which texts are addresses of web services.
#include "common/url.h"

#include "tests/unit/cases.h"

static void test_good_ones(void **state)
{
    (void)state;
    static const char *const good[] = {"http://a.example", "https://a.example/hook?x=1&y=%20z",
                                       "http://[::1]:8080/", "https://a.example:8443/p", "HTTP://A.example/"};
    const char *why;
    for (size_t i = 0; i < COUNT(good); i++)
        CHECK(url_check(good[i], 100, &why), "%s %s", good[i], why);
}

static void test_bad_ones(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"", "is not a URL"},
        {"a.example/hook", "is not a URL"},
        {"/hook", "is not a URL"},
        {"ftp://a.example/", "must begin with http:// or https://"},
        {"file:///etc/passwd", "must begin with http:// or https://"},
        {"gopher://a.example/", "must begin with http:// or https://"},
        {"https://user:pw@a.example/", "must not hold a user or password"},
        {"https://a.example/#top", "must not hold a fragment (#…)"},
        {"https://a.example/a b", "has characters that a URL must escape"},
        {"https://a.example/\r\nX: y", "has characters that a URL must escape"},
        {"https://ü.example/", "has characters that a URL must escape"},
        {"http://a.example:99999/", "is not a URL"},
        {"https://a.example/"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "is too long"},
    };
    const char *why;
    for (size_t i = 0; i < COUNT(bad); i++) {
        CHECK(!url_check(bad[i].text, 100, &why), "%s", bad[i].text);
        assert_string_equal(why, bad[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_good_ones), cmocka_unit_test(test_bad_ones)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
