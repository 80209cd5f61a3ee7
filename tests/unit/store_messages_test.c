// The engine's reads: in turn, when due, by batch, peer and uid.
#include "tests/unit/store_fixture.h"

#include <stdio.h>
#include <string.h>

enum { LIMIT = 64 };

static void clear_all(struct message *messages, size_t count)
{
    for (size_t i = 0; i < count; i++)
        message_clear(&messages[i]);
}

static void put_turn(struct store *store, int64_t n, enum turn turn, int64_t route, enum lane lane)
{
    struct message message = sample_message(n);
    message.turn = turn;
    message.route = route;
    message.lane = lane;
    put_message(store, &message);
}

static void test_turn_goes_by_lane_then_order(void **state)
{
    static const int64_t expected[] = {5, 1, 3, 2, 4};
    struct fixture *fixture = *state;
    struct message found[LIMIT];
    put_turn(fixture->store, 1, TURN_WAITS, 7, LANE_NORMAL);
    put_turn(fixture->store, 2, TURN_WAITS, 7, LANE_BULK);
    put_turn(fixture->store, 3, TURN_WAITS, 7, LANE_NORMAL);
    put_turn(fixture->store, 4, TURN_WAITS, 7, LANE_BULK);
    put_turn(fixture->store, 5, TURN_WAITS, 7, LANE_OTP);
    put_turn(fixture->store, 6, TURN_OUT, 7, LANE_OTP);
    put_turn(fixture->store, 7, TURN_WAITS, -7, LANE_OTP);
    put_turn(fixture->store, 8, TURN_NONE, 7, LANE_OTP);
    size_t count = store_messages_turn(fixture->store, found, LIMIT, TURN_WAITS, 7, 0, 0);
    assert_int_equal(count, COUNT(expected));
    for (size_t i = 0; i < count; i++)
        assert_int_equal(found[i].n, expected[i]);
    clear_all(found, count);
    // in windows of one
    int64_t lane = 0, n = 0;
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(store_messages_turn(fixture->store, found, 1, TURN_WAITS, 7, lane, n), 1);
        assert_int_equal(found[0].n, expected[i]);
        lane = found[0].lane;
        n = found[0].n;
        message_clear(&found[0]);
    }
    assert_int_equal(store_messages_turn(fixture->store, found, 1, TURN_WAITS, 7, lane, n), 0);
}

static bool sum_turns(void *context, enum turn turn, int64_t route, int64_t count)
{
    *(int64_t *)context += (turn == TURN_OUT ? 1000 : 1) * route * count;
    return true;
}

static void test_turns_are_counted_by_route(void **state)
{
    struct fixture *fixture = *state;
    int64_t sum = 0;
    put_turn(fixture->store, 1, TURN_WAITS, 3, LANE_NORMAL);
    put_turn(fixture->store, 2, TURN_WAITS, 3, LANE_BULK);
    put_turn(fixture->store, 3, TURN_WAITS, 10, LANE_BULK);
    put_turn(fixture->store, 4, TURN_OUT, 5, LANE_BULK);
    put_turn(fixture->store, 5, TURN_NONE, 100, LANE_BULK);
    assert_true(store_turns_each(fixture->store, sum_turns, &sum));
    assert_int_equal(sum, 3 * 2 + 10 + 5 * 1000);
}

static void test_due_goes_by_time(void **state)
{
    static const int64_t due[] = {0, 500, 100, 300, 200};
    static const int64_t expected[] = {3, 5, 4};
    struct fixture *fixture = *state;
    struct message found[LIMIT];
    assert_int_equal(store_next_due(fixture->store), INT64_MAX);
    for (size_t i = 0; i < COUNT(due); i++) {
        struct message message = sample_message((int64_t)i + 1);
        message.due_at = due[i];
        put_message(fixture->store, &message);
    }
    assert_int_equal(store_next_due(fixture->store), 100);
    assert_int_equal(store_messages_due(fixture->store, found, LIMIT, 99), 0);
    size_t count = store_messages_due(fixture->store, found, LIMIT, 300);
    assert_int_equal(count, COUNT(expected));
    for (size_t i = 0; i < count; i++)
        assert_int_equal(found[i].n, expected[i]);
    clear_all(found, count);
    assert_int_equal(store_messages_due(fixture->store, found, 2, 500), 2);
    clear_all(found, 2);
}

static void test_batch_of_one_account(void **state)
{
    struct fixture *fixture = *state;
    struct message found[LIMIT];
    for (int64_t n = 1; n <= 4; n++) {
        struct message message = sample_message(n);
        snprintf(message.batch, sizeof message.batch, "%s", n == 2 ? "BA2" : "BA1");
        message.account = n == 4 ? 2 : 1;
        put_message(fixture->store, &message);
    }
    size_t count = store_messages_batch(fixture->store, found, LIMIT, 1, "BA1");
    assert_int_equal(count, 2);
    assert_int_equal(found[0].n, 1);
    assert_int_equal(found[1].n, 3);
    clear_all(found, count);
}

static void test_peer_device_is_the_last_one(void **state)
{
    struct fixture *fixture = *state;
    int64_t sim, device = 77;
    struct message message = sample_message(1);
    put_message(fixture->store, &message); // nobody has it yet
    assert_false(store_peer_device(fixture->store, &device, &sim, 1, message.peer));
    assert_int_equal(device, 77);
    static const struct {
        int64_t device;
        enum direction direction;
    } rows[] = {{5, DIRECTION_OUTBOUND}, {6, DIRECTION_OUTBOUND}, {8, DIRECTION_INBOUND}, {0, 0}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        message = sample_message((int64_t)i + 2);
        message.device = rows[i].device;
        message.direction = rows[i].direction;
        put_message(fixture->store, &message);
    }
    assert_true(store_peer_device(fixture->store, &device, &sim, 1, message.peer));
    assert_int_equal(device, 6);
    assert_false(store_peer_device(fixture->store, &device, &sim, 2, message.peer));
    assert_false(store_peer_device(fixture->store, &device, &sim, 1, "+1"));
}

static void test_inbound_uid_is_of_one_device(void **state)
{
    struct fixture *fixture = *state;
    struct message message = sample_message(1);
    message.device = 4;
    snprintf(message.uid, sizeof message.uid, "%s", "journal-1");
    put_message(fixture->store, &message);
    assert_true(store_inbound_known(fixture->store, 4, "journal-1"));
    assert_false(store_inbound_known(fixture->store, 5, "journal-1"));
    assert_false(store_inbound_known(fixture->store, 4, "journal-2"));
    assert_false(store_inbound_known(fixture->store, 4, ""));
}

static void test_load_is_of_one_account(void **state)
{
    struct fixture *fixture = *state;
    struct message message = sample_message(1), loaded;
    put_message(fixture->store, &message);
    assert_false(store_message_load(fixture->store, &loaded, 2, message.id));
    assert_false(store_message_load(fixture->store, &loaded, 1, "SM"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_turn_goes_by_lane_then_order),
        CASE(test_turns_are_counted_by_route),
        CASE(test_due_goes_by_time),
        CASE(test_batch_of_one_account),
        CASE(test_peer_device_is_the_last_one),
        CASE(test_inbound_uid_is_of_one_device),
        CASE(test_load_is_of_one_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
