// The copy and the digits against what printf makes of the same.
#include "tests/unit/cases.h"

#include "common/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void test_copy_is_that_of_printf(void **context)
{
    static const char *const texts[] = {"",         "a",         "1234567",
                                        "12345678", "123456789", "gr\xC3\xBC\xC3\x9F dich"};
    (void)context;
    for (size_t i = 0; i < COUNT(texts); i++) {
        for (size_t size = 1; size <= 16; size++) {
            char expected[17], copy[17];
            memset(expected, '#', sizeof expected);
            memset(copy, '#', sizeof copy);
            (void)!snprintf(expected, size, "%s", texts[i]);
            text_copy(copy, size, texts[i]);
            CHECK(memcmp(copy, expected, strlen(expected) + 1) == 0, "'%s' in %zu", texts[i], size);
            CHECK(copy[size] == '#', "'%s' in %zu: written behind its end", texts[i], size);
        }
    }
}

static void test_copy_of_nothing_is_empty(void **context)
{
    char copy[4] = "abc";
    (void)context;
    text_copy(copy, sizeof copy, NULL);
    assert_string_equal(copy, "");
}

static void check_number(int64_t value)
{
    char expected[32], number[TEXT_NUMBER_SIZE];
    int length = snprintf(expected, sizeof expected, "%" PRId64, value);
    assert_int_equal(text_number(number, value), length);
    assert_string_equal(number, expected);
}

static void test_numbers_are_those_of_printf(void **context)
{
    (void)context;
    check_number(0);
    check_number(INT64_MAX);
    check_number(INT64_MIN);
    for (int64_t power = 1; power <= INT64_MAX / 10; power *= 10) {
        for (int64_t by = -1; by <= 1; by++) {
            check_number(power + by);
            check_number(-power + by);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy_is_that_of_printf),
        cmocka_unit_test(test_copy_of_nothing_is_empty),
        cmocka_unit_test(test_numbers_are_those_of_printf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
