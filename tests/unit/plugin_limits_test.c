// Buckets and rations, on a clock of the test.
#include "plugin/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int take_many(struct bucket *bucket, int64_t rate, int64_t burst, int64_t now_ms, int tries)
{
    int taken = 0;
    for (int i = 0; i < tries; i++)
        taken += bucket_take(bucket, rate, burst, now_ms);
    return taken;
}

static void test_burst_then_rate(void **unused)
{
    (void)unused;
    struct bucket bucket = {0};
    assert_int_equal(take_many(&bucket, 100, 400, 1000, 1000), 400);
    assert_int_equal(take_many(&bucket, 100, 400, 1009, 10), 0);
    assert_int_equal(take_many(&bucket, 100, 400, 1010, 10), 1);
    assert_int_equal(take_many(&bucket, 100, 400, 2010, 1000), 100);
    assert_int_equal(take_many(&bucket, 100, 400, 6010, 1000), 400);
    assert_int_equal(take_many(&bucket, 100, 400, INT64_MAX, 1000), 400);
}

static void test_steady_rate_is_never_refused(void **unused)
{
    (void)unused;
    struct bucket bucket = {0};
    for (int64_t now_ms = 0; now_ms < 60000; now_ms += 10)
        assert_true(bucket_take(&bucket, 100, 1, now_ms));
}

static void test_clock_that_stands_or_steps_back(void **unused)
{
    (void)unused;
    struct bucket bucket = {0};
    assert_int_equal(take_many(&bucket, 10, 5, 5000, 10), 5);
    assert_int_equal(take_many(&bucket, 10, 5, 1000, 10), 0);
    assert_int_equal(take_many(&bucket, 10, 5, 1100, 10), 1);
}

static void test_extremes(void **unused)
{
    (void)unused;
    struct bucket bucket = {0};
    assert_int_equal(take_many(&bucket, 0, 1, 1000, 1000), 1000);
    assert_int_equal(take_many(&bucket, 1000000, 1000000, 1000, 1000), 1000);
    assert_true(bucket_take(&bucket, 1000000, 1000000, INT64_MAX));
}

static void test_ration(void **unused)
{
    (void)unused;
    struct ration ration = {0};
    uint64_t withheld = 99;
    for (int i = 0; i < RATION_LINES; i++) {
        assert_true(ration_take(&ration, &withheld, 100000));
        assert_int_equal(withheld, 0);
    }
    for (int i = 0; i < 1000; i++)
        assert_false(ration_take(&ration, &withheld, 100000 + i));
    assert_true(ration_take(&ration, &withheld, 100000 + RATION_WINDOW_MS));
    assert_int_equal(withheld, 1000);
    assert_true(ration_take(&ration, &withheld, 100000 + RATION_WINDOW_MS));
    assert_int_equal(withheld, 0);
}

static void test_ration_settles_after_the_window(void **unused)
{
    (void)unused;
    struct ration ration = {0};
    uint64_t withheld;
    for (int i = 0; i < RATION_LINES + 5; i++)
        ration_take(&ration, &withheld, 100000);
    assert_int_equal(ration_settle(&ration, 100000 + RATION_WINDOW_MS - 1), 0);
    assert_int_equal(ration_settle(&ration, 100000 + RATION_WINDOW_MS), 5);
    assert_int_equal(ration_settle(&ration, 100000 + RATION_WINDOW_MS), 0);
}

static void test_names(void **unused)
{
    (void)unused;
    assert_string_equal(refusal_name(REFUSED_LOGIN), "login");
    assert_string_equal(refusal_name(REFUSED_RETAIN), "retain");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst_then_rate),
        cmocka_unit_test(test_steady_rate_is_never_refused),
        cmocka_unit_test(test_clock_that_stands_or_steps_back),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_ration),
        cmocka_unit_test(test_ration_settles_after_the_window),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
