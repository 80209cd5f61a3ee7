// Twilio's words for our messages.
#include "bridge/twilio/twilio_internal.h"

#include "tests/unit/cases.h"

#include <stdlib.h>
#include <string.h>

static void test_words(void **state)
{
    (void)state;
    static const struct {
        enum state state;
        int64_t pool, device;
        const char *reason, *status;
        int code;
    } cases[] = {
        {STATE_SCHEDULED, 0, 0, "", "scheduled", 0},
        {STATE_QUEUED, 0, 0, "", "queued", 0},
        {STATE_QUEUED, 7, 0, "", "accepted", 0},
        {STATE_HELD, 7, 0, "device_offline", "accepted", 0},
        {STATE_HELD, 7, 3, "retry", "queued", 0},
        {STATE_DISPATCHED, 7, 3, "", "sending", 0},
        {STATE_ACCEPTED, 0, 3, "", "sending", 0},
        {STATE_SENT, 0, 3, "", "sent", 0},
        {STATE_DELIVERED, 0, 3, "", "delivered", 0},
        {STATE_UNDELIVERED, 0, 3, "", "undelivered", 30003},
        {STATE_FAILED, 0, 3, "cause-1", "failed", 30005},
        {STATE_FAILED, 0, 3, "cause-196", "failed", 30004},
        {STATE_FAILED, 0, 3, "cause-41", "failed", 30008},
        {STATE_FAILED, 0, 0, "device_removed", "failed", 30008},
        {STATE_EXPIRED, 0, 0, "expired", "failed", 30036},
        {STATE_CANCELLED, 0, 0, "requested", "canceled", 0},
        {STATE_UNKNOWN, 0, 3, "journal_lost", "undelivered", 30008},
        {STATE_RECEIVED, 0, 3, "", "received", 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct message message = {
            .state = cases[i].state, .want_pool = cases[i].pool, .device = cases[i].device};
        memcpy(message.reason, cases[i].reason, strlen(cases[i].reason) + 1);
        CHECK(strcmp(twilio_status(&message), cases[i].status) == 0, "%zu: %s", i, twilio_status(&message));
        CHECK(twilio_error_code(&message) == cases[i].code, "%zu: %d", i, twilio_error_code(&message));
    }
}

static void test_dates(void **state)
{
    (void)state;
    static const struct {
        int64_t at;
        const char *text;
    } cases[] = {
        {0, "Thu, 01 Jan 1970 00:00:00 +0000"},
        {INT64_C(951827696789), "Tue, 29 Feb 2000 12:34:56 +0000"},
        {INT64_C(1795249800120), "Sat, 21 Nov 2026 08:30:00 +0000"},
        {INT64_C(253402300799999), "Fri, 31 Dec 9999 23:59:59 +0000"},
    };
    char text[TWILIO_DATE_SIZE];
    for (size_t i = 0; i < COUNT(cases); i++) {
        twilio_date(text, cases[i].at);
        assert_string_equal(text, cases[i].text);
    }
}

// A delivery about an outbound message that ended so; device 0, so that nothing is read from a store.
static char *body_of(enum state kind, const char *reason)
{
    struct hook_post post = {.account_id = "AC0"};
    struct hook_content content = {.event.event = {.kind = kind, .message = 1, .at = INT64_C(1795249800120)},
                                   .message.message = {.id = "SM1",
                                                       .peer = "+4915112345678",
                                                       .text = (char *)(uintptr_t) "x & y",
                                                       .state = STATE_DELIVERED,
                                                       .parts = 1}};
    content.message.message.direction = kind == STATE_RECEIVED ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
    memcpy(content.event.event.reason, reason, strlen(reason) + 1);
    return twilio_hook_body(NULL, &post, "EV1", &content);
}

static void test_what_webhooks_are_told(void **state)
{
    (void)state;
    static const struct {
        enum state kind;
        const char *reason, *body;
    } cases[] = {
        {STATE_SENT, "",
         "MessageSid=SM1&SmsSid=SM1&AccountSid=AC0&ApiVersion=2010-04-01&From=&To=%2B4915112345678&"
         "MessageStatus=sent&SmsStatus=sent"},
        {STATE_FAILED, "cause-1",
         "MessageSid=SM1&SmsSid=SM1&AccountSid=AC0&ApiVersion=2010-04-01&From=&To=%2B4915112345678&"
         "MessageStatus=failed&SmsStatus=failed&ErrorCode=30005&RawDlrDoneDate=2611210830"},
        {STATE_RECEIVED, "",
         "MessageSid=SM1&SmsSid=SM1&AccountSid=AC0&ApiVersion=2010-04-01&From=%2B4915112345678&To=&"
         "SmsMessageSid=SM1&SmsStatus=received&Body=x+%26+y&NumMedia=0&NumSegments=1"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *body = body_of(cases[i].kind, cases[i].reason);
        assert_string_equal(body, cases[i].body);
        free(body);
    }
    struct hook_post post = {.account_id = "AC0"};
    char *test = twilio_hook_body(NULL, &post, "EV1", NULL);
    assert_string_equal(test, "EventSid=EV1&AccountSid=AC0&SmsStatus=test");
    free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_what_webhooks_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
