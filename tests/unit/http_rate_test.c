// Token buckets: bursts, refill, batches that overdraw, and many keys beside each other.
#include "tests/unit/cases.h"

#include "bridge/http/rate.h"

enum { PER_MINUTE = 60, KEYS = 5000 };

static int set_up(void **state)
{
    *state = rate_new();
    return *state != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    rate_free(*state);
    return 0;
}

static void test_burst_is_a_minutes_worth(void **state)
{
    for (int i = 0; i < PER_MINUTE; i++) {
        struct rate_answer answer = rate_take(*state, 7, PER_MINUTE, 1, 1000);
        CHECK(answer.allowed && answer.remaining == PER_MINUTE - 1 - i, "take %d", i);
    }
    struct rate_answer answer = rate_take(*state, 7, PER_MINUTE, 1, 1000);
    assert_false(answer.allowed);
    assert_int_equal(answer.remaining, 0);
    assert_in_range(answer.wait_s, 1, 2); // a token a second
}

static void test_refused_take_costs_nothing(void **state)
{
    assert_true(rate_take(*state, 7, PER_MINUTE, PER_MINUTE, 1000).allowed);
    for (int i = 0; i < 100; i++)
        assert_false(rate_take(*state, 7, PER_MINUTE, 1, 1000).allowed);
    assert_true(rate_take(*state, 7, PER_MINUTE, 1, 2000).allowed);
}

// Whoever waits as long as the answer says is served.
static void test_wait_is_long_enough(void **state)
{
    static const int64_t rates[] = {1, 7, 60, 100, 6000};
    for (size_t i = 0; i < COUNT(rates); i++) {
        int64_t key = 100 + (int64_t)i, now = 1000;
        struct rate_answer answer = rate_take(*state, key, rates[i], rates[i], now);
        now += answer.wait_s * 1000;
        CHECK(rate_take(*state, key, rates[i], 1, now).allowed, "at %lld a minute, after %lld s",
              (long long)rates[i], (long long)answer.wait_s);
    }
}

static void test_batch_overdraws_and_is_paid_back(void **state)
{
    assert_true(rate_take(*state, 7, PER_MINUTE, 2 * PER_MINUTE, 1000).allowed);
    struct rate_answer answer = rate_take(*state, 7, PER_MINUTE, 0, 1000 + 30000);
    assert_in_range(answer.wait_s, 31, 32);
    assert_false(rate_take(*state, 7, PER_MINUTE, 1, 1000 + 60000).allowed);
    assert_true(rate_take(*state, 7, PER_MINUTE, 1, 1000 + 61001).allowed);
}

// A key that rests for a day has a minute's worth, not a day's.
static void test_full_bucket_does_not_grow(void **state)
{
    assert_true(rate_take(*state, 7, PER_MINUTE, 1, 1000).allowed);
    assert_int_equal(rate_take(*state, 7, PER_MINUTE, 0, 86400000).remaining, PER_MINUTE);
    assert_int_equal(rate_take(*state, 7, 10, 0, 86400000).remaining, 10); // the rate was lowered
}

static void test_clock_that_stands_or_goes_back_gives_nothing(void **state)
{
    assert_true(rate_take(*state, 7, PER_MINUTE, PER_MINUTE, 100000).allowed);
    assert_false(rate_take(*state, 7, PER_MINUTE, 1, 100000).allowed);
    assert_false(rate_take(*state, 7, PER_MINUTE, 1, 1000).allowed);
}

// Negative keys are buckets of their own too (guess.c).
static void test_keys_do_not_share(void **state)
{
    for (int64_t key = 1; key <= KEYS; key++) {
        assert_true(rate_take(*state, key, 1, 1, 1000).allowed);
        assert_true(rate_take(*state, -key, 1, 1, 1000).allowed);
    }
    for (int64_t key = 1; key <= KEYS; key++) {
        CHECK(!rate_take(*state, key, 1, 1, 1000).allowed, "key %lld has forgotten", (long long)key);
        CHECK(!rate_take(*state, -key, 1, 1, 1000).allowed, "key %lld has forgotten", (long long)-key);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_burst_is_a_minutes_worth),  TEST(test_refused_take_costs_nothing),
        TEST(test_wait_is_long_enough),       TEST(test_batch_overdraws_and_is_paid_back),
        TEST(test_full_bucket_does_not_grow), TEST(test_clock_that_stands_or_goes_back_gives_nothing),
        TEST(test_keys_do_not_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
