// What the broker's acknowledgements come back as: each send once, in order, whatever number MQTT gives it.
// The broker and the engine are stood in for.
#include "tests/unit/cases.h"

#include "bridge/link/link_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int next_mid, published_qos;
static struct command *submitted;
static bool engine_is_full;

int mosquitto_publish_v5(struct mosquitto *client, int *mid, const char *topic, int length,
                         const void *payload, int qos, bool retain, const mosquitto_property *properties)
{
    (void)client, (void)topic, (void)length, (void)payload, (void)properties;
    assert_false(retain);
    published_qos = qos;
    if (mid != NULL)
        *mid = next_mid;
    return MOSQ_ERR_SUCCESS;
}

bool engine_submit(struct engine *engine, struct command *command)
{
    (void)engine;
    if (engine_is_full)
        return false;
    assert_null(submitted);
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
    (void)engine, (void)payloads;
}

bool engine_full(const struct engine *engine)
{
    (void)engine;
    return engine_is_full;
}

static int set_up(void **state)
{
    static const struct link_options options = {.socket_path = "", .name = "bridge", .key = ""};
    struct link *link = link_new(&options);
    *state = link;
    engine_is_full = false;
    if (link != NULL)
        link->up = true;
    return link != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    link_forget_mids(*state);
    link_free(*state);
    command_free(submitted);
    submitted = NULL;
    return 0;
}

// Publishes a message that MQTT gives that number.
static void send(struct link *link, int mid, const char *id, int64_t lease, int qos)
{
    struct publish *item = calloc(1, sizeof(*item));
    assert_non_null(item);
    snprintf(item->device, sizeof(item->device), "phone");
    item->leaf = TOPIC_SEND;
    item->qos = qos;
    snprintf(item->send.id, sizeof(item->send.id), "%s", id);
    snprintf(item->send.to, sizeof(item->send.to), "+4915112345678");
    item->send.text = strdup("Hello");
    item->send.lease = lease;
    item->send.account = 9;
    next_mid = mid;
    link_publish(link, item);
    link_drain(link);
    assert_int_equal(published_qos, qos);
}

// What was handed over must be these ids in this order.
static void expect_handed_over(struct link *link, const char *const *ids, size_t count)
{
    link_hand_over_acknowledged(link);
    if (count == 0) {
        assert_null(submitted);
        return;
    }
    assert_non_null(submitted);
    assert_int_equal(submitted->kind, COMMAND_PUBLISHED);
    assert_int_equal(submitted->published.count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(submitted->published.items[i].id, ids[i]);
    command_free(submitted);
    submitted = NULL;
}

static void test_in_the_order_of_the_broker(void **state)
{
    send(*state, 1, "SMa", 1, 1);
    send(*state, 65535, "SMb", 1, 2);
    send(*state, 300, "SMc", 1, 1);
    expect_handed_over(*state, NULL, 0);
    link_acknowledge(*state, 300, false);
    link_acknowledge(*state, 1, false);
    expect_handed_over(*state, (const char *const[]){"SMc", "SMa"}, 2);
    link_acknowledge(*state, 65535, false);
    expect_handed_over(*state, (const char *const[]){"SMb"}, 1);
}

static void test_carries_lease_account_and_absence(void **state)
{
    send(*state, 5, "SMa", 77, 1);
    link_acknowledge(*state, 5, true);
    link_hand_over_acknowledged(*state);
    assert_non_null(submitted);
    assert_int_equal(submitted->published.items[0].lease, 77);
    assert_int_equal(submitted->published.items[0].account, 9);
    assert_true(submitted->published.items[0].nobody);
}

// A broker that acknowledges twice, or what it never got, moves nothing.
static void test_unknown_and_doubled(void **state)
{
    static const int MIDS[] = {-1, 0, 2, 65535, 65536, 1000000, -65536};
    send(*state, 5, "SMa", 1, 1);
    for (size_t i = 0; i < COUNT(MIDS); i++)
        link_acknowledge(*state, MIDS[i], false);
    expect_handed_over(*state, NULL, 0);
    link_acknowledge(*state, 5, false);
    link_acknowledge(*state, 5, false);
    expect_handed_over(*state, (const char *const[]){"SMa"}, 1);
    link_acknowledge(*state, 5, false);
    expect_handed_over(*state, NULL, 0);
}

// Nobody answers a QoS 0 publish: it counts as soon as it is written.
static void test_qos_0_at_once(void **state)
{
    send(*state, 9, "SMa", 1, 0);
    expect_handed_over(*state, (const char *const[]){"SMa"}, 1);
    link_acknowledge(*state, 9, false);
    expect_handed_over(*state, NULL, 0);
}

// MQTT's numbers begin again: the acknowledgement is the newer message's.
static void test_number_used_again(void **state)
{
    send(*state, 5, "SMa", 1, 1);
    send(*state, 5, "SMb", 1, 1);
    link_acknowledge(*state, 5, false);
    link_acknowledge(*state, 5, false);
    expect_handed_over(*state, (const char *const[]){"SMb"}, 1);
}

// After a new connection the old numbers say nothing.
static void test_forgotten_with_the_connection(void **state)
{
    send(*state, 5, "SMa", 1, 1);
    link_forget_mids(*state);
    link_acknowledge(*state, 5, false);
    expect_handed_over(*state, NULL, 0);
}

// A full engine loses an acknowledgement, which its deadline asks for again, and nothing else.
static void test_full_engine(void **state)
{
    send(*state, 5, "SMa", 1, 1);
    link_acknowledge(*state, 5, false);
    engine_is_full = true;
    link_hand_over_acknowledged(*state);
    engine_is_full = false;
    send(*state, 6, "SMb", 1, 1);
    link_acknowledge(*state, 6, false);
    expect_handed_over(*state, (const char *const[]){"SMb"}, 1);
}

static void test_many_at_once(void **state)
{
    enum { MANY = 5000 };
    for (int mid = 1; mid <= MANY; mid++) {
        char id[ID_SIZE];
        snprintf(id, sizeof(id), "SM%d", mid);
        send(*state, mid, id, mid, 1);
    }
    for (int mid = MANY; mid >= 1; mid--)
        link_acknowledge(*state, mid, false);
    link_hand_over_acknowledged(*state);
    assert_non_null(submitted);
    assert_int_equal(submitted->published.count, MANY);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(submitted->published.items[i].lease, MANY - i);
}

static void test_nothing_goes_out_while_down(void **state)
{
    struct link *link = *state;
    link->up = false;
    published_qos = 1;
    send(link, 5, "SMa", 1, 1);
    link_acknowledge(link, 5, false);
    expect_handed_over(link, NULL, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_in_the_order_of_the_broker),
        TEST(test_carries_lease_account_and_absence),
        TEST(test_unknown_and_doubled),
        TEST(test_qos_0_at_once),
        TEST(test_number_used_again),
        TEST(test_forgotten_with_the_connection),
        TEST(test_full_engine),
        TEST(test_many_at_once),
        TEST(test_nothing_goes_out_while_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
