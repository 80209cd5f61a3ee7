// The reader of batches.
#include "plugin/batch_read.h"

#include "tests/unit/cases.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER "number: must be a line of digits"
#define TOPIC "topic: must be one that a device reads"
#define QOS "qos: must be 0, 1 or 2"
#define END "entry: has no line end"
#define GOOD "sms/v1/a/send 1 x\n"

static const struct {
    const char *text;
    const char *wrong; // NULL when fine
    size_t count;
    const char *number;
} CASES[] = {
    {"1\n" GOOD, NULL, 1, "1"},
    {"0123456789\n" GOOD GOOD, NULL, 2, "0123456789"},
    {"1\nsms/v1/a/cancel 0 x\nsms/v1/a/query 1 x\nsms/v1/a/receipt 2 x\nsms/v1/a/config 1 x\n"
     "sms/v1/a/inbox 1 x\n",
     NULL, 5, "1"},
    {"1\nsms/v1/012345678901234567890/send 1 x\n", NULL, 1, "1"},
    {"1\nsms/v1/a/send 1  {\"text\":\"a b\"} \n", NULL, 1, "1"},
    {"", NUMBER, 0, ""},
    {"\n" GOOD, NUMBER, 0, ""},
    {"1", NUMBER, 0, ""},
    {"01234567890\n" GOOD, NUMBER, 0, ""},
    {"-1\n" GOOD, NUMBER, 0, ""},
    {"1 \n" GOOD, NUMBER, 0, ""},
    {"1\n", "payload: has no entry", 0, "1"},
    {"1\n\n", TOPIC, 0, "1"},
    {"1\n" GOOD "\n", TOPIC, 0, "1"},
    {"1\n" GOOD "sms/v1/a/send 1 x", END, 0, "1"},
    {"1\nsms/v1/a/send 1 x\r", END, 0, "1"},
    {"1\nsms/v1/a/send\n", TOPIC, 0, "1"},
    {"1\nsms/v1/a/report 1 x\n", TOPIC, 0, "1"},
    {"1\nsms/v1/a/presence 1 x\n", TOPIC, 0, "1"},
    {"1\nsms/v1/-a/send 1 x\n", TOPIC, 0, "1"},
    {"1\nsms/v1/A/send 1 x\n", TOPIC, 0, "1"},
    {"1\nsms/v1/+/send 1 x\n", TOPIC, 0, "1"},
    {"1\nsms/v1/#/send 1 x\n", TOPIC, 0, "1"},
    {"1\nsms/v1//send 1 x\n", TOPIC, 0, "1"},
    {"1\nsms/v1/a/send/ 1 x\n", TOPIC, 0, "1"},
    {"1\n/sms/v1/a/send 1 x\n", TOPIC, 0, "1"},
    {"1\n$SYS/a 1 x\n", TOPIC, 0, "1"},
    {"1\n$CONTROL/smsquitto/v1 1 x\n", TOPIC, 0, "1"},
    {"1\nsms/v1/0123456789012345678901/send 1 x\n", TOPIC, 0, "1"},
    {"1\nsms/v1/012345678901234567890/sendsendsendsendsendsendsend 1 x\n", TOPIC, 0, "1"},
    {"1\nsms/v1/a/send 3 x\n", QOS, 0, "1"},
    {"1\nsms/v1/a/send -1 x\n", QOS, 0, "1"},
    {"1\nsms/v1/a/send 11 x\n", QOS, 0, "1"},
    {"1\nsms/v1/a/send  1 x\n", QOS, 0, "1"},
    {"1\nsms/v1/a/send 1\n", QOS, 0, "1"},
    {"1\nsms/v1/a/send 1 \n", "payload: is missing", 0, "1"},
};

// Reads a copy of exactly that length, so that a step over its end is seen.
static const char *read_exactly(struct batch *batch, const char *text, size_t length)
{
    char *copy = malloc(length + (length == 0));
    assert_non_null(copy);
    memcpy(copy, text, length);
    const char *wrong = batch_read(batch, copy, length);
    free(copy);
    return wrong;
}

static void test_cases(void **state)
{
    struct batch batch;
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const char *wrong = read_exactly(&batch, CASES[i].text, strlen(CASES[i].text));
        CHECK((wrong == NULL) == (CASES[i].wrong == NULL), "%s: %s", CASES[i].text, wrong);
        if (wrong != NULL)
            assert_string_equal(wrong, CASES[i].wrong);
        else
            assert_int_equal(batch.count, CASES[i].count);
        assert_string_equal(batch.number, CASES[i].number);
    }
}

static void test_members_of_an_entry(void **state)
{
    static const char TEXT[] = "7\nsms/v1/phone-1/send 2 {\"a\": 1}\nsms/v1/b/inbox 0 \xff\n";
    struct batch batch;
    (void)state;
    assert_null(batch_read(&batch, TEXT, strlen(TEXT)));
    assert_int_equal(batch.count, 2);
    const struct batch_entry *entry = &batch.entries[0];
    assert_string_equal(entry->topic, "sms/v1/phone-1/send");
    assert_string_equal(entry->device, "phone-1");
    assert_int_equal(entry->leaf, TOPIC_SEND);
    assert_int_equal(entry->qos, 2);
    assert_int_equal(entry->length, strlen("{\"a\": 1}"));
    assert_memory_equal(entry->payload, "{\"a\": 1}", entry->length);
    assert_string_equal(batch.entries[1].topic, "sms/v1/b/inbox");
    assert_int_equal(batch.entries[1].qos, 0);
}

static void test_a_zero_byte_ends_no_topic(void **state)
{
    static const char TEXT[] = "7\nsms/v1/a/send\0/x 1 x\n";
    struct batch batch;
    (void)state;
    assert_string_equal(batch_read(&batch, TEXT, sizeof(TEXT) - 1), TOPIC);
}

static void test_limits(void **state)
{
    static char text[BATCH_BYTES_MAX + 1];
    struct batch batch;
    (void)state;
    char *end = stpcpy(text, "7\n");
    for (int i = 0; i < BATCH_ENTRIES_MAX; i++)
        end = stpcpy(end, GOOD);
    assert_null(read_exactly(&batch, text, (size_t)(end - text)));
    assert_int_equal(batch.count, BATCH_ENTRIES_MAX);
    end = stpcpy(end, GOOD);
    assert_string_equal(read_exactly(&batch, text, (size_t)(end - text)), "payload: too many entries");

    end = stpcpy(text, "7\nsms/v1/a/send 1 ");
    memset(end, 'x', sizeof(text) - (size_t)(end - text));
    text[BATCH_BYTES_MAX - 1] = '\n';
    assert_null(read_exactly(&batch, text, BATCH_BYTES_MAX));
    text[BATCH_BYTES_MAX - 1] = 'x';
    text[BATCH_BYTES_MAX] = '\n';
    assert_string_equal(read_exactly(&batch, text, BATCH_BYTES_MAX + 1), "payload: too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_members_of_an_entry),
        cmocka_unit_test(test_a_zero_byte_ends_no_topic),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
