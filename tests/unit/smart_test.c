// Which characters are replaced, and that texts become shorter for it.
#include "common/smart.h"

#include "common/segments.h"
#include "tests/unit/cases.h"

#include <stdlib.h>
#include <string.h>

static void test_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *text, *smart;
    } cases[] = {
        {"", ""},
        {"plain {text} 1/2", "plain {text} 1/2"},
        {"“It’s” – ‘so’…", "\"It's\" - 'so'..."},
        {"«a» ‹b› „c“ 5″ 6′", "\"a\" <b> \"c\" 5\" 6'"},
        {"¼ ½ ¾ 3⁄8", "1/4 1/2 3/4 3/8"},
        {"a\u00A0b\u202Fc\u2003d\u200Be\u00ADf", "a b c def"},
        {"Grüße, ñandú, ÆØÅ €", "Grüße, ñandú, ÆØÅ €"},
        {"Привет 😀 日本", "Привет 😀 日本"},
        {"\xC3(\xE2\x80", "\xC3(\xE2\x80"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *smart = smart_text(cases[i].text);
        assert_string_equal(smart, cases[i].smart);
        free(smart);
    }
}

static void test_what_was_made_is_gsm(void **state)
{
    (void)state;
    static const char all[] =
        "\u00A0«\u00AD´»¼½¾ʺʻʼʽˆˈ˜\u2000\u200A\u200B‐‑‒–—―‘’‚‛“”„‟•…\u202F′″‵‶‹›⁄\u205F−∕─\u3000\uFEFF";
    struct segments segments;
    assert_true(segments_count(&segments, all, strlen(all)));
    assert_string_equal(segments_encoding_name(segments.encoding), "UCS-2");
    char *smart = smart_text(all);
    assert_true(segments_count(&segments, smart, strlen(smart)));
    assert_string_equal(segments_encoding_name(segments.encoding), "GSM-7");
    free(smart);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replaced),
        cmocka_unit_test(test_what_was_made_is_gsm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
