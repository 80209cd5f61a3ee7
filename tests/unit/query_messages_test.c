// Lists of messages: every filter, stable pages, bounded work, and nothing of other accounts.
#include "tests/unit/store_fixture.h"

#include <stdio.h>
#include <string.h>

enum { PAGE = 7, ROWS = 60 };

// Rows 1 to ROWS, told apart by the remainders of their n; every 10th is a foreign account's.
static void put_rows(struct store *store)
{
    struct device phone = sample_device(1, 1, "phone"), other = sample_device(2, 1, "other");
    phone.online = true;
    phone.online_at = 123;
    other.paused = true;
    put_device(store, &phone);
    put_device(store, &other);
    store_begin(store);
    for (int64_t n = 1; n <= ROWS; n++) {
        struct message message = sample_message(n);
        message.account = n % 10 == 0 ? 2 : 1;
        message.direction = n % 4 == 0 ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
        message.state = n % 5 == 0 ? STATE_HELD : n % 4 == 0 ? STATE_RECEIVED : STATE_SENT;
        message.turn = n % 10 == 5 ? TURN_WAITS : TURN_NONE;
        message.due_at = n % 10 == 5 ? 0 : n;
        message.device = n % 3 == 0 ? 1 : 0;
        message.want_device = n % 3 == 1 ? 2 : 0;
        if (n % 6 == 0)
            snprintf(message.peer, sizeof message.peer, "%s", "+1");
        if (n % 7 == 0)
            snprintf(message.batch, sizeof message.batch, "%s", "BA7");
        assert_true(store_message_add(store, &message));
    }
    assert_int_equal(store_commit(store), STORE_OK);
}

static bool matches(int64_t n, const struct message_filter *filter)
{
    struct message message = sample_message(n);
    int state = n % 5 == 0 ? STATE_HELD : n % 4 == 0 ? STATE_RECEIVED : STATE_SENT;
    int64_t device = n % 3 == 0 ? 1 : n % 3 == 1 ? 2 : 0;
    return (n % 10 == 0 ? 2 : 1) == filter->account &&
           (filter->states[0] == 0 || (int)filter->states[0] == state) &&
           (filter->direction < 0 || filter->direction == (n % 4 == 0)) &&
           (filter->peer[0] == '\0' || (strcmp(filter->peer, "+1") == 0) == (n % 6 == 0)) &&
           (filter->batch[0] == '\0' || n % 7 == 0) && (filter->device == 0 || filter->device == device) &&
           message.created_at >= filter->created_from &&
           (filter->created_to == 0 || message.created_at < filter->created_to);
}

// Pages through the whole list; its rows must be those that match, newest first.
static void check_list(struct fixture *fixture, struct message_filter filter, int number)
{
    int64_t expected = ROWS;
    do {
        struct message_view page[PAGE];
        size_t count = 99;
        char cursor[ID_SIZE] = "?";
        assert_int_equal(query_messages(fixture_query(fixture), page, PAGE, &count, cursor, &filter),
                         QUERY_OK);
        CHECK(count > 0 || cursor[0] == '\0', "list %d: an empty page goes on", number);
        for (size_t i = 0; i < count; i++, expected--) {
            while (expected > 0 && !matches(expected, &filter))
                expected--;
            CHECK(page[i].message.n == expected, "list %d: %lld instead of %lld", number,
                  (long long)page[i].message.n, (long long)expected);
            message_view_clear(&page[i]);
        }
        memcpy(filter.before, cursor, sizeof(cursor));
    } while (filter.before[0] != '\0');
    while (expected > 0 && !matches(expected, &filter))
        expected--;
    CHECK(expected == 0, "list %d misses %lld", number, (long long)expected);
}

static void test_filters(void **state)
{
    enum { T = 20 };
    const int64_t at = sample_message(T).created_at;
    const struct message_filter filters[] = {
        {.account = 1, .direction = -1},
        {.account = 2, .direction = -1},
        {.account = 3, .direction = -1},
        {.account = 1, .direction = DIRECTION_INBOUND},
        {.account = 1, .direction = DIRECTION_OUTBOUND},
        {.account = 1, .direction = -1, .states = {STATE_SENT}},
        {.account = 1, .direction = -1, .states = {STATE_HELD}},
        {.account = 2, .direction = -1, .states = {STATE_HELD}},
        {.account = 1, .direction = -1, .states = {STATE_FAILED}},
        {.account = 1, .direction = -1, .peer = "+1"},
        {.account = 1, .direction = -1, .peer = "+4915112345678"},
        {.account = 1, .direction = DIRECTION_INBOUND, .peer = "+1"},
        {.account = 1, .direction = -1, .peer = "+1", .states = {STATE_HELD}},
        {.account = 1, .direction = -1, .batch = "BA7"},
        {.account = 1, .direction = -1, .batch = "BA7", .peer = "+1"},
        {.account = 2, .direction = -1, .batch = "BA7"},
        {.account = 1, .direction = -1, .device = 1},
        {.account = 1, .direction = -1, .device = 2},
        {.account = 1, .direction = -1, .created_from = at},
        {.account = 1, .direction = -1, .created_to = at},
        {.account = 1, .direction = -1, .created_from = at, .created_to = at + 10, .states = {STATE_SENT}},
    };
    struct fixture *fixture = *state;
    put_rows(fixture->store);
    for (size_t i = 0; i < COUNT(filters); i++)
        check_list(fixture, filters[i], (int)i);
}

// Goes up the list from id on; each page must have the next ones that match, newest first.
static void check_newer(struct fixture *fixture, const struct message_filter *filter, int number)
{
    char from[ID_SIZE] = "";
    int64_t expected = 1;
    size_t count;
    do {
        struct message_view page[PAGE];
        int64_t rows[PAGE];
        size_t found = 0;
        assert_int_equal(query_messages_newer(fixture_query(fixture), page, PAGE, &count, from, filter),
                         QUERY_OK);
        for (; expected <= ROWS && found < PAGE; expected++)
            if (matches(expected, filter))
                rows[found++] = expected;
        CHECK(count == found, "list %d: %zu rows instead of %zu", number, count, found);
        for (size_t i = 0; i < count; i++) {
            CHECK(page[i].message.n == rows[count - 1 - i], "list %d: %lld", number,
                  (long long)page[i].message.n);
            message_view_clear(&page[i]);
        }
        memcpy(from, sample_message(expected).id, sizeof(from));
    } while (count == PAGE);
}

static void test_newer_pages(void **state)
{
    struct fixture *fixture = *state;
    const struct message_filter filters[] = {
        {.account = 1, .direction = -1},
        {.account = 3, .direction = -1},
        {.account = 1, .direction = DIRECTION_INBOUND},
        {.account = 1, .direction = -1, .peer = "+1"},
        {.account = 1, .direction = DIRECTION_OUTBOUND, .peer = "+4915112345678"},
        {.account = 1, .direction = -1, .device = 1},
        {.account = 1, .direction = -1, .created_from = sample_message(20).created_at},
        {.account = 1, .direction = -1, .created_to = sample_message(20).created_at},
        {.account = 1, .direction = -1, .peer = "+1", .created_from = sample_message(20).created_at},
    };
    put_rows(fixture->store);
    for (size_t i = 0; i < COUNT(filters); i++)
        check_newer(fixture, &filters[i], (int)i);
}

static void test_pages_do_not_shift_when_rows_come(void **state)
{
    struct fixture *fixture = *state;
    static const char *const peers[] = {"", "+4915112345678"};
    for (size_t i = 0; i < COUNT(peers); i++) {
        struct message_view page[2];
        size_t count;
        char cursor[ID_SIZE];
        struct message_filter filter = {.account = 1, .direction = -1};
        snprintf(filter.peer, sizeof filter.peer, "%s", peers[i]);
        int64_t first = store_message_last(fixture->store) + 1;
        for (int64_t n = first; n < first + 4; n++) {
            struct message message = sample_message(n);
            put_message(fixture->store, &message);
        }
        for (int64_t expected = first + 3; expected > first; expected -= 2) {
            assert_int_equal(query_messages(fixture_query(fixture), page, 2, &count, cursor, &filter),
                             QUERY_OK);
            assert_int_equal(count, 2);
            assert_int_equal(page[0].message.n, expected);
            assert_int_equal(page[1].message.n, expected - 1);
            message_view_clear(&page[0]);
            message_view_clear(&page[1]);
            memcpy(filter.before, cursor, sizeof(cursor));
            struct message newer = sample_message(store_message_last(fixture->store) + 1);
            put_message(fixture->store, &newer);
        }
    }
}

static void test_view_shows_the_devices(void **state)
{
    struct fixture *fixture = *state;
    struct message_view view;
    put_rows(fixture->store);
    struct message held = sample_message(3), wanted = sample_message(1), foreign = sample_message(10);
    assert_int_equal(query_message(fixture_query(fixture), &view, 1, held.id), QUERY_OK);
    assert_string_equal(view.device_id, "phone");
    assert_string_equal(view.want_device_id, "");
    assert_true(view.device_online);
    assert_false(view.device_paused);
    assert_int_equal(view.device_online_at, 123);
    assert_string_equal(view.message.text, "Hello");
    message_view_clear(&view);
    assert_int_equal(query_message(fixture->query, &view, 1, wanted.id), QUERY_OK);
    assert_string_equal(view.device_id, "");
    assert_string_equal(view.want_device_id, "other");
    assert_false(view.device_online);
    assert_true(view.device_paused);
    message_view_clear(&view);
    assert_int_equal(query_message(fixture->query, &view, 1, foreign.id), QUERY_NONE);
    assert_int_equal(query_message(fixture->query, &view, 1, "SM"), QUERY_NONE);
}

// One match below more rows than a page looks at: found, by a cursor that goes on, whatever the filter is.
static void test_sparse_pages_are_short_and_go_on(void **state)
{
    struct fixture *fixture = *state;
    static const char *const peers[] = {"", "+4915112345678"};
    store_begin(fixture->store);
    for (int64_t n = 1; n <= QUERY_SCAN_MAX + 500; n++) {
        struct message message = sample_message(n);
        message.state = n == 100 ? STATE_FAILED : STATE_SENT;
        message.turn = TURN_NONE;
        assert_true(store_message_add(fixture->store, &message));
    }
    assert_int_equal(store_commit(fixture->store), STORE_OK);
    for (size_t i = 0; i < COUNT(peers); i++) {
        struct message_view page[PAGE];
        size_t count;
        char cursor[ID_SIZE];
        struct message_filter filter = {.account = 1, .direction = -1, .states = {STATE_FAILED}};
        snprintf(filter.peer, sizeof filter.peer, "%s", peers[i]);
        assert_int_equal(query_messages(fixture_query(fixture), page, PAGE, &count, cursor, &filter),
                         QUERY_OK);
        assert_int_equal(count, 0);
        assert_string_equal(cursor, sample_message(501).id);
        memcpy(filter.before, cursor, sizeof(cursor));
        assert_int_equal(query_messages(fixture->query, page, PAGE, &count, cursor, &filter), QUERY_OK);
        assert_int_equal(count, 1);
        assert_int_equal(page[0].message.n, 100);
        assert_string_equal(cursor, "");
        message_view_clear(&page[0]);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_filters),
        CASE(test_pages_do_not_shift_when_rows_come),
        CASE(test_newer_pages),
        CASE(test_view_shows_the_devices),
        CASE(test_sparse_pages_are_short_and_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
