// The window of uplinks: what is due, receipts, repeats, back-off.
#include "device/uplink.h"

#include "device/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct uplink with(int64_t count)
{
    struct uplink uplink;
    uplink_init(&uplink, 1, 1);
    for (int64_t i = 1; i <= count; i++)
        assert_int_equal(uplink_add(&uplink), i);
    return uplink;
}

static struct uplink sent(int64_t count, int64_t now_ms)
{
    struct uplink uplink = with(count);
    uplink_online(&uplink, now_ms);
    uplink_sent(&uplink, count, now_ms);
    return uplink;
}

static void assert_due(const struct uplink *uplink, int64_t now_ms, int64_t from, int64_t to)
{
    int64_t first = 0, last = -1;
    assert_int_equal(uplink_due(uplink, &first, &last, now_ms), from <= to);
    if (from <= to) {
        assert_int_equal(first, from);
        assert_int_equal(last, to);
    }
}

static void test_nothing_is_due_offline(void **state)
{
    (void)state;
    struct uplink uplink = with(3);
    assert_due(&uplink, 0, 1, 0);
    assert_int_equal(uplink_deadline(&uplink), INT64_MAX);
    uplink_online(&uplink, 5);
    assert_due(&uplink, 5, 1, 3);
}

static void test_window_bounds_what_is_on_the_way(void **state)
{
    (void)state;
    struct uplink uplink = with(UPLINK_WINDOW + 50);
    uplink_online(&uplink, 0);
    assert_due(&uplink, 0, 1, UPLINK_WINDOW);
    uplink_sent(&uplink, UPLINK_WINDOW, 0);
    assert_due(&uplink, 0, 1, 0);
    assert_true(uplink_receipt(&uplink, 30, 1));
    assert_due(&uplink, 1, UPLINK_WINDOW + 1, UPLINK_WINDOW + 30);
}

static void test_repeat_without_progress(void **state)
{
    (void)state;
    struct uplink uplink = sent(10, 0);
    uplink_receipt(&uplink, 4, 1000);
    assert_int_equal(uplink_deadline(&uplink), 1000 + UPLINK_REPEAT_MS);
    uplink_tick(&uplink, 999 + UPLINK_REPEAT_MS, 0);
    assert_due(&uplink, 999 + UPLINK_REPEAT_MS, 1, 0);
    uplink_tick(&uplink, 1000 + UPLINK_REPEAT_MS, 0);
    assert_due(&uplink, 1000 + UPLINK_REPEAT_MS, 5, 10);
}

static void test_repeats_back_off_to_a_minute(void **state)
{
    (void)state;
    struct uplink uplink = sent(1, 0);
    int64_t now_ms = 0, wait_ms = 0;
    for (int i = 0; i < 10; i++) {
        wait_ms = uplink_deadline(&uplink) - now_ms;
        now_ms += wait_ms;
        uplink_tick(&uplink, now_ms, 0);
        assert_due(&uplink, now_ms, 1, 1);
        uplink_sent(&uplink, 1, now_ms);
    }
    assert_int_equal(wait_ms, UPLINK_REPEAT_MAX_MS);
    uplink_add(&uplink);
    uplink_receipt(&uplink, 1, now_ms);
    uplink_sent(&uplink, 2, now_ms);
    assert_int_equal(uplink_deadline(&uplink) - now_ms, UPLINK_REPEAT_MS);
}

static void test_bridge_asks_by_a_late_receipt(void **state)
{
    (void)state;
    struct uplink uplink = sent(10, 0);
    uplink_receipt(&uplink, 0, UPLINK_ASKED_MS);
    assert_due(&uplink, UPLINK_ASKED_MS, 1, 0);
    uplink_receipt(&uplink, 0, UPLINK_ASKED_MS + 1);
    assert_due(&uplink, UPLINK_ASKED_MS + 1, 1, 10);
}

static void test_reconnect_sends_all_without_a_receipt(void **state)
{
    (void)state;
    struct uplink uplink = sent(10, 0);
    uplink_receipt(&uplink, 7, 1);
    uplink_offline(&uplink);
    assert_due(&uplink, 2, 1, 0);
    uplink_online(&uplink, 3);
    assert_due(&uplink, 3, 8, 10);
}

static void test_refusal_holds(void **state)
{
    (void)state;
    struct uplink uplink = sent(3, 0);
    uplink_refused(&uplink, 100, 0);
    assert_due(&uplink, 100, 1, 0);
    int64_t again_ms = uplink_deadline(&uplink);
    assert_true(again_ms >= 100 + UPLINK_REPEAT_MS / 2);
    uplink_refused(&uplink, 101, 0); // one refusal for each publish on the way counts once
    assert_int_equal(uplink_deadline(&uplink), again_ms);
    assert_due(&uplink, again_ms, 1, 3);
}

static void test_receipts_that_mean_nothing(void **state)
{
    (void)state;
    struct uplink uplink = sent(3, 0);
    assert_false(uplink_receipt(&uplink, 0, 1));
    assert_true(uplink_receipt(&uplink, 99, 1));
    assert_int_equal(uplink.acked, 3);
    assert_false(uplink_receipt(&uplink, 2, 1));
    assert_int_equal(uplink.acked, 3);
}

static void test_starts_where_the_journal_ended(void **state)
{
    (void)state;
    struct uplink uplink;
    uplink_init(&uplink, 5, 8);
    uplink_online(&uplink, 0);
    assert_due(&uplink, 0, 5, 7);
    assert_int_equal(uplink_add(&uplink), 8);
}

static void test_backoff_doubles_with_jitter(void **state)
{
    (void)state;
    struct backoff backoff = {.first_ms = 1000, .max_ms = 60000};
    for (int64_t step = 1000; step < 100000; step *= 2) {
        int64_t most = step < 60000 ? step : 60000;
        struct backoff low = backoff;
        assert_int_equal(backoff_next(&low, 0), most - most / 2);
        assert_int_equal(backoff_next(&backoff, (uint32_t)(most / 2)), most);
    }
    backoff_reset(&backoff);
    assert_true(backoff_next(&backoff, UINT32_MAX) <= 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_due_offline),
        cmocka_unit_test(test_window_bounds_what_is_on_the_way),
        cmocka_unit_test(test_repeat_without_progress),
        cmocka_unit_test(test_repeats_back_off_to_a_minute),
        cmocka_unit_test(test_bridge_asks_by_a_late_receipt),
        cmocka_unit_test(test_reconnect_sends_all_without_a_receipt),
        cmocka_unit_test(test_refusal_holds),
        cmocka_unit_test(test_receipts_that_mean_nothing),
        cmocka_unit_test(test_starts_where_the_journal_ended),
        cmocka_unit_test(test_backoff_doubles_with_jitter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
