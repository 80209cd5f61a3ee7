// Phone numbers of several countries, and what must never pass.
#include "tests/unit/cases.h"

#include "common/number.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *text, *country;
    enum number_status status;
    const char *e164, *region;
} rows[] = {
    {"+4917012345678", NULL, NUMBER_OK, "+4917012345678", "DE"},
    {"+4917012345678", "", NUMBER_OK, "+4917012345678", "DE"},
    {"+4917012345678", "US", NUMBER_OK, "+4917012345678", "DE"},
    {"0170 1234567", "DE", NUMBER_OK, "+491701234567", "DE"},
    {"(0170) 123-45.67", "DE", NUMBER_OK, "+491701234567", "DE"},
    {"0170/1234567", "DE", NUMBER_OK, "+491701234567", "DE"},
    {" (+49) 170 1234567 ", "", NUMBER_OK, "+491701234567", "DE"},
    {"0049 170 1234567", "", NUMBER_OK, "+491701234567", "DE"},
    {"0049 170 1234567", "US", NUMBER_OK, "+491701234567", "DE"},
    {"+44 (0)20 7946 0958", "", NUMBER_OK, "+442079460958", "GB"},
    {"011 44 20 7946 0958", "US", NUMBER_OK, "+442079460958", "GB"},
    {"415-555-2671", "US", NUMBER_OK, "+14155552671", "US"},
    {"1 415 555 2671", "US", NUMBER_OK, "+14155552671", "US"},
    {"+1 416 555 0123", "", NUMBER_OK, "+14165550123", "CA"},
    {"06 12 34 56 78", "FR", NUMBER_OK, "+33612345678", "FR"},
    {"+39 06 1234 5678", "", NUMBER_OK, "+390612345678", "IT"}, // the zero stays
    {"+55 11 98765-4321", "", NUMBER_OK, "+5511987654321", "BR"},
    {"+86 138 1234 5678", "", NUMBER_OK, "+8613812345678", "CN"},
    {"090-1234-5678", "JP", NUMBER_OK, "+819012345678", "JP"},
    {"+91 98765 43210", "", NUMBER_OK, "+919876543210", "IN"},
    {"+683 4002", "", NUMBER_OK, "+6834002", "NU"}, // one of the shortest
    {"+800 1234 5678", "", NUMBER_OK, "+80012345678", ""},
    {"0170 1234567", "", NUMBER_NEEDS_COUNTRY, NULL, NULL},
    {"0170 1234567", "XX", NUMBER_NEEDS_COUNTRY, NULL, NULL},
    {"+999 123456789", "", NUMBER_UNKNOWN_COUNTRY, NULL, NULL},
    {"+4915", "", NUMBER_TOO_SHORT, NULL, NULL},
    {"1", "DE", NUMBER_TOO_SHORT, NULL, NULL},
    {"+491701234567890123", "", NUMBER_TOO_LONG, NULL, NULL},
    {"+1234567890123456789012345678901234567890", "", NUMBER_TOO_LONG, NULL, NULL},
    {"+441632960961", "", NUMBER_INVALID, NULL, NULL}, // for films only
    {"+1 123 456 7890", "", NUMBER_INVALID, NULL, NULL},
    // Emergency numbers and short codes.
    {"110", "DE", NUMBER_TOO_SHORT, NULL, NULL},
    {"112", "DE", NUMBER_TOO_SHORT, NULL, NULL},
    {"911", "US", NUMBER_TOO_SHORT, NULL, NULL},
    {"999", "GB", NUMBER_TOO_SHORT, NULL, NULL},
    {"12345", "US", NUMBER_TOO_SHORT, NULL, NULL},
    {"72404", "DE", NUMBER_INVALID, NULL, NULL},
    // What a phone would take for a command, and what is no number at all.
    {"*#06#", "DE", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"*101#", "DE", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"**21*+491701234567#", "DE", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"+491701234567#", "DE", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"+49170123456p7", "DE", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"+49170123,4567", "DE", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"+49170123;4567", "DE", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"1-800-FLOWERS", "US", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"+1 415 555 2671 x123", "", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"+1 415 555 2671 ext. 123", "", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"tel:+14155552671", "", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"+1415555\n2671", "", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"+1415555\t2671", "", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"++14155552671", "", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"+1415+5552671", "", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"14155552671+", "US", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"+\xd9\xa1\xd9\xa4\xd9\xa1\xd9\xa5", "", NUMBER_NOT_A_NUMBER, NULL, NULL}, // Arabic digits
    {"\xef\xbc\x8b"
     "14155552671",
     "", NUMBER_NOT_A_NUMBER, NULL, NULL}, // a wide plus
    {"", "", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"+", "", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {" - ", "", NUMBER_NOT_A_NUMBER, NULL, NULL},
    {"00", "DE", NUMBER_NOT_A_NUMBER, NULL, NULL},
};

static void test_numbers(void **context)
{
    (void)context;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[NUMBER_SIZE] = "same", region[3];
        enum number_status status =
            number_normalize(out, rows[i].text, strlen(rows[i].text), rows[i].country);
        CHECK(status == rows[i].status, "%s: %s", rows[i].text, number_status_text(status));
        assert_string_equal(out, status == NUMBER_OK ? rows[i].e164 : "same");
        if (status != NUMBER_OK)
            continue;
        number_region(region, out);
        assert_string_equal(region, rows[i].region);
        char again[NUMBER_SIZE];
        assert_int_equal(number_normalize(again, out, strlen(out), NULL), NUMBER_OK);
        assert_string_equal(again, out);
    }
}

static void test_slices(void **context)
{
    (void)context;
    char out[NUMBER_SIZE];
    assert_int_equal(number_normalize(out, "+14155552671x123", 12, NULL), NUMBER_OK);
    assert_string_equal(out, "+14155552671");
    assert_int_equal(number_normalize(out, "+1415555\0002671", 13, NULL), NUMBER_NOT_A_NUMBER);
}

// A number that was read before under one country means another one, or none, under another.
static void test_remembered_numbers_keep_their_country(void **context)
{
    (void)context;
    static const struct {
        const char *text, *country, *e164;
    } cases[] = {{"0151 23456789", "DE", "+4915123456789"},
                 {"0151 23456789", NULL, NULL},
                 {"0151 23456789", "DE", "+4915123456789"},
                 {"020 7183 8750", "GB", "+442071838750"},
                 {"020 7183 8750", "NL", NULL},
                 {"(020) 71838750", "GB", "+442071838750"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char out[NUMBER_SIZE] = "unwritten";
        enum number_status status =
            number_normalize(out, cases[i].text, strlen(cases[i].text), cases[i].country);
        CHECK((status == NUMBER_OK) == (cases[i].e164 != NULL), "%s in %s", cases[i].text, cases[i].country);
        assert_string_equal(out, cases[i].e164 != NULL ? cases[i].e164 : "unwritten");
    }
}

static void test_texts_of_statuses(void **context)
{
    (void)context;
    for (int i = NUMBER_OK; i <= NUMBER_INVALID; i++)
        assert_true(strlen(number_status_text((enum number_status)i)) > 5);
    assert_string_equal(number_status_text(NUMBER_TOO_SHORT), "has too few digits for its country");
}

static void test_regions(void **context)
{
    (void)context;
    static const char *const nowhere[] = {"", "+", "abc", "+999123", "4917012345678"};
    for (size_t i = 0; i < COUNT(nowhere); i++) {
        char region[3] = "XX";
        number_region(region, nowhere[i]);
        CHECK(region[0] == '\0', "%s is in %s", nowhere[i], region);
    }
}

static void test_countries(void **context)
{
    (void)context;
    static const char *const known[] = {"DE", "US", "GB", "IN", "NU", "XK"};
    static const char *const unknown[] = {"", "D", "de", "XX", "ZZ", "001", "DEU"};
    for (size_t i = 0; i < COUNT(known); i++)
        CHECK(number_country_known(known[i]), "%s", known[i]);
    for (size_t i = 0; i < COUNT(unknown); i++)
        CHECK(!number_country_known(unknown[i]), "%s", unknown[i]);
}

// What was read lately is remembered, and some places are shared by more numbers than they hold.
static void test_remembered_numbers_are_not_mixed_up(void **state)
{
    enum { NUMBERS = 12000, ROUNDS = 2 };
    (void)state;
    for (int i = 0; i < ROUNDS * NUMBERS; i++) {
        char given[NUMBER_SIZE], wanted[NUMBER_SIZE], out[NUMBER_SIZE];
        bool german = i % 2 == 0;
        snprintf(given, sizeof(given), "0151%08d", i % NUMBERS);
        snprintf(wanted, sizeof(wanted), "+49151%08d", i % NUMBERS);
        enum number_status status = number_normalize(out, given, strlen(given), german ? "DE" : "US");
        CHECK(german ? status == NUMBER_OK && strcmp(out, wanted) == 0 : status != NUMBER_OK, "%s", given);
        status = number_normalize(out, wanted, strlen(wanted), "");
        CHECK(status == NUMBER_OK && strcmp(out, wanted) == 0, "%s", wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_texts_of_statuses),
        cmocka_unit_test(test_regions),
        cmocka_unit_test(test_countries),
        cmocka_unit_test(test_remembered_numbers_keep_their_country),
        cmocka_unit_test(test_remembered_numbers_are_not_mixed_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
