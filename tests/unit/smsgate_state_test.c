// SMSGate's states, made of ours.
#include "bridge/smsgate/state.h"

#include "tests/unit/cases.h"

#include <string.h>

static void test_each_of_ours_has_one(void **state)
{
    static const struct {
        enum state ours;
        bool cancelling;
        const char *theirs;
    } CASES[] = {
        {STATE_SCHEDULED, false, "Pending"},
        {STATE_QUEUED, false, "Pending"},
        {STATE_HELD, false, "Pending"},
        {STATE_DISPATCHED, false, "Pending"},
        {STATE_DISPATCHED, true, "Cancelling"},
        {STATE_ACCEPTED, false, "Processed"},
        {STATE_ACCEPTED, true, "Cancelling"},
        {STATE_SENT, false, "Sent"},
        {STATE_SENT, true, "Sent"},
        {STATE_DELIVERED, false, "Delivered"},
        {STATE_UNDELIVERED, false, "Failed"},
        {STATE_FAILED, false, "Failed"},
        {STATE_EXPIRED, false, "Failed"},
        {STATE_CANCELLED, true, "Cancelled"},
        {STATE_UNKNOWN, false, "Failed"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++)
        CHECK(strcmp(smsgate_state_name(smsgate_state_of(CASES[i].ours, CASES[i].cancelling)),
                     CASES[i].theirs) == 0,
              "%s", state_name(CASES[i].ours));
}

static void test_join(void **state)
{
    static const struct {
        int64_t counts[SMSGATE_STATES]; // pending, cancelling, processed, sent, delivered, failed, cancelled
        enum smsgate_state joined;
    } CASES[] = {
        {{1, 0, 0, 5, 0, 0, 0}, SMSGATE_PENDING},   {{0, 1, 1, 0, 0, 0, 0}, SMSGATE_CANCELLING},
        {{0, 0, 1, 0, 3, 0, 0}, SMSGATE_PROCESSED}, {{0, 0, 0, 1, 2, 0, 0}, SMSGATE_SENT},
        {{0, 0, 0, 0, 2, 0, 0}, SMSGATE_DELIVERED}, {{0, 0, 0, 0, 2, 1, 0}, SMSGATE_SENT},
        {{0, 0, 0, 0, 0, 3, 0}, SMSGATE_FAILED},    {{0, 0, 0, 0, 0, 0, 2}, SMSGATE_CANCELLED},
        {{0, 0, 0, 0, 0, 1, 2}, SMSGATE_FAILED},    {{0, 0, 0, 0, 1, 0, 2}, SMSGATE_SENT},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++)
        CHECK(smsgate_state_join(CASES[i].counts) == CASES[i].joined, "case %zu", i);
}

static void test_names_are_read_back(void **state)
{
    enum smsgate_state parsed;
    (void)state;
    for (int i = 0; i < SMSGATE_STATES; i++) {
        assert_true(smsgate_state_parse(&parsed, smsgate_state_name((enum smsgate_state)i)));
        assert_int_equal(parsed, i);
    }
    assert_false(smsgate_state_parse(&parsed, "pending"));
    assert_false(smsgate_state_parse(&parsed, ""));
}

static void test_time_of_the_first(void **state)
{
    const int64_t at[STATE_RECEIVED + 1] = {
        [STATE_SCHEDULED] = 10, [STATE_QUEUED] = 7, [STATE_ACCEPTED] = 20, [STATE_EXPIRED] = 30};
    (void)state;
    assert_int_equal(smsgate_state_at(SMSGATE_PENDING, at), 7);
    assert_int_equal(smsgate_state_at(SMSGATE_PROCESSED, at), 20);
    assert_int_equal(smsgate_state_at(SMSGATE_FAILED, at), 30);
    assert_int_equal(smsgate_state_at(SMSGATE_SENT, at), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_of_ours_has_one),
        cmocka_unit_test(test_join),
        cmocka_unit_test(test_names_are_read_back),
        cmocka_unit_test(test_time_of_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
