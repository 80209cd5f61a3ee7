// Every record comes back as it was written, and rows that contradict others are refused.
#include "bridge/store/rows.h"
#include "tests/unit/store_fixture.h"

#include <stdlib.h>
#include <string.h>

static void fill(char *field, size_t size, char letter)
{
    memset(field, letter, size - 1);
    field[size - 1] = '\0';
}

static struct message fullest_message(void)
{
    struct message message = sample_message(1);
    message.n = INT64_MAX;
    message.account = ROW_NUMBER_MAX;
    fill(message.batch, sizeof(message.batch), 'b');
    message.direction = DIRECTION_INBOUND;
    fill(message.peer, sizeof(message.peer), 'p');
    message.text = malloc(6401);
    fill(message.text, 6401, 't');
    message.parts = 255;
    message.state = STATE_RECEIVED;
    fill(message.reason, sizeof(message.reason), 'r');
    fill(message.detail, sizeof(message.detail), 'd');
    message.lane = LANE_BULK;
    message.qos = 2;
    message.want_device = ROW_NUMBER_MAX;
    message.want_sim = 8;
    message.device = ROW_NUMBER_MAX - 1;
    message.sim = 8;
    message.lease = ROW_NUMBER_MAX;
    message.lease_until = ROW_NUMBER_MAX;
    message.attempts = 3;
    message.asked = 99;
    message.cancelling = true;
    message.parts_sent = INT64_MIN; // bit 63
    message.parts_delivered = -1;   // all bits
    message.turn = TURN_OUT;
    message.route = INT64_MIN;
    message.due_at = ROW_NUMBER_MAX;
    message.send_at = ROW_NUMBER_MAX;
    message.metadata = malloc(4097);
    fill(message.metadata, 4097, 'm');
    fill(message.uid, sizeof(message.uid), 'u');
    message.callback_url = malloc(2049);
    fill(message.callback_url, 2049, 'c');
    message.want_pool = ROW_NUMBER_MAX;
    message.purpose = PURPOSE_NOTICE;
    message.redact = REDACT_DONE;
    message.hide_number = true;
    message.schedule = ROW_NUMBER_MAX;
    return message;
}

static void check_message(struct fixture *fixture, const struct message *message)
{
    struct message loaded = {.n = 0};
    put_message(fixture->store, message);
    fixture_reopen(fixture);
    assert_true(store_message_load(fixture->store, &loaded, message->account, message->id));
    assert_same_message(&loaded, message);
    message_clear(&loaded);
}

static void test_message_with_all_fields_full(void **state)
{
    struct message message = fullest_message();
    check_message(*state, &message);
    message_clear(&message);
}

static void test_message_with_all_optional_fields_empty(void **state)
{
    struct message message = sample_message(1);
    message.text = (char *)"";
    message.expires_at = 0;
    check_message(*state, &message);
}

static void test_message_text_in_many_scripts(void **state)
{
    struct message message = sample_message(1);
    message.text = (char *)"Grüße, 你好, 👋\r\n\t'; DROP TABLE message; --";
    check_message(*state, &message);
}

// But for qos, which a phone may cap.
static void test_update_leaves_the_request_alone(void **state)
{
    struct fixture *fixture = *state;
    struct message message = sample_message(5), changed = fullest_message(), loaded = {.n = 0};
    put_message(fixture->store, &message);
    changed.n = message.n;
    store_begin(fixture->store);
    assert_true(store_message_update(fixture->store, &changed));
    assert_int_equal(store_commit(fixture->store), STORE_OK);

    struct message expected = changed;
    memcpy(expected.id, message.id, sizeof(expected.id));
    memcpy(expected.batch, message.batch, sizeof(expected.batch));
    memcpy(expected.peer, message.peer, sizeof(expected.peer));
    memcpy(expected.uid, message.uid, sizeof(expected.uid));
    expected.account = message.account;
    expected.direction = message.direction;
    expected.encoding = message.encoding;
    expected.parts = message.parts;
    expected.lane = message.lane;
    expected.want_device = message.want_device;
    expected.want_sim = message.want_sim;
    expected.want_report = message.want_report;
    expected.send_at = message.send_at;
    expected.expires_at = message.expires_at;
    expected.created_at = message.created_at;
    expected.metadata = message.metadata;
    expected.callback_url = message.callback_url;
    expected.want_pool = message.want_pool;
    expected.purpose = message.purpose;
    expected.schedule = message.schedule;
    assert_true(store_message_load(fixture->store, &loaded, message.account, message.id));
    assert_same_message(&loaded, &expected);
    message_clear(&loaded);
    message_clear(&changed);
}

static bool take_device(void *context, const struct device *device)
{
    struct device *out = context;
    *out = *device;
    out->status = device->status ? strdup(device->status) : NULL;
    return true;
}

static void check_device(struct fixture *fixture, const struct device *device)
{
    struct device loaded = {.n = 0};
    fixture_reopen(fixture);
    assert_true(store_devices_each(fixture->store, take_device, &loaded));
    assert_int_equal(loaded.n, device->n);
    assert_int_equal(loaded.account, device->account);
    assert_string_equal(loaded.id, device->id);
    assert_string_equal(loaded.name, device->name);
    assert_memory_equal(loaded.key_hash, device->key_hash, sizeof(loaded.key_hash));
    assert_int_equal(loaded.paused, device->paused);
    assert_int_equal(loaded.online, device->online);
    assert_int_equal(loaded.created_at, device->created_at);
    assert_int_equal(loaded.removed_at, device->removed_at);
    assert_int_equal(loaded.online_at, device->online_at);
    assert_int_equal(loaded.seen_at, device->seen_at);
    assert_string_equal(loaded.journal, device->journal);
    assert_int_equal(loaded.up_to, device->up_to);
    if (device->status == NULL)
        assert_null(loaded.status);
    else
        assert_string_equal(loaded.status, device->status);
    device_clear(&loaded);
}

static void test_device(void **state)
{
    struct fixture *fixture = *state;
    struct device device = sample_device(1, 1, "a-phone");
    put_device(fixture->store, &device);
    check_device(fixture, &device);

    fill(device.name, sizeof(device.name), 'n');
    memset(device.key_hash, 0, sizeof(device.key_hash)); // a blob of NULs is no NULL
    device.paused = device.online = true;
    device.removed_at = device.online_at = device.seen_at = ROW_NUMBER_MAX;
    fill(device.journal, sizeof(device.journal), 'j');
    device.up_to = INT64_MAX;
    device.status = (char *)"{\"battery\":{\"percent\":50}}";
    store_begin(fixture->store);
    assert_true(store_device_update(fixture->store, &device));
    assert_true(store_device_status_put(fixture->store, 1, device.status));
    assert_int_equal(store_commit(fixture->store), STORE_OK);
    check_device(fixture, &device);
    char *status = store_device_status(fixture->store, 1);
    assert_string_equal(status, device.status);
    free(status);

    store_begin(fixture->store);
    assert_true(store_device_uplink(fixture->store, 1, 77, 88));
    assert_int_equal(store_commit(fixture->store), STORE_OK);
    device.up_to = 77;
    device.seen_at = 88;
    check_device(fixture, &device);
}

static void test_key(void **state)
{
    struct fixture *fixture = *state;
    struct app_key key = {.n = 3,
                          .account = 2,
                          .id = "SK1",
                          .hint = "sqk_abcdefgh",
                          .scopes = SCOPE_ALL,
                          .rate_per_minute = 100,
                          .created_at = 5,
                          .expires_at = 6};
    struct app_key loaded;
    fill(key.name, sizeof(key.name), 'k');
    memset(key.hash, 0xFF, sizeof(key.hash));
    store_begin(fixture->store);
    assert_true(store_key_add(fixture->store, &key));
    assert_true(store_key_used(fixture->store, 3, 9));
    assert_false(store_key_revoke(fixture->store, 1, "SK1", 7)); // a foreign account's
    assert_false(store_key_revoke(fixture->store, 2, "SK2", 7));
    assert_true(store_key_revoke(fixture->store, 2, "SK1", 7));
    assert_false(store_key_revoke(fixture->store, 2, "SK1", 8)); // once is enough
    assert_int_equal(store_commit(fixture->store), STORE_OK);
    assert_int_equal(query_key_by_hash(fixture_query(fixture), &loaded, key.hash), QUERY_OK);
    assert_string_equal(loaded.id, "SK1");
    assert_string_equal(loaded.name, key.name);
    assert_string_equal(loaded.hint, key.hint);
    assert_memory_equal(loaded.hash, key.hash, sizeof(key.hash));
    const int64_t numbers[][2] = {
        {loaded.n, 3},          {loaded.account, 2},          {loaded.scopes, SCOPE_ALL},
        {loaded.created_at, 5}, {loaded.expires_at, 6},       {loaded.revoked_at, 7},
        {loaded.used_at, 9},    {loaded.rate_per_minute, 100}};
    for (size_t i = 0; i < COUNT(numbers); i++)
        assert_int_equal(numbers[i][0], numbers[i][1]);
}

static bool count_account(void *context, const struct account *account)
{
    int64_t *sum = context;
    *sum += account->n;
    return account->n < 2;
}

static void test_accounts(void **state)
{
    struct fixture *fixture = *state;
    int64_t sum = 0;
    assert_int_equal(store_account_last(fixture->store), 0);
    store_begin(fixture->store);
    for (int n = 1; n <= 3; n++) {
        struct account account = {.n = n, .name = "main", .created_at = n};
        account.id[0] = (char)('A' + n);
        assert_true(store_account_add(fixture->store, &account));
    }
    assert_int_equal(store_commit(fixture->store), STORE_OK);
    assert_int_equal(store_account_last(fixture->store), 3);
    assert_false(store_accounts_each(fixture->store, count_account, &sum)); // stopped at 2
    assert_int_equal(sum, 3);
}

static void test_last_numbers(void **state)
{
    struct fixture *fixture = *state;
    struct message message = sample_message(41);
    struct event event = sample_event(42, 41);
    struct device device = sample_device(43, 1, "phone");
    struct app_key key = {.n = 44, .account = 1, .id = "SK"};
    assert_int_equal(store_message_last(fixture->store), 0);
    assert_int_equal(store_event_last(fixture->store), 0);
    assert_int_equal(store_device_last(fixture->store), 0);
    assert_int_equal(store_key_last(fixture->store), 0);
    put_message(fixture->store, &message);
    put_event(fixture->store, &event);
    put_device(fixture->store, &device);
    store_begin(fixture->store);
    assert_true(store_key_add(fixture->store, &key));
    assert_int_equal(store_commit(fixture->store), STORE_OK);
    fixture_reopen(fixture);
    assert_int_equal(store_message_last(fixture->store), 41);
    assert_int_equal(store_event_last(fixture->store), 42);
    assert_int_equal(store_device_last(fixture->store), 43);
    assert_int_equal(store_key_last(fixture->store), 44);
}

static void test_idempotency(void **state)
{
    struct fixture *fixture = *state;
    struct idempotency row = {.account = 1, .created_at = 100}, loaded;
    fill(row.key, sizeof(row.key), 'k');
    fill(row.message, sizeof(row.message), 'M');
    memset(row.request_hash, 0xA5, sizeof(row.request_hash));
    store_begin(fixture->store);
    assert_true(store_idempotency_add(fixture->store, &row));
    row.account = 2; // the same key of another account is another key
    assert_true(store_idempotency_add(fixture->store, &row));
    assert_int_equal(store_commit(fixture->store), STORE_OK);
    assert_true(store_idempotency_load(fixture->store, &loaded, 2, row.key));
    assert_int_equal(loaded.account, 2);
    assert_string_equal(loaded.key, row.key);
    assert_string_equal(loaded.message, row.message);
    assert_memory_equal(loaded.request_hash, row.request_hash, sizeof(row.request_hash));
    assert_int_equal(loaded.created_at, 100);
    assert_false(store_idempotency_load(fixture->store, &loaded, 3, row.key));
    assert_false(store_idempotency_load(fixture->store, &loaded, 1, "other"));
}

static void test_idempotency_sweep_takes_the_oldest_first(void **state)
{
    struct fixture *fixture = *state;
    struct idempotency row = {.account = 1}, loaded;
    store_begin(fixture->store);
    for (int i = 0; i < 10; i++) {
        row.key[0] = (char)('a' + i);
        row.created_at = i;
        assert_true(store_idempotency_add(fixture->store, &row));
    }
    assert_int_equal(store_idempotency_sweep(fixture->store, 8, 3), 3);
    assert_false(store_idempotency_load(fixture->store, &loaded, 1, "c"));
    assert_true(store_idempotency_load(fixture->store, &loaded, 1, "d"));
    assert_int_equal(store_idempotency_sweep(fixture->store, 8, 100), 5);
    assert_int_equal(store_idempotency_sweep(fixture->store, 8, 100), 0);
    assert_true(store_idempotency_load(fixture->store, &loaded, 1, "i"));
    assert_int_equal(store_commit(fixture->store), STORE_OK);
}

// Each kind of row twice, with only its unique column the same.
static void add_pair(struct store *store, int kind)
{
    struct message one = sample_message(1), two = sample_message(2);
    struct device phone = sample_device(1, 1, "phone"), other = sample_device(2, 2, "phone");
    struct app_key key = {.n = 1, .account = 1, .id = "SK1"}, same_hash = {.n = 2, .account = 1, .id = "SK2"};
    struct idempotency row = {.account = 1, .key = "k"};
    one.device = two.device = 9;
    switch (kind) {
    case 0: // id of a message
        memcpy(two.id, one.id, sizeof(two.id));
        (void)store_message_add(store, &one), (void)store_message_add(store, &two);
        break;
    case 1: // uid on one device
        one.uid[0] = two.uid[0] = 'u';
        one.uid[1] = two.uid[1] = '\0';
        (void)store_message_add(store, &one), (void)store_message_add(store, &two);
        break;
    case 2: // device id among those that are not removed
        (void)store_device_add(store, &phone), (void)store_device_add(store, &other);
        break;
    case 3: // hash of a key
        (void)store_key_add(store, &key), (void)store_key_add(store, &same_hash);
        break;
    default: // idempotency key
        (void)store_idempotency_add(store, &row), (void)store_idempotency_add(store, &row);
        break;
    }
}

static void test_contradictions_undo_the_transaction(void **state)
{
    struct fixture *fixture = *state;
    for (int kind = 0; kind < 5; kind++) {
        store_begin(fixture->store);
        add_pair(fixture->store, kind);
        CHECK(store_commit(fixture->store) == STORE_CONFLICT, "pair %d", kind);
        assert_int_equal(store_message_last(fixture->store), 0);
        assert_int_equal(store_device_last(fixture->store), 0);
        assert_int_equal(store_key_last(fixture->store), 0);
    }
}

static void test_id_of_a_removed_device_is_free(void **state)
{
    struct fixture *fixture = *state;
    struct device first = sample_device(1, 1, "phone"), second = sample_device(2, 1, "phone");
    first.removed_at = 5;
    put_device(fixture->store, &first);
    put_device(fixture->store, &second);
    assert_int_equal(store_device_last(fixture->store), 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_message_with_all_fields_full),
        CASE(test_message_with_all_optional_fields_empty),
        CASE(test_message_text_in_many_scripts),
        CASE(test_update_leaves_the_request_alone),
        CASE(test_device),
        CASE(test_key),
        CASE(test_accounts),
        CASE(test_last_numbers),
        CASE(test_idempotency),
        CASE(test_idempotency_sweep_takes_the_oldest_first),
        CASE(test_contradictions_undo_the_transaction),
        CASE(test_id_of_a_removed_device_is_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
