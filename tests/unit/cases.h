// What the tests of common/ share: cmocka with the headers that it needs first, and tables of cases.
#ifndef SMSQUITTO_TESTS_UNIT_CASES_H
#define SMSQUITTO_TESTS_UNIT_CASES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

// Fails the test with a sentence that names the case.
#define CHECK(condition, ...)                                                                                \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            print_error(__VA_ARGS__);                                                                        \
            print_error("\n");                                                                               \
            assert_true(condition);                                                                          \
        }                                                                                                    \
    } while (0)

#endif
