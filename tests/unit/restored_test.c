// The first start on a restored backup: what may have been sent since ends, once, and event numbers leave a
// gap.
#include "bridge/engine/restored.h"

#include "bridge/engine/life.h"
#include "tests/unit/core_fixture.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 600, GAP = 5000 };

static const struct {
    enum state state;
    int64_t qos, due_in_ms;
    enum state after;
} CASES[] = {
    {STATE_QUEUED, 2, 1000, STATE_UNKNOWN},       {STATE_HELD, 2, 1000, STATE_UNKNOWN},
    {STATE_DISPATCHED, 2, 1000, STATE_UNKNOWN},   {STATE_ACCEPTED, 2, 1000, STATE_UNKNOWN},
    {STATE_QUEUED, 0, 1000, STATE_UNKNOWN},       {STATE_SCHEDULED, 2, -1000, STATE_UNKNOWN},
    {STATE_SCHEDULED, 2, 60000, STATE_SCHEDULED}, {STATE_QUEUED, 1, 1000, STATE_QUEUED},
    {STATE_ACCEPTED, 1, 1000, STATE_ACCEPTED},    {STATE_SENT, 2, 1000, STATE_SENT},
    {STATE_DELIVERED, 2, 0, STATE_DELIVERED},
};

static void add(struct core *core, enum state state, int64_t qos, int64_t due_in_ms)
{
    struct message row = sample_message(++core->last_message);
    row.state = state;
    row.qos = qos;
    row.turn = TURN_NONE;
    row.route = 0;
    row.due_at = due_in_ms != 0 ? core->now + due_in_ms : 0;
    assert_true(store_message_add(core->store, &row));
}

static enum state state_of(struct core *core, int64_t n)
{
    struct message sample = sample_message(n), loaded;
    assert_true(store_message_load(core->store, &loaded, 1, sample.id));
    enum state state = loaded.state;
    message_clear(&loaded);
    return state;
}

static void mark(const struct core_fixture *fixture)
{
    sqlite3 *db;
    char sql[96];
    snprintf(sql, sizeof(sql), "INSERT INTO restored (at, event, done) VALUES (1, %d, 0)", GAP);
    assert_int_equal(sqlite3_open(fixture->store->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

// Settles as a start does, and goes on in the transaction that the fixture expects.
static bool settle(struct core *core)
{
    bool ended;
    assert_int_equal(store_commit(core->store), STORE_OK);
    assert_true(core_load(core));
    assert_true(restored_settle(core, &ended));
    store_begin(core->store);
    return ended;
}

static void test_what_may_have_gone_ends_once(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    int64_t first = core->last_message + 1;
    for (size_t i = 0; i < COUNT(CASES); i++)
        add(core, CASES[i].state, CASES[i].qos, CASES[i].due_in_ms);
    for (int i = 0; i < MANY; i++)
        add(core, STATE_HELD, 2, 5000);
    assert_false(settle(core)); // it was not restored
    assert_int_equal(state_of(core, first), STATE_QUEUED);
    assert_int_equal(store_commit(core->store), STORE_OK);
    mark(fixture);
    store_begin(core->store);
    assert_true(settle(core));
    for (size_t i = 0; i < COUNT(CASES); i++)
        CHECK(state_of(core, first + (int64_t)i) == CASES[i].after, "case %zu", i);
    for (int64_t n = first + (int64_t)COUNT(CASES); n <= core->last_message; n++)
        assert_int_equal(state_of(core, n), STATE_UNKNOWN);
    assert_true(core->last_event > GAP);
    add(core, STATE_HELD, 2, 5000);
    assert_false(settle(core)); // it was done
    assert_int_equal(state_of(core, core->last_message), STATE_HELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
        test_what_may_have_gone_ends_once, core_fixture_set_up, core_fixture_tear_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
