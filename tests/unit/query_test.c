// Readers: accounts, keys, devices, events and counts.
#include "tests/unit/store_fixture.h"

#include "bridge/store/migrate.h"

#include <stdio.h>
#include <string.h>

static void put_account(struct store *store, int64_t n)
{
    struct account account = {.n = n, .name = "An account", .created_at = n};
    snprintf(account.id, sizeof(account.id), "AC%lld", (long long)n);
    store_begin(store);
    assert_true(store_account_add(store, &account));
    assert_int_equal(store_commit(store), STORE_OK);
}

static void test_accounts(void **state)
{
    struct fixture *fixture = *state;
    struct query *query = fixture_query(fixture);
    struct account account, page[2];
    size_t count;
    assert_int_equal(query_account_first(query, &account), QUERY_NONE);
    for (int64_t n = 1; n <= 3; n++)
        put_account(fixture->store, n);
    assert_int_equal(query_account_first(query, &account), QUERY_OK);
    assert_string_equal(account.id, "AC1");
    assert_int_equal(query_account(query, &account, "AC2"), QUERY_OK);
    assert_int_equal(account.n, 2);
    assert_int_equal(query_account(query, &account, "AC9"), QUERY_NONE);
    assert_int_equal(query_account_by_n(query, &account, 3), QUERY_OK);
    assert_string_equal(account.name, "An account");
    assert_int_equal(query_account_by_n(query, &account, 9), QUERY_NONE);
    assert_int_equal(query_accounts(query, page, 2, &count, 0), QUERY_OK);
    assert_int_equal(count, 2);
    assert_int_equal(query_accounts(query, page, 2, &count, page[1].n), QUERY_OK);
    assert_int_equal(count, 1);
    assert_int_equal(page[0].n, 3);
}

static void test_keys_of_one_account(void **state)
{
    struct fixture *fixture = *state;
    struct app_key page[8];
    size_t count;
    store_begin(fixture->store);
    for (int64_t n = 1; n <= 4; n++) {
        struct app_key key = {.n = n, .account = n == 2 ? 2 : 1, .revoked_at = n == 3 ? 9 : 0};
        key.hash[0] = (uint8_t)n;
        snprintf(key.id, sizeof(key.id), "SK%lld", (long long)n);
        assert_true(store_key_add(fixture->store, &key));
    }
    assert_int_equal(store_commit(fixture->store), STORE_OK);
    assert_int_equal(query_keys(fixture_query(fixture), page, 8, &count, 1, 0), QUERY_OK);
    assert_int_equal(count, 3);
    assert_int_equal(page[1].n, 3); // revoked ones are shown
    assert_int_equal(query_keys(fixture->query, page, 8, &count, 1, 3), QUERY_OK);
    assert_int_equal(count, 1);
    assert_int_equal(page[0].n, 4);
    uint8_t hash[SECRET_HASH_BYTES] = {3};
    assert_int_equal(query_key_by_hash(fixture->query, page, hash), QUERY_OK);
    assert_int_equal(page[0].revoked_at, 9);
    hash[1] = 1;
    assert_int_equal(query_key_by_hash(fixture->query, page, hash), QUERY_NONE);
}

static void put_turn(struct store *store, int64_t n, enum turn turn, int64_t route)
{
    struct message message = sample_message(n);
    message.turn = turn;
    message.route = route;
    put_message(store, &message);
}

static void test_devices_and_their_queues(void **state)
{
    struct fixture *fixture = *state;
    struct query *query = fixture_query(fixture);
    struct device_view view, page[8];
    size_t count;
    struct device one = sample_device(1, 1, "one"), removed = sample_device(2, 1, "two"),
                  foreign = sample_device(3, 2, "three"), four = sample_device(4, 1, "four");
    removed.removed_at = 5;
    one.status = (char *)"{}";
    put_device(fixture->store, &one);
    put_device(fixture->store, &removed);
    put_device(fixture->store, &foreign);
    put_device(fixture->store, &four);
    put_turn(fixture->store, 1, TURN_WAITS, 1);
    put_turn(fixture->store, 2, TURN_WAITS, 1);
    put_turn(fixture->store, 3, TURN_OUT, 1);
    put_turn(fixture->store, 4, TURN_WAITS, -1); // any device: not by name
    put_turn(fixture->store, 5, TURN_NONE, 1);
    assert_int_equal(query_device(query, &view, 1, "one"), QUERY_OK);
    assert_int_equal(view.waiting, 2);
    assert_int_equal(view.out, 1);
    assert_string_equal(view.device.status, "{}");
    device_view_clear(&view);
    assert_int_equal(query_device(query, &view, 1, "two"), QUERY_NONE);
    assert_int_equal(query_device(query, &view, 1, "three"), QUERY_NONE);
    assert_int_equal(query_device(query, &view, 1, "five"), QUERY_NONE);
    assert_int_equal(query_devices(query, page, 8, &count, 1, 0), QUERY_OK);
    assert_int_equal(count, 2);
    assert_string_equal(page[0].device.id, "one");
    assert_int_equal(page[0].waiting, 2);
    assert_string_equal(page[1].device.id, "four");
    assert_int_equal(page[1].waiting + page[1].out, 0);
    device_view_clear(&page[0]);
    device_view_clear(&page[1]);
    assert_int_equal(query_devices(query, page, 8, &count, 1, 1), QUERY_OK);
    assert_int_equal(count, 1);
    device_view_clear(&page[0]);
}

static void test_timeline_keeps_the_newest(void **state)
{
    struct fixture *fixture = *state;
    struct event_view page[8];
    size_t count;
    struct message message = sample_message(9);
    struct device device = sample_device(3, 1, "phone");
    put_message(fixture->store, &message);
    put_device(fixture->store, &device);
    for (int64_t n = 1; n <= 5; n++) {
        struct event event = sample_event(n, n == 2 ? 8 : 9);
        event.kind = n == 5 ? EVENT_PART : STATE_QUEUED;
        event.device = n == 5 ? 3 : 0;
        event.lease = n;
        event.part = n;
        snprintf(event.reason, sizeof event.reason, "%s", "because");
        memset(event.detail, 'd', sizeof(event.detail) - 1);
        put_event(fixture->store, &event);
    }
    assert_int_equal(query_timeline(fixture_query(fixture), page, 8, &count, 9), QUERY_OK);
    assert_int_equal(count, 4);
    assert_int_equal(page[0].event.n, 1);
    assert_int_equal(page[3].event.n, 5);
    assert_int_equal(page[3].event.kind, EVENT_PART);
    assert_int_equal(page[3].event.lease, 5);
    assert_int_equal(page[3].event.part, 5);
    assert_int_equal(page[3].event.at, 1700000000005);
    assert_string_equal(page[3].event.reason, "because");
    assert_int_equal(strlen(page[3].event.detail), DETAIL_SIZE - 1);
    assert_string_equal(page[3].message_id, message.id);
    assert_string_equal(page[3].device_id, "phone");
    assert_string_equal(page[3].peer, message.peer);
    assert_string_equal(page[0].device_id, "");
    assert_int_equal(query_timeline(fixture->query, page, 2, &count, 9), QUERY_OK);
    assert_int_equal(count, 2);
    assert_int_equal(page[0].event.n, 4);
    assert_int_equal(page[1].event.n, 5);
}

static void test_events_of_all(void **state)
{
    struct fixture *fixture = *state;
    struct event_view page[3];
    size_t count;
    int64_t last = -1;
    assert_int_equal(query_event_last(fixture_query(fixture), &last), QUERY_OK);
    assert_int_equal(last, 0);
    for (int64_t n = 1; n <= 4; n++) {
        struct event event = sample_event(n, 0);
        event.account = n;
        event.kind = EVENT_DEVICE_ONLINE;
        put_event(fixture->store, &event);
    }
    assert_int_equal(query_event_last(fixture->query, &last), QUERY_OK);
    assert_int_equal(last, 4);
    assert_int_equal(query_events(fixture->query, page, 3, &count, 0), QUERY_OK);
    assert_int_equal(count, 3);
    assert_int_equal(query_events(fixture->query, page, 3, &count, page[2].event.n), QUERY_OK);
    assert_int_equal(count, 1);
    assert_int_equal(page[0].event.account, 4);
    assert_string_equal(page[0].message_id, "");
    assert_string_equal(page[0].peer, "");
}

static void test_ahead(void **state)
{
    struct fixture *fixture = *state;
    int64_t ahead;
    struct message message = sample_message(5);
    for (int64_t n = 1; n <= 6; n++) {
        message = sample_message(n);
        message.lane = n == 6 ? LANE_OTP : LANE_NORMAL;
        put_message(fixture->store, &message);
    }
    message = sample_message(5);
    assert_int_equal(query_messages_ahead(fixture_query(fixture), &ahead, &message), QUERY_OK);
    assert_int_equal(ahead, 5); // 1 to 4, and the one of a faster lane
    message.n = 1;
    message.lane = LANE_OTP;
    assert_int_equal(query_messages_ahead(fixture->query, &ahead, &message), QUERY_OK);
    assert_int_equal(ahead, 0);
    store_begin(fixture->store);
    for (int64_t n = 10; n <= 1100; n++) {
        struct message other = sample_message(n);
        assert_true(store_message_add(fixture->store, &other));
    }
    assert_int_equal(store_commit(fixture->store), STORE_OK);
    message = sample_message(2000);
    assert_int_equal(query_messages_ahead(fixture->query, &ahead, &message), QUERY_OK);
    assert_int_equal(ahead, 1000);
}

static void test_counts(void **state)
{
    struct fixture *fixture = *state;
    struct query_counts counts;
    assert_int_equal(query_counts(fixture_query(fixture), &counts), QUERY_OK);
    assert_int_equal(counts.waiting + counts.out + counts.due + counts.oldest_waiting_at + counts.devices, 0);
    assert_int_equal(counts.schema, migrate_version());
    struct device device = sample_device(1, 1, "one"), other = sample_device(2, 1, "two");
    device.online = true;
    put_device(fixture->store, &device);
    put_device(fixture->store, &other);
    struct message due = sample_message(3000);
    due.turn = TURN_OUT;
    due.due_at = 5;
    put_message(fixture->store, &due);
    // the oldest one waits on the last route, behind two thousand younger ones
    store_begin(fixture->store);
    for (int64_t n = 1; n <= 2001; n++) {
        struct message message = sample_message(n);
        message.route = n == 1 ? 9 : -9;
        assert_true(store_message_add(fixture->store, &message));
    }
    assert_int_equal(store_commit(fixture->store), STORE_OK);
    assert_int_equal(query_counts(fixture->query, &counts), QUERY_OK);
    assert_int_equal(counts.waiting, 2001);
    assert_int_equal(counts.out, 1);
    assert_int_equal(counts.due, 1);
    assert_int_equal(counts.oldest_waiting_at, sample_message(1).created_at);
    assert_int_equal(counts.devices, 2);
    assert_int_equal(counts.devices_online, 1);
}

static void test_reader_does_not_wait_for_the_writer(void **state)
{
    struct fixture *fixture = *state;
    struct message message = sample_message(1);
    struct message_view view;
    (void)fixture_query(fixture);
    store_begin(fixture->store);
    assert_true(store_message_add(fixture->store, &message));
    assert_int_equal(query_message(fixture->query, &view, 1, message.id), QUERY_NONE);
    assert_int_equal(store_commit(fixture->store), STORE_OK);
    assert_int_equal(query_message(fixture->query, &view, 1, message.id), QUERY_OK);
    message_view_clear(&view);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_accounts),
        CASE(test_keys_of_one_account),
        CASE(test_devices_and_their_queues),
        CASE(test_timeline_keeps_the_newest),
        CASE(test_events_of_all),
        CASE(test_ahead),
        CASE(test_counts),
        CASE(test_reader_does_not_wait_for_the_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
