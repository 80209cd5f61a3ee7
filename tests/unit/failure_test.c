// The table of failure codes, and that the page on it says the same.
#include "common/failure.h"

#include "tests/unit/cases.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const KINDS[] = {
    [WIRE_ERROR_TEMPORARY] = "temporary",
    [WIRE_ERROR_PERMANENT] = "permanent",
    [WIRE_ERROR_LIMIT] = "limit",
};

static void test_codes_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        enum wire_error_kind kind;
        const char *number;
    } cases[] = {
        {"cause-1", WIRE_ERROR_PERMANENT, "unknown_number"},
        {"cause-8", WIRE_ERROR_PERMANENT, NULL},
        {"cause-30", WIRE_ERROR_PERMANENT, NULL},
        {"cause-38", WIRE_ERROR_TEMPORARY, NULL},
        {"cause-42", WIRE_ERROR_LIMIT, NULL},
        {"cause-196", WIRE_ERROR_PERMANENT, "blocked"},
        {"RESULT_ERROR_NO_SERVICE", WIRE_ERROR_TEMPORARY, NULL},
        {"RESULT_ERROR_LIMIT_EXCEEDED", WIRE_ERROR_LIMIT, NULL},
        {"gammu-26", WIRE_ERROR_LIMIT, NULL},
        {"cause-", WIRE_ERROR_TEMPORARY, NULL},
        {"cause-10000", WIRE_ERROR_TEMPORARY, NULL},
        {"", WIRE_ERROR_TEMPORARY, NULL},
        {NULL, WIRE_ERROR_TEMPORARY, NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *number = failure_number(cases[i].code);
        CHECK(failure_kind(cases[i].code) == cases[i].kind, "kind of case %zu", i);
        CHECK((number == NULL) == (cases[i].number == NULL), "number of case %zu", i);
        if (number != NULL)
            assert_string_equal(number, cases[i].number);
    }
}

static void test_each_code_stands_once_and_fits_a_report(void **state)
{
    (void)state;
    for (size_t i = 0; failure_at(i) != NULL; i++) {
        CHECK(failure_find(failure_at(i)->code) == failure_at(i), "%s stands twice", failure_at(i)->code);
        assert_in_range(strlen(failure_at(i)->code), 1, WIRE_WORD_MAX_BYTES);
    }
}

// The cells of a row "| `code` | meaning | kind | number |"; false for other lines.
static bool read_row(char *line, char *cells[4])
{
    if (strncmp(line, "| `", 3) != 0)
        return false;
    char *at = line + 1;
    for (size_t i = 0; i < 4; i++) {
        cells[i] = at + strspn(at, " `");
        at = strchr(at, '|');
        if (at == NULL)
            return false;
        *at++ = '\0';
        cells[i][strcspn(cells[i], " `")] = '\0';
    }
    return true;
}

static void test_page_says_the_same(void **state)
{
    (void)state;
    FILE *page = fopen(SOURCE_DIR "/docs/failures.md", "r");
    assert_non_null(page);
    char *line = NULL, *cells[4];
    size_t size = 0, row = 0;
    while (getline(&line, &size, page) >= 0) {
        if (!read_row(line, cells))
            continue;
        const struct failure *failure = failure_at(row++);
        CHECK(failure != NULL, "only the page has %s", cells[0]);
        assert_string_equal(cells[0], failure->code);
        assert_string_equal(cells[2], KINDS[failure->kind]);
        assert_string_equal(cells[3], failure->number != NULL ? failure->number : "");
    }
    assert_null(failure_at(row));
    free(line);
    fclose(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_are_found),
        cmocka_unit_test(test_each_code_stands_once_and_fits_a_report),
        cmocka_unit_test(test_page_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
