// Tokens of SMSGate's API: RFC 7515's rules for HS256.
#include "bridge/smsgate/jwt.h"

#include "tests/unit/cases.h"

#include <stdlib.h>
#include <string.h>

// {"jti": "TK1", "exp": 100} with HS256, and with HS512.
#define FOREIGN                                                                                              \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJqdGkiOiJUSzEiLCJleHAiOjEwMH0.Q"                                 \
    "4IdUMyyJ2aFWgyMmfpDOdufkYHj5PDFG4FagX4AdNg"
#define HS512                                                                                                \
    "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJqdGkiOiJUSzEiLCJleHAiOjEwMH0.M"                                 \
    "7sV8XJ5xHhqjsRX0pimNKdYtJKt1Yglv0HutBtolwpc0rXAq-c1qH6dPno-jNCJd00B3zEDOE6fPWVXA82W6g"

static const uint8_t KEY[JWT_KEY_BYTES] = "0123456789abcdef0123456789abcdef", OTHER[JWT_KEY_BYTES] = "x";

static json_t *claims(int64_t exp)
{
    return json_pack("{s:s, s:I}", "jti", "TK1", "exp", (json_int_t)exp);
}

static char *token(int64_t exp)
{
    json_t *json = claims(exp);
    char *text = jwt_write(KEY, json);
    json_decref(json);
    return text;
}

static void test_round_trip(void **state)
{
    (void)state;
    char *text = token(100);
    json_t *json = jwt_read(KEY, text, 99999), *wanted = claims(100);
    assert_true(json_equal(json, wanted));
    json_decref(json);
    json_decref(wanted);
    free(text);
}

// Signed by another implementation (PyJWT) with the same key.
static void test_foreign_token(void **state)
{
    (void)state;
    json_t *json = jwt_read(KEY, FOREIGN, 0);
    assert_string_equal(json_string_value(json_object_get(json, "jti")), "TK1");
    json_decref(json);
}

static void test_over_or_of_another_key(void **state)
{
    (void)state;
    char *text = token(100);
    assert_null(jwt_read(KEY, text, 100000));
    assert_null(jwt_read(OTHER, text, 0));
    free(text);
}

static void test_every_changed_character_is_seen(void **state)
{
    (void)state;
    char *text = token(100);
    for (size_t i = 0; text[i] != '\0'; i++) {
        char kept = text[i];
        text[i] = kept == 'A' ? 'B' : 'A';
        json_t *json = jwt_read(KEY, text, 0);
        // The last character of a signature has two bits that say nothing.
        CHECK(json == NULL || text[i + 1] == '\0', "character %zu", i);
        json_decref(json);
        text[i] = kept;
    }
    free(text);
}

static void test_what_is_no_token(void **state)
{
    static const char *const CASES[] = {"", ".", "..", "...", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", HS512};
    char longest[JWT_MAX + 2];
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++)
        CHECK(jwt_read(KEY, CASES[i], 0) == NULL, "%s", CASES[i]);
    memset(longest, 'A', sizeof(longest));
    longest[1] = longest[3] = '.';
    longest[sizeof(longest) - 1] = '\0';
    assert_null(jwt_read(KEY, longest, 0));
}

static void test_too_much_to_say(void **state)
{
    char text[JWT_MAX + 1];
    (void)state;
    memset(text, 'x', JWT_MAX);
    text[JWT_MAX] = '\0';
    json_t *json = json_pack("{s:s}", "x", text);
    assert_null(jwt_write(KEY, json));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),       cmocka_unit_test(test_foreign_token),
        cmocka_unit_test(test_what_is_no_token), cmocka_unit_test(test_over_or_of_another_key),
        cmocka_unit_test(test_too_much_to_say),  cmocka_unit_test(test_every_changed_character_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
