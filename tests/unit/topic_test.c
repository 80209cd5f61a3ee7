// Topics and device ids.
#include "tests/unit/cases.h"

#include "common/topic.h"

#include <string.h>

static const struct {
    enum topic_leaf leaf;
    const char *name;
    bool down, up;
} leaves[] = {
    {TOPIC_SEND, "send", true, false},     {TOPIC_CANCEL, "cancel", true, false},
    {TOPIC_QUERY, "query", true, false},   {TOPIC_RECEIPT, "receipt", true, false},
    {TOPIC_CONFIG, "config", true, false}, {TOPIC_INBOX, "inbox", true, false},
    {TOPIC_REPORT, "report", false, true}, {TOPIC_INBOUND, "inbound", false, true},
    {TOPIC_STATUS, "status", false, true}, {TOPIC_PRESENCE, "presence", false, false},
};

static void test_format_and_parse(void **context)
{
    (void)context;
    static const char *const devices[] = {"a", "phone-1", "0", "a23456789012345678901"};
    for (size_t i = 0; i < COUNT(leaves); i++) {
        assert_string_equal(topic_leaf_name(leaves[i].leaf), leaves[i].name);
        assert_int_equal(topic_is_downlink(leaves[i].leaf), leaves[i].down);
        assert_int_equal(topic_is_uplink(leaves[i].leaf), leaves[i].up);
        for (size_t k = 0; k < COUNT(devices); k++) {
            char topic[TOPIC_SIZE], device[DEVICE_ID_SIZE];
            enum topic_leaf leaf;
            topic_format(topic, devices[k], leaves[i].leaf);
            CHECK(topic_parse(device, &leaf, topic), "%s", topic);
            assert_string_equal(device, devices[k]);
            assert_int_equal(leaf, leaves[i].leaf);
        }
    }
    char topic[TOPIC_SIZE];
    topic_format(topic, "phone-1", TOPIC_SEND);
    assert_string_equal(topic, "sms/v1/phone-1/send");
}

static void test_other_topics_are_refused(void **context)
{
    (void)context;
    static const char *const topics[] = {
        "",
        "sms",
        "sms/v1/",
        "sms/v1/a",
        "sms/v1/a/",
        "sms/v1//send",
        "sms/v1/a/sen",
        "sms/v1/a/sends",
        "sms/v1/a/send/",
        "sms/v1/a/send/x",
        "sms/v2/a/send",
        "/sms/v1/a/send",
        "SMS/v1/a/send",
        "sms/v1/A/send",
        "sms/v1/+/send",
        "sms/v1/#",
        "sms/v1/-a/send",
        "sms/v1/a-/send",
        "sms/v1/a b/send",
        "sms/v1/a234567890123456789012/send",
        TOPIC_CONTROL,
    };
    for (size_t i = 0; i < COUNT(topics); i++) {
        char device[DEVICE_ID_SIZE] = "same";
        enum topic_leaf leaf = TOPIC_STATUS;
        CHECK(!topic_parse(device, &leaf, topics[i]), "%s", topics[i]);
        assert_string_equal(device, "same");
        assert_int_equal(leaf, TOPIC_STATUS);
    }
}

static void test_device_ids(void **context)
{
    (void)context;
    static const char *const good[] = {"a", "9", "a-b", "a--b", "a23456789012345678901"};
    static const char *const bad[] = {
        "",    "-",        "-a",  "a-",  "A",
        "a_b", "a.b",      "a/b", "a+",  "#",
        "$",   "\xc3\xa9", "a b", "a\n", "a234567890123456789012",
    };
    for (size_t i = 0; i < COUNT(good); i++)
        CHECK(device_id_valid(good[i], strlen(good[i])), "%s", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        CHECK(!device_id_valid(bad[i], strlen(bad[i])), "%s", bad[i]);
    assert_false(device_id_valid("a\0b", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format_and_parse),
        cmocka_unit_test(test_other_topics_are_refused),
        cmocka_unit_test(test_device_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
