// Codes and the texts that carry them.
#include "bridge/engine/otp.h"
#include "bridge/engine/otp_text.h"

#include "tests/unit/cases.h"

#include <stdio.h>
#include <string.h>

static const uint8_t KEY[SECRET_HASH_BYTES] = {1, 2, 3};

static void test_codes_are_digits_of_the_wanted_length(void **state)
{
    (void)state;
    for (int64_t digits = 4; digits <= 10; digits++)
        for (uint8_t i = 0; i < 50; i++) {
            uint8_t seed[OTP_SEED_BYTES] = {i};
            char code[OTP_CODE_SIZE], again[OTP_CODE_SIZE];
            otp_code(code, KEY, seed, digits);
            otp_code(again, KEY, seed, digits);
            assert_int_equal(strlen(code), digits);
            assert_int_equal(strspn(code, "0123456789"), digits);
            assert_string_equal(code, again);
        }
}

static void test_codes_depend_on_seed_and_key(void **state)
{
    (void)state;
    uint8_t seed[OTP_SEED_BYTES] = {0}, other[SECRET_HASH_BYTES] = {9};
    char a[OTP_CODE_SIZE], b[OTP_CODE_SIZE];
    otp_code(a, KEY, seed, 10);
    otp_code(b, other, seed, 10);
    assert_string_not_equal(a, b);
    seed[15] = 1;
    otp_code(b, KEY, seed, 10);
    assert_string_not_equal(a, b);
}

// Chi-square over the 10,000 codes of four digits: 9,999 degrees of freedom, so within 5 deviations of 141.
static void test_codes_are_evenly_spread(void **state)
{
    (void)state;
    enum { DRAWS = 200000, CODES = 10000 };
    static int seen[CODES];
    memset(seen, 0, sizeof(seen));
    for (int i = 0; i < DRAWS; i++) {
        uint8_t seed[OTP_SEED_BYTES];
        char code[OTP_CODE_SIZE];
        memset(seed, 0, sizeof(seed));
        memcpy(seed, &i, sizeof(i));
        otp_code(code, KEY, seed, 4);
        seen[(code[0] - '0') * 1000 + (code[1] - '0') * 100 + (code[2] - '0') * 10 + code[3] - '0']++;
    }
    double chi = 0, expected = (double)DRAWS / CODES;
    for (int i = 0; i < CODES; i++)
        chi += (seen[i] - expected) * (seen[i] - expected) / expected;
    CHECK(chi > 9999 - 5 * 141.4 && chi < 9999 + 5 * 141.4, "chi-square %f", chi);
}

static void test_texts(void **state)
{
    (void)state;
    static const struct {
        struct otp_text input;
        const char *text;
    } cases[] = {
        {{"123456", "", "en", NULL, 5, "", ""}, "123456 is your code, valid for 5 min. Do not share it."},
        {{"123456", "Shop", "xx", NULL, 5, "", ""},
         "Shop: 123456 is your code, valid for 5 min. Do not share it."},
        {{"0042", "Praxis", "de-AT", NULL, 10, "", ""},
         "Praxis: 0042 ist Ihr Code, gültig für 10 Min. Geben Sie ihn nicht weiter."},
        {{"123456", "Shop", "en", "{{app}} says {{code}}", 5, "", ""}, "Shop says 123456"},
        {{"123456", "", "en", "{{code}}", 5, "FA+9qCX9VSu", ""}, "123456\nFA+9qCX9VSu"},
        {{"123456", "", "en", "{{code}}", 5, "FA+9qCX9VSu", "shop.example"},
         "123456\nFA+9qCX9VSu\n@shop.example #123456"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct field_error error;
        char out[OTP_TEXT_SIZE];
        CHECK(otp_text(out, &cases[i].input, NULL, &error), "case %zu", i);
        assert_string_equal(out, cases[i].text);
    }
}

static void test_wordings_of_ones_own(void **state)
{
    (void)state;
    char longest[1100];
    memset(longest, 'x', sizeof(longest));
    memcpy(longest, "{{code}}", 8);
    longest[sizeof(longest) - 1] = '\0';
    assert_true(otp_wording_valid("{{code}} {{app}} {{minutes}} } { {"));
    assert_true(otp_wording_valid("{{ code }}"));
    static const char *const wrong[] = {
        "", "no code", "{{code}} {{name}}", "{{code}} {{", "{{code}} {{app", "{{code}} {{}}"};
    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK(!otp_wording_valid(wrong[i]), "%s", wrong[i]);
    assert_false(otp_wording_valid(longest));
}

static void test_wordings_of_templates(void **state)
{
    (void)state;
    char with_code[] = "{{code}} for {{name}}", without[] = "for {{name}}", with_app[] = "{{app}}: {{code}}";
    struct template_text texts[] = {{"", with_code}, {"de", with_app}, {"fr", without}};
    const struct template_row row = {.texts = texts, .text_count = COUNT(texts)};
    static const struct {
        const char *language, *variable, *app, *path; // NULL = taken
    } cases[] = {
        {"", "name", "", NULL},
        {"en", "name", "", NULL},
        {"de-AT", "name", "Shop", NULL},
        {"de", "name", "", "app"},
        {"fr-CH", "name", "", "template"},
        {"", "code", "", "variables.code"},
        {"", "minutes", "", "variables.minutes"},
        {"", "nme", "", "variables.nme"},
    };
    struct template_names known;
    struct field_error error;
    assert_true(template_known(&known, &row, &error));
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct template_value value = {cases[i].variable, "x"};
        struct template_wish wish = {.values = {&value, 1}};
        snprintf(wish.language, sizeof(wish.language), "%s", cases[i].language);
        const char *wording = otp_wording_of(&row, &known, &wish, cases[i].app, &error);
        CHECK((wording != NULL) == (cases[i].path == NULL), "case %zu", i);
        if (cases[i].path != NULL)
            assert_string_equal(error.path, cases[i].path);
    }
}

static void test_text_with_values(void **state)
{
    (void)state;
    struct template_value items[] = {{"name", "{{code}}"}};
    const struct template_values values = {items, COUNT(items)};
    const struct otp_text input = {"123456", "", "en", "{{code}} for {{name}}", 5, "", "shop.example"};
    struct field_error error;
    char out[OTP_TEXT_SIZE];
    assert_true(otp_text(out, &input, &values, &error));
    assert_string_equal(out, "123456 for {{code}}\n@shop.example #123456");
    assert_false(otp_text(out, &input, NULL, &error));
    assert_string_equal(error.path, "variables.name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_are_digits_of_the_wanted_length),
        cmocka_unit_test(test_codes_depend_on_seed_and_key),
        cmocka_unit_test(test_codes_are_evenly_spread),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_wordings_of_ones_own),
        cmocka_unit_test(test_wordings_of_templates),
        cmocka_unit_test(test_text_with_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
