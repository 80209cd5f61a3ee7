// Secrets: form, hash, comparison, clearing.
#include "tests/unit/cases.h"

#include "common/secret.h"

#include <stdio.h>
#include <string.h>

static void test_new_secrets(void **context)
{
    (void)context;
    char one[SECRET_SIZE], two[SECRET_SIZE];
    assert_true(secret_new(one, SECRET_APP_KEY));
    assert_true(secret_new(two, SECRET_APP_KEY));
    assert_memory_equal(one, "sqk_", 4);
    assert_int_equal(strlen(one), SECRET_SIZE - 1);
    assert_int_equal(strspn(one + 4, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
                     SECRET_SIZE - 5);
    assert_string_not_equal(one, two);
}

// Every digit but the first (62^43 is a little more than 2^256) takes every value.
static void test_digits_are_spread(void **context)
{
    (void)context;
    int counts[128] = {0};
    for (int i = 0; i < 2000; i++) {
        char secret[SECRET_SIZE];
        assert_true(secret_new(secret, SECRET_DEVICE_KEY));
        for (const char *c = secret + 5; *c != '\0'; c++)
            counts[(unsigned char)*c]++;
    }
    // 84000 digits, 1355 of each expected, with a deviation of 37.
    for (const char *c = "09AZaz"; *c != '\0'; c++)
        CHECK(counts[(unsigned char)*c] > 1100 && counts[(unsigned char)*c] < 1610, "%c: %d", *c,
              counts[(unsigned char)*c]);
}

static void test_hash(void **context)
{
    (void)context;
    static const struct {
        const char *text, *hex;
    } rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t hash[SECRET_HASH_BYTES];
        char hex[2 * SECRET_HASH_BYTES + 1];
        secret_hash(hash, rows[i].text, strlen(rows[i].text));
        for (int k = 0; k < SECRET_HASH_BYTES; k++)
            snprintf(hex + 2 * k, 3, "%02x", hash[k]);
        assert_string_equal(hex, rows[i].hex);
    }
}

static void test_comparison_sees_every_byte(void **context)
{
    (void)context;
    uint8_t a[SECRET_HASH_BYTES], b[SECRET_HASH_BYTES];
    secret_hash(a, "abc", 3);
    memcpy(b, a, sizeof b);
    assert_true(secret_hash_equal(a, b));
    for (int i = 0; i < SECRET_HASH_BYTES; i++) {
        b[i] ^= 1;
        assert_false(secret_hash_equal(a, b));
        b[i] ^= 1;
    }
}

static void test_clear_and_random(void **context)
{
    (void)context;
    uint8_t memory[700] = {0}, zero[700] = {0};
    assert_true(secret_random(memory, sizeof memory));
    assert_memory_not_equal(memory, zero, 64);
    assert_memory_not_equal(memory + 636, zero, 64);
    secret_clear(memory, sizeof memory);
    assert_memory_equal(memory, zero, sizeof memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_secrets),
        cmocka_unit_test(test_digits_are_spread),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_comparison_sees_every_byte),
        cmocka_unit_test(test_clear_and_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
