// Codes that people type.
#include "common/code.h"
#include "tests/unit/cases.h"

#include <string.h>

static void test_new_codes_read_back_and_differ(void **state)
{
    char first[CODE_SIZE], code[CODE_SIZE], read[CODE_SIZE];
    (void)state;
    assert_true(code_new(first));
    for (int i = 0; i < 100; i++) {
        assert_true(code_new(code));
        CHECK(strlen(code) == CODE_SIZE - 1 && code[4] == '-' && code[9] == '-' && code[14] == '-', "%s",
              code);
        CHECK(strpbrk(code, "ILOU") == NULL, "%s", code);
        CHECK(code_read(read, code) && strcmp(read, code) == 0, "%s", code);
        assert_string_not_equal(code, first);
    }
}

static void test_reads_what_people_type(void **state)
{
    static const struct {
        const char *typed, *code; // NULL = no code
    } cases[] = {
        {"K3F7-9QXM-2B8R-TN4A", "K3F7-9QXM-2B8R-TN4A"},
        {"k3f79qxm2b8rtn4a", "K3F7-9QXM-2B8R-TN4A"},
        {" k3f7 9qxm 2b8r-tn4a ", "K3F7-9QXM-2B8R-TN4A"},
        {"OoIiLl00-00000000", "0011-1100-0000-0000"},
        {"", NULL},
        {"K3F7-9QXM-2B8R-TN4", NULL},
        {"K3F7-9QXM-2B8R-TN4AA", NULL},
        {"K3F7-9QXM-2B8R-TN4U", NULL},
        {"K3F7-9QXM-2B8R-TN4\xc3\xa4", NULL},
        {"K3F7_9QXM_2B8R_TN4A", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char code[CODE_SIZE] = "untouched";
        bool good = code_read(code, cases[i].typed);
        CHECK(good == (cases[i].code != NULL), "%s", cases[i].typed);
        assert_string_equal(code, cases[i].code != NULL ? cases[i].code : "untouched");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_codes_read_back_and_differ),
        cmocka_unit_test(test_reads_what_people_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
