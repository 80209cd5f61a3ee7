// The rules of a message on the device.
#include "device/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ID "SM0190a0b0c0d0700080000000000000aa"
enum { NOW = 1000, LATER = 2000, LEASE_END = 5000, END = 9000 };

static struct wire_send send_of(int64_t lease, int64_t qos)
{
    return (struct wire_send){.id = ID,
                              .lease = lease,
                              .to = "+15551234567",
                              .text = "x",
                              .qos = qos,
                              .expires_at = END,
                              .lease_until = LEASE_END,
                              .report = true};
}

static struct message begun(int64_t qos)
{
    struct message message;
    struct wire_send send = send_of(3, qos);
    assert_int_equal(message_on_send(&message, false, &send, NOW), MESSAGE_REPORT);
    return message;
}

static struct message in_radio(int64_t qos)
{
    struct message message = begun(qos);
    assert_int_equal(message_enter_radio(&message, "+15551234567", NOW), MESSAGE_SAVE);
    return message;
}

static void test_new_message_is_accepted(void **state)
{
    (void)state;
    struct message message = begun(1);
    assert_int_equal(message.stage, MESSAGE_WAITING);
    assert_int_equal(message.state, STATE_ACCEPTED);
    assert_int_equal(message.at, NOW);
}

static void test_leases(void **state)
{
    (void)state;
    static const struct {
        int64_t lease;
        enum message_act act;
        int64_t after;
    } cases[] = {{2, MESSAGE_NOTHING, 3}, {3, MESSAGE_ANSWER, 3}, {4, MESSAGE_REPORT, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct message waiting = begun(2), radio = in_radio(2);
        struct wire_send send = send_of(cases[i].lease, 2);
        assert_int_equal(message_on_send(&waiting, true, &send, LATER), cases[i].act);
        assert_int_equal(message_on_send(&radio, true, &send, LATER), cases[i].act);
        assert_int_equal(waiting.lease, cases[i].after);
        assert_int_equal(radio.lease, cases[i].after);
        assert_int_equal(radio.stage, MESSAGE_RADIO);
    }
}

static void test_sent_message_never_waits_again(void **state)
{
    (void)state;
    for (int64_t qos = 1; qos <= 2; qos++) {
        struct message message = in_radio(qos);
        int64_t part;
        message_on_sent(&message, &part, 0, 1, NOW);
        struct wire_send send = send_of(9, qos);
        assert_int_equal(message_on_send(&message, true, &send, LATER), MESSAGE_REPORT);
        assert_int_equal(message.stage, MESSAGE_SENT);
        assert_int_equal(message_report(&message, ID, 0).state, STATE_SENT);
        assert_int_equal(message_report(&message, ID, 0).lease, 9);
        assert_int_equal(message_enter_radio(&message, "+15551234567", LATER), MESSAGE_NOTHING);
    }
}

static void test_failed_without_a_part_may_be_tried_again(void **state)
{
    (void)state;
    struct message message = in_radio(2);
    message_on_failed(&message, WIRE_ERROR_TEMPORARY, "X", NULL, NOW);
    struct wire_send send = send_of(4, 2);
    assert_int_equal(message_on_send(&message, true, &send, LATER), MESSAGE_REPORT);
    assert_int_equal(message.stage, MESSAGE_WAITING);
    assert_int_equal(message.error_kind, WIRE_ERROR_NONE);
}

static void test_partly_sent_is_not_tried_again_at_qos_2(void **state)
{
    (void)state;
    for (int64_t qos = 1; qos <= 2; qos++) {
        struct message message = in_radio(qos);
        int64_t part;
        message_on_sent(&message, &part, 1, 3, NOW);
        message_on_failed(&message, WIRE_ERROR_TEMPORARY, "X", NULL, NOW);
        struct wire_send send = send_of(4, qos);
        assert_int_equal(message_on_send(&message, true, &send, LATER), MESSAGE_REPORT);
        assert_int_equal(message.stage, qos == 2 ? MESSAGE_FINAL : MESSAGE_WAITING);
        if (qos == 2)
            assert_string_equal(message_report(&message, ID, 0).error_code, MESSAGE_CODE_PARTLY);
    }
}

static void test_radio_that_cannot_know(void **state)
{
    (void)state;
    for (int64_t qos = 0; qos <= 2; qos++) {
        struct message message = in_radio(qos);
        assert_int_equal(message_on_unknown(&message, NULL, NULL, LATER), MESSAGE_REPORT);
        assert_int_equal(message.state, STATE_UNKNOWN);
        assert_int_equal(message.stage, MESSAGE_FINAL);
        assert_string_equal(message.error_code, MESSAGE_CODE_DOUBT);
        assert_int_equal(message_on_unknown(&message, "x", NULL, LATER), MESSAGE_NOTHING);
        assert_int_equal(message_on_doubt(&message, LATER), MESSAGE_NOTHING);
    }
    struct message waiting = begun(1);
    assert_int_equal(message_on_unknown(&waiting, NULL, NULL, LATER), MESSAGE_NOTHING);
}

static void test_doubt(void **state)
{
    (void)state;
    struct message once = in_radio(2), again = in_radio(1), waiting = begun(2);
    assert_int_equal(message_on_doubt(&once, LATER), MESSAGE_REPORT);
    assert_int_equal(once.state, STATE_UNKNOWN);
    assert_int_equal(message_on_doubt(&waiting, LATER), MESSAGE_NOTHING);
    assert_int_equal(message_on_doubt(&again, LATER), MESSAGE_SAVE);
    assert_int_equal(again.stage, MESSAGE_WAITING);
    int64_t part;
    message_enter_radio(&again, "+15551234567", LATER);
    message_on_sent(&again, &part, 0, 1, LATER);
    assert_string_equal(message_report(&again, ID, 0).error_code, MESSAGE_CODE_RESENT);
    struct wire_send send = send_of(9, 2);
    message_on_send(&once, true, &send, LATER);
    assert_int_equal(once.state, STATE_UNKNOWN);
}

static void test_time_runs_out(void **state)
{
    (void)state;
    static const struct {
        int64_t now;
        bool resent;
        enum state end;
        const char *code;
    } cases[] = {
        {LEASE_END - 1, false, STATE_ACCEPTED, NULL},
        {LEASE_END, false, STATE_EXPIRED, MESSAGE_CODE_LEASE},
        {END, false, STATE_EXPIRED, MESSAGE_CODE_EXPIRED},
        {LEASE_END, true, STATE_ACCEPTED, NULL},
        {END, true, STATE_UNKNOWN, MESSAGE_CODE_DOUBT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct message message = begun(1);
        message.resent = cases[i].resent;
        assert_int_equal(message_overdue(&message, cases[i].now), cases[i].code != NULL);
        message_enter_radio(&message, "+15551234567", cases[i].now);
        assert_int_equal(message.state, cases[i].end);
        if (cases[i].code != NULL)
            assert_string_equal(message.error_code, cases[i].code);
    }
}

static void test_cancel(void **state)
{
    (void)state;
    struct message waiting = begun(2), radio = in_radio(2), unknown, doubt = in_radio(1);
    assert_int_equal(message_on_cancel(&waiting, true, 2, LATER), MESSAGE_NOTHING);
    assert_int_equal(message_on_cancel(&waiting, true, 3, LATER), MESSAGE_REPORT);
    assert_int_equal(waiting.state, STATE_CANCELLED);
    assert_int_equal(message_on_cancel(&radio, true, 3, LATER), MESSAGE_ANSWER);
    assert_int_equal(message_on_cancel(&radio, true, 4, LATER), MESSAGE_REPORT);
    assert_int_equal(radio.stage, MESSAGE_RADIO);
    assert_int_equal(message_on_cancel(&unknown, false, 3, LATER), MESSAGE_REPORT);
    assert_int_equal(unknown.state, STATE_CANCELLED);
    struct wire_send send = send_of(3, 2);
    assert_int_equal(message_on_send(&unknown, true, &send, LATER), MESSAGE_ANSWER);
    message_on_doubt(&doubt, LATER);
    assert_int_equal(message_on_cancel(&doubt, true, 3, LATER), MESSAGE_REPORT);
    assert_int_equal(doubt.state, STATE_UNKNOWN);
}

static void test_parts_are_counted_once(void **state)
{
    (void)state;
    struct message message = in_radio(1);
    int64_t part = -1;
    assert_int_equal(message_on_sent(&message, &part, 2, 3, NOW), MESSAGE_REPORT);
    assert_int_equal(part, 2);
    assert_int_equal(message_report(&message, ID, 2).state, STATE_SENT);
    assert_int_equal(message_on_sent(&message, &part, 2, 3, NOW), MESSAGE_NOTHING);
    assert_int_equal(message_on_sent(&message, &part, 4, 3, NOW), MESSAGE_NOTHING);
    message_on_sent(&message, &part, 1, 3, NOW);
    assert_int_equal(message.state, STATE_ACCEPTED);
    assert_int_equal(message_on_sent(&message, &part, 3, 3, NOW), MESSAGE_REPORT);
    assert_int_equal(part, 0);
    assert_int_equal(message.state, STATE_SENT);
    for (int64_t i = 1; i <= 3; i++)
        assert_int_equal(message_on_delivered(&message, &part, i, 3, LATER), MESSAGE_REPORT);
    assert_int_equal(message.state, STATE_DELIVERED);
    assert_int_equal(message_on_undelivered(&message, &part, 1, LATER), MESSAGE_NOTHING);
}

static void test_delivered_before_sent(void **state)
{
    (void)state;
    struct message message = in_radio(1);
    int64_t part;
    assert_int_equal(message_on_delivered(&message, &part, 0, 1, NOW), MESSAGE_REPORT);
    assert_int_equal(message.state, STATE_DELIVERED);
    assert_int_equal(message_on_sent(&message, &part, 0, 1, NOW), MESSAGE_NOTHING);
}

static void test_only_numbers_enter_the_radio(void **state)
{
    (void)state;
    static const struct {
        const char *to;
        bool valid;
    } cases[] = {{"+15551234567", true}, {"+1", true},         {"+", false},   {"15551234567", false},
                 {"*100#", false},       {"+1555 123", false}, {"+1a", false}, {"+1234567890123456", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct message message = begun(1);
        assert_int_equal(message_number_valid(cases[i].to), cases[i].valid);
        message_enter_radio(&message, cases[i].to, NOW);
        assert_int_equal(message.stage, cases[i].valid ? MESSAGE_RADIO : MESSAGE_FINAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_message_is_accepted),
        cmocka_unit_test(test_leases),
        cmocka_unit_test(test_sent_message_never_waits_again),
        cmocka_unit_test(test_failed_without_a_part_may_be_tried_again),
        cmocka_unit_test(test_partly_sent_is_not_tried_again_at_qos_2),
        cmocka_unit_test(test_radio_that_cannot_know),
        cmocka_unit_test(test_doubt),
        cmocka_unit_test(test_time_runs_out),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_parts_are_counted_once),
        cmocka_unit_test(test_delivered_before_sent),
        cmocka_unit_test(test_only_numbers_enter_the_radio),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
