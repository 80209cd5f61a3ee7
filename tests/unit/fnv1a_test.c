// FNV-1a against what its authors publish.
#include "common/fnv1a.h"
#include "tests/unit/cases.h"

static const struct {
    const char *word;
    uint64_t hash;
} PUBLISHED[] = {
    {"", 0xcbf29ce484222325},
    {"a", 0xaf63dc4c8601ec8c},
    {"b", 0xaf63df4c8601f1a5},
    {"foo", 0xdcb27518fed9d577},
    {"fooba", 0xcac165afa2fef40a},
    {"foobar", 0x85944171f73967e8},
    {"chongo was here!\n", 0x46810940eff5f915},
};

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(PUBLISHED); i++)
        CHECK(fnv1a(PUBLISHED[i].word) == PUBLISHED[i].hash, "%s", PUBLISHED[i].word);
}

static void test_a_byte_above_127_is_not_negative(void **state)
{
    (void)state;
    assert_int_equal(fnv1a("\xff"), (FNV1A_START ^ 0xff) * UINT64_C(0x100000001b3));
}

static void test_bytes_in_pieces(void **state)
{
    (void)state;
    assert_int_equal(fnv1a_add(FNV1A_START, "", 0), FNV1A_START);
    uint64_t hash = fnv1a_add(FNV1A_START, "foobar", 2);
    assert_int_equal(fnv1a_add(hash, "obar", 4), fnv1a("foobar"));
    assert_int_equal(fnv1a_add(FNV1A_START, "\0", 1), UINT64_C(0xaf63bd4c8601b7df));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_a_byte_above_127_is_not_negative),
        cmocka_unit_test(test_bytes_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
