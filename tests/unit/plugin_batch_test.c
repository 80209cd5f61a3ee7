// The real plugin takes batches apart, in a broker of fakes.
#include "plugin_fake.h"

#include "common/topic.h"
#include "tests/unit/cases.h"

#include <mosquitto.h>
#include <stdio.h>
#include <string.h>

#define RESPONSE TOPIC_CONTROL "/response"

static void expect_silence(void)
{
    assert_int_equal(fake.message_count, 0);
}

// The next message must be that.
static void expect_message(const char *client, const char *topic, int qos, const char *payload)
{
    assert_true(fake.message_count > 0);
    assert_string_equal(fake.messages[0].payload, payload);
    assert_string_equal(fake.messages[0].client, client);
    assert_string_equal(fake.messages[0].topic, topic);
    assert_int_equal(fake.messages[0].qos, qos);
    memmove(fake.messages, fake.messages + 1, sizeof fake.messages - sizeof fake.messages[0]);
    fake.message_count--;
}

// The next message must be an answer to b that ends so.
static void expect_answer(int qos, const char *begin, const char *end)
{
    char payload[sizeof fake.messages[0].payload];
    const char *found = strstr(fake.messages[0].payload, end);
    snprintf(payload, sizeof payload, "%s", fake.messages[0].payload);
    assert_memory_equal(payload, begin, strlen(begin));
    assert_true(found != NULL && found[strlen(end)] == '\0');
    expect_message("b", RESPONSE, qos, payload);
}

static void start_with_two_phones(struct mosquitto *phone, struct mosquitto *away)
{
    fake_make_roster();
    fake_add_login("away", "device");
    fake_start(MOSQ_EVT_DISCONNECT);
    *phone = *away = fake_phone();
    away->id = away->username = "away";
    assert_int_equal(fake_login(phone, FAKE_KEY), MOSQ_ERR_SUCCESS);
    assert_int_equal(fake_login(away, FAKE_KEY), MOSQ_ERR_SUCCESS);
    fake_leave(away);
    fake_tick(0);
    fake.message_count = 0;
}

// Each in its turn and as it is, but for texts to those who are not there, or were never.
static void test_a_batch_is_taken_apart(void **unused)
{
    (void)unused;
    struct mosquitto phone, away, asker = fake_bridge();
    start_with_two_phones(&phone, &away);
    fake_batch(&asker, "12\nsms/v1/phone-1/send 2 {\"a\": 1}\nsms/v1/away/send 1 x\nsms/v1/who/send 0 y\n"
                       "sms/v1/phone-1/receipt 0 r\nsms/v1/away/cancel 1 c\n");
    expect_message("", "sms/v1/phone-1/send", 2, "{\"a\": 1}");
    expect_message("", "sms/v1/phone-1/receipt", 0, "r");
    expect_message("", "sms/v1/away/cancel", 1, "c"); // a session may wait for it
    expect_answer(0, "{\"command\":\"batch\",\"request\":\"12\",\"boot\":\"",
                  ",\"ok\":true,\"absent\":[1,2],\"taken\":5}");
    expect_silence();
    fake_stop();
}

static void test_of_a_malformed_batch_nothing_is_published(void **unused)
{
    (void)unused;
    struct mosquitto phone, away, asker = fake_bridge(), nobody = {0};
    start_with_two_phones(&phone, &away);
    fake_batch(&asker, "12\nsms/v1/phone-1/send 1 x\nsms/v1/phone-1/report 1 x\n");
    expect_answer(0, "{\"command\":\"batch\",\"request\":\"12\",",
                  ",\"ok\":false,\"error\":\"topic: must be one that a device reads\"}");
    fake_batch(&asker, "");
    expect_answer(0, "{\"command\":\"batch\",\"request\":\"\",",
                  ",\"ok\":false,\"error\":\"number: must be a line of digits\"}");
    fake_batch(&nobody, "12\nsms/v1/phone-1/send 1 x\n");
    expect_silence();
    fake_stop();
}

// What cannot be passed on ends the batch, so that nothing overtakes it.
static void test_a_batch_ends_where_memory_does(void **unused)
{
    (void)unused;
    struct mosquitto phone, away, asker = fake_bridge();
    start_with_two_phones(&phone, &away);
    fake.fail_publishes = 1;
    fake_batch(&asker, "1\nsms/v1/phone-1/send 1 a\nsms/v1/phone-1/send 1 b\n");
    expect_answer(0, "{\"command\":\"batch\",\"request\":\"1\",", ",\"ok\":true,\"absent\":[],\"taken\":0}");
    expect_silence();
    fake_stop();
}

// A broker that may read several packets at once could let a publish behind a batch overtake it.
static void test_batches_are_for_2_0(void **unused)
{
    (void)unused;
    struct mosquitto asker = fake_bridge();
    fake_make_roster();
    fake_start(MOSQ_EVT_DISCONNECT);
    fake_command(&asker, "{\"command\":\"snapshot\"}");
    expect_answer(1, "{\"command\":\"snapshot\",", ",\"more\":false,\"batches\":true}");
    fake_stop();
    fake_start(FAKE_EVENT_CLIENT_OFFLINE);
    fake_command(&asker, "{\"command\":\"snapshot\"}");
    expect_answer(1, "{\"command\":\"snapshot\",", ",\"more\":false,\"batches\":false}");
    fake_stop();
}

#define LOADED(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOADED(test_a_batch_is_taken_apart),
        LOADED(test_of_a_malformed_batch_nothing_is_published),
        LOADED(test_a_batch_ends_where_memory_does),
        LOADED(test_batches_are_for_2_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
