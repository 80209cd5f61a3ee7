// The clocks agree with those of the C library.
#include "tests/unit/cases.h"

#include "common/clock.h"

#include <time.h>

static void test_wall_clock(void **context)
{
    (void)context;
    time_t before = time(NULL);
    int64_t now_ms = clock_wall_ms();
    assert_true(now_ms >= (int64_t)before * 1000 - 1000);
    assert_true(now_ms <= ((int64_t)time(NULL) + 1) * 1000 + 1000);
}

static void test_monotonic_clock(void **context)
{
    (void)context;
    int64_t last = clock_mono_ms();
    for (int64_t end = last + 5; last < end;) {
        int64_t now = clock_mono_ms();
        assert_true(now >= last);
        last = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wall_clock),
        cmocka_unit_test(test_monotonic_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
