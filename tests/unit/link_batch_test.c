// What queues up for devices goes to a plugin that takes batches in one publish, in its order, and the
// plugin's answer is the acknowledgement of each. The broker and the engine are stood in for.
#include "tests/unit/cases.h"

#include "bridge/link/link_internal.h"
#include "common/json_memory.h"

#include <mqtt_protocol.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 200 };

#define BOOT "\"boot\":\"0123456789abcdef0123456789abcdef\""
#define CANCEL "{\"id\":\"SM9\",\"lease\":1}"

static struct {
    char topic[TOPIC_SIZE], payload[BATCH_BYTES_MAX + 1];
    int qos;
} published[ROOM];
static int published_count, refuse_longer_than;
static int64_t counted_batches, counted_payloads;
static struct command *submitted;

int mosquitto_publish_v5(struct mosquitto *client, int *mid, const char *topic, int length,
                         const void *payload, int qos, bool retain, const mosquitto_property *properties)
{
    (void)client, (void)properties;
    assert_false(retain);
    if (length > refuse_longer_than)
        return MOSQ_ERR_OVERSIZE_PACKET;
    assert_true(published_count < ROOM && length <= BATCH_BYTES_MAX);
    snprintf(published[published_count].topic, TOPIC_SIZE, "%s", topic);
    snprintf(published[published_count].payload, BATCH_BYTES_MAX + 1, "%.*s", length, (const char *)payload);
    published[published_count++].qos = qos;
    if (mid != NULL)
        *mid = published_count;
    return MOSQ_ERR_SUCCESS;
}

bool engine_submit(struct engine *engine, struct command *command)
{
    (void)engine;
    command_free(submitted);
    submitted = command;
    return true;
}

void engine_count_bad_report(struct engine *engine)
{
    (void)engine;
    fail();
}

void engine_count_link_batch(struct engine *engine, int64_t payloads)
{
    (void)engine;
    counted_batches++;
    counted_payloads += payloads;
}

bool engine_full(const struct engine *engine)
{
    (void)engine;
    return false;
}

static void receive(struct link *link, const char *text)
{
    static char topic[] = LINK_CONTROL_RESPONSE;
    const struct mosquitto_message message = {
        .topic = topic, .payload = (void *)(uintptr_t)text, .payloadlen = (int)strlen(text)};
    link_receive(link, &message);
}

// What the plugin says of itself after each connect; more is what a newer one adds.
static void receive_snapshot(struct link *link, const char *more)
{
    char text[256];
    link_ask_snapshot(link);
    snprintf(text, sizeof(text),
             "{\"command\":\"snapshot\",\"request\":\"%s\",\"ok\":true," BOOT
             ",\"page\":0,\"online\":[],\"more\":false%s}",
             link->asked, more);
    receive(link, text);
    command_free(submitted);
    submitted = NULL;
    published_count = 0;
}

static int set_up(void **state)
{
    static const struct link_options options = {.socket_path = "", .name = "bridge", .key = ""};
    struct link *link = link_new(&options);
    *state = link;
    if (link == NULL)
        return -1;
    link->up = true;
    refuse_longer_than = BATCH_BYTES_MAX;
    counted_batches = counted_payloads = 0;
    receive_snapshot(link, ",\"batches\":true");
    return 0;
}

static int tear_down(void **state)
{
    link_forget_mids(*state);
    link_batch_forget(*state);
    link_free(*state);
    command_free(submitted);
    submitted = NULL;
    return 0;
}

static void queue_item(struct link *link, enum topic_leaf leaf, int qos, int number, const char *text)
{
    struct publish *item = calloc(1, sizeof(*item));
    assert_non_null(item);
    snprintf(item->device, sizeof(item->device), "phone-%d", number);
    item->leaf = leaf;
    item->qos = qos;
    if (leaf == TOPIC_SEND) {
        snprintf(item->send.id, sizeof(item->send.id), "SM%d", number);
        snprintf(item->send.to, sizeof(item->send.to), "+4915112345678");
        item->send.text = strdup(text);
        item->send.lease = number;
    } else {
        snprintf(item->cancel.id, sizeof(item->cancel.id), "SM%d", number);
        item->cancel.lease = 1;
    }
    link_publish(link, item);
}

static void queue_sends(struct link *link, int count)
{
    for (int i = 1; i <= count; i++)
        queue_item(link, TOPIC_SEND, 1, i, "Hello");
}

// What has been published in that place must begin so, and hold so many lines.
static void expect_published(int place, const char *topic, const char *begin, int lines)
{
    int found = 0;
    assert_true(place < published_count);
    assert_string_equal(published[place].topic, topic);
    CHECK(strncmp(published[place].payload, begin, strlen(begin)) == 0, "%s", published[place].payload);
    for (const char *at = published[place].payload; (at = strchr(at, '\n')) != NULL; at++)
        found++;
    assert_int_equal(found, lines);
}

// What was handed over since must be these leases; those below 0 found nobody.
static void expect_acknowledged(struct link *link, const int *leases, size_t count)
{
    link_hand_over_acknowledged(link);
    assert_int_equal(submitted == NULL ? 0 : submitted->published.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(submitted->published.items[i].lease, leases[i] < 0 ? -leases[i] : leases[i]);
        assert_int_equal(submitted->published.items[i].nobody, leases[i] < 0);
    }
    command_free(submitted);
    submitted = NULL;
}

#define ANSWER(number, members)                                                                              \
    "{\"command\":\"batch\",\"request\":\"" number "\",\"ok\":true," BOOT "," members "}"

static void test_alone_as_ever(void **state)
{
    queue_sends(*state, 1);
    link_drain(*state);
    assert_int_equal(published_count, 1);
    expect_published(0, "sms/v1/phone-1/send", "{\"id\":\"SM1\"", 0);
    assert_int_equal(counted_batches, 0);
}

static void test_several_in_one(void **state)
{
    queue_item(*state, TOPIC_SEND, 2, 8, "Hello\n");
    queue_item(*state, TOPIC_CANCEL, 1, 9, NULL);
    queue_item(*state, TOPIC_SEND, 0, 9, "you");
    link_drain(*state);
    assert_int_equal(published_count, 1);
    expect_published(0, TOPIC_BATCH, "1\nsms/v1/phone-8/send 2 {\"id\":\"SM8\"", 4);
    assert_int_equal(published[0].qos, 1);
    assert_non_null(
        strstr(published[0].payload, "}\nsms/v1/phone-9/cancel 1 " CANCEL "\nsms/v1/phone-9/send 0 {"));
    assert_int_equal(counted_batches, 1);
    assert_int_equal(counted_payloads, 3);
    expect_acknowledged(*state, NULL, 0);
    receive(*state, ANSWER("1", "\"absent\":[],\"taken\":3"));
    expect_acknowledged(*state, (const int[]){8, 9}, 2);
    receive(*state, ANSWER("1", "\"absent\":[],\"taken\":3")); // once is enough
    expect_acknowledged(*state, NULL, 0);
}

static void test_who_is_not_there(void **state)
{
    queue_sends(*state, 4);
    link_drain(*state);
    receive(*state, ANSWER("1", "\"absent\":[1,3,4,-1,\"x\"],\"taken\":4"));
    expect_acknowledged(*state, (const int[]){1, -2, 3, -4}, 4);
}

// What the plugin had no memory for is asked for again by the deadlines.
static void test_taken_in_part(void **state)
{
    queue_sends(*state, 4);
    link_drain(*state);
    receive(*state, ANSWER("1", "\"absent\":[1],\"taken\":2"));
    expect_acknowledged(*state, (const int[]){1, -2}, 2);
}

static void test_limits_of_a_batch(void **state)
{
    char text[BATCH_BYTES_MAX / 2];
    queue_sends(*state, 2 * BATCH_ENTRIES_MAX + 1);
    link_drain(*state);
    assert_int_equal(published_count, 3);
    expect_published(0, TOPIC_BATCH, "1\nsms/v1/phone-1/send", 1 + BATCH_ENTRIES_MAX);
    expect_published(1, TOPIC_BATCH, "2\nsms/v1/phone-33/send", 1 + BATCH_ENTRIES_MAX);
    expect_published(2, "sms/v1/phone-65/send", "{", 0);

    published_count = 0;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    for (int i = 1; i <= 2; i++)
        queue_item(*state, TOPIC_SEND, 1, i, text);
    queue_item(*state, TOPIC_CANCEL, 1, 3, NULL);
    link_drain(*state);
    assert_int_equal(published_count, 2);
    expect_published(0, "sms/v1/phone-1/send", "{", 0);
    expect_published(1, TOPIC_BATCH, "3\nsms/v1/phone-2/send 1 {", 3);
}

static void expect_plain(struct link *link)
{
    published_count = 0;
    queue_sends(link, 2);
    link_drain(link);
    assert_int_equal(published_count, 2);
    expect_published(0, "sms/v1/phone-1/send", "{", 0);
    expect_published(1, "sms/v1/phone-2/send", "{", 0);
}

static void test_an_older_plugin(void **state)
{
    receive_snapshot(*state, "");
    expect_plain(*state);
    receive_snapshot(*state, ",\"batches\":false");
    expect_plain(*state);
}

// The broker may have a lower limit of its own.
static void test_a_broker_that_takes_less(void **state)
{
    refuse_longer_than = 200;
    expect_plain(*state);
    assert_int_equal(counted_batches, 0);
    link_acknowledge(*state, 1, false);
    expect_acknowledged(*state, (const int[]){1}, 1);
}

static void test_a_refused_batch_is_the_last(void **state)
{
    queue_sends(*state, 2);
    link_drain(*state);
    receive(*state,
            "{\"command\":\"batch\",\"request\":\"1\",\"ok\":false," BOOT ",\"error\":\"payload: x\"}");
    expect_acknowledged(*state, NULL, 0);
    expect_plain(*state);
    receive(*state, ANSWER("1", "\"absent\":[],\"taken\":2"));
    expect_acknowledged(*state, NULL, 0);
}

static void test_no_answer(void **state)
{
    struct link *link = *state;
    queue_sends(link, 2);
    link_drain(link);
    link_batch_look(link);
    assert_true(link->batches);
    link->batches_out->due_ms = 1; // long ago
    link_batch_look(link);
    expect_plain(link);
}

// One answer that is lost takes no other with it, and one to nothing changes nothing.
static void test_answers_that_are_lost(void **state)
{
    for (int i = 0; i < 3; i++) {
        queue_sends(*state, 2 + i);
        link_drain(*state);
    }
    receive(*state, ANSWER("2", "\"absent\":[2],\"taken\":3"));
    expect_acknowledged(*state, (const int[]){1, 2, -3}, 3);
    receive(*state, ANSWER("1", "\"absent\":[],\"taken\":2"));
    receive(*state, ANSWER("x", "\"absent\":[],\"taken\":2"));
    expect_acknowledged(*state, NULL, 0);
    receive(*state, ANSWER("3", "\"absent\":[],\"taken\":4"));
    expect_acknowledged(*state, (const int[]){1, 2, 3, 4}, 4);
    receive(*state, ANSWER("4", "\"absent\":[],\"taken\":4"));
    expect_acknowledged(*state, NULL, 0);
}

static void test_forgotten_with_the_connection(void **state)
{
    queue_sends(*state, 2);
    link_drain(*state);
    link_batch_forget(*state);
    expect_plain(*state);
    receive(*state, ANSWER("1", "\"absent\":[],\"taken\":2"));
    expect_acknowledged(*state, NULL, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_alone_as_ever),
        TEST(test_several_in_one),
        TEST(test_who_is_not_there),
        TEST(test_taken_in_part),
        TEST(test_limits_of_a_batch),
        TEST(test_an_older_plugin),
        TEST(test_a_broker_that_takes_less),
        TEST(test_a_refused_batch_is_the_last),
        TEST(test_no_answer),
        TEST(test_answers_that_are_lost),
        TEST(test_forgotten_with_the_connection),
    };
    json_memory_watch();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
