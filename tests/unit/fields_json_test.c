// What fields_parse takes and refuses, held against JSON as RFC 8259 has it.
#include "tests/unit/cases.h"
#include "tests/unit/json_texts.h"

#include "common/fields.h"

#include <stdlib.h>
#include <string.h>

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
