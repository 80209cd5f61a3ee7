// What only a database server can do to us.
#include "tests/unit/store_fixture.h"

#include "bridge/store/db.h"
#include "bridge/store/migrate.h"
#include "bridge/store/migrations.h"
#include "bridge/store/node.h"
#include "bridge/store/statements.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// A connection of somebody else to the same schema; the test closes it.
static struct db *connect_other(const char *path)
{
    enum store_status status;
    struct db *db = db_open(path, DB_READER, 1000, &status);
    CHECK(db != NULL, "%s", store_status_text(status));
    assert_true(db_run(db, "SET default_transaction_read_only = off"));
    return db;
}

static void run_other(const struct fixture *fixture, const char *sql)
{
    struct db *db = connect_other(fixture->path);
    CHECK(db_run(db, sql), "%s: %s", sql, store_status_text(db_failure(db)));
    db_close(db);
}

static void close_store(struct fixture *fixture)
{
    store_close(fixture->store);
    fixture->store = NULL;
}

static enum store_status commit_one(struct fixture *fixture, int64_t n)
{
    struct message message = sample_message(n);
    store_begin(fixture->store);
    (void)store_message_add(fixture->store, &message);
    return store_commit(fixture->store);
}

static void check_refused(const char *path, enum store_status expected)
{
    enum store_status status = STORE_OK;
    assert_null(store_open(path, 10, &status));
    CHECK(status == expected, "%s: %s", path, store_status_text(status));
}

// The same text for a file and for a server.
static void test_every_statement_is_taken_by_both(void **state)
{
    struct fixture *fixture = *state;
    enum store_status status;
    char file[128];
    snprintf(file, sizeof(file), "%s/store.db", fixture->folder);
    struct db *dbs[] = {db_open(file, DB_WRITER, 10, &status), connect_other(fixture->path)};
    assert_int_equal(migrate(dbs[0]), STORE_OK);
    for (size_t i = 0; i < COUNT(dbs); i++) {
        for (int name = 0; name < STATEMENT_END; name++) {
            const char *sql = statement_text((enum statement)name);
            struct db_statement *statement = sql != NULL ? db_prepare(dbs[i], sql) : NULL;
            CHECK(statement != NULL, "%s: %s", i == 0 ? "SQLite" : "PostgreSQL", sql);
            db_finish(statement);
        }
        db_close(dbs[i]);
    }
}

static void test_second_bridge_is_refused(void **state)
{
    struct fixture *fixture = *state;
    check_refused(fixture->path, STORE_LOCKED);
    assert_int_equal(commit_one(fixture, 1), STORE_OK);
    close_store(fixture);
    fixture_reopen(fixture);
}

static void test_first_version_is_brought_up_to_date(void **state)
{
    static const char *const MIGRATIONS[] = {MIGRATIONS_ALL};
    struct fixture *fixture = *state;
    struct message loaded;
    close_store(fixture);
    fixture_unplace(fixture->path);
    fixture_place(fixture->path, fixture->folder);
    run_other(fixture, MIGRATIONS[0]);
    run_other(fixture,
              "INSERT INTO message (n, id, account, direction, peer, text, encoding, parts, state, lane, "
              "qos, want_sim, want_report, sim, lease, attempts, asked, cancelling, parts_sent, "
              "parts_delivered, turn, route, created_at, updated_at) VALUES (7, 'SM7', 1, 0, '+1', "
              "'old', 1, 1, 2, 3, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, -1, 5, 5)");
    fixture_reopen(fixture);
    assert_true(store_message_load(fixture->store, &loaded, 1, "SM7"));
    assert_string_equal(loaded.text, "old");
    message_clear(&loaded);
}

static void test_databases_that_are_not_ours(void **state)
{
    struct fixture *fixture = *state;
    close_store(fixture);
    run_other(fixture, "UPDATE schema_version SET version = 99");
    check_refused(fixture->path, STORE_NEWER);
    run_other(fixture, "DELETE FROM schema_version");
    check_refused(fixture->path, STORE_CORRUPT);
    run_other(fixture, "DROP TABLE schema_version");
    check_refused(fixture->path, STORE_CORRUPT);
}

static void test_server_that_is_not_there(void **state)
{
    char words[256];
    (void)state;
    check_refused("postgresql:///x?host=/nowhere/at/all", STORE_AWAY);
    assert_null(query_open("postgresql:///x?host=/nowhere/at/all"));
    db_explain(words, sizeof(words), "postgresql://u:hidden@/x?host=/nowhere/at/all", STORE_AWAY);
    CHECK(strstr(words, "/nowhere/at/all") != NULL && strstr(words, "hidden") == NULL, "%s", words);
    db_explain(words, sizeof(words), "postgresql:///x?host=/nowhere", STORE_LOCKED);
    assert_string_equal(words, store_status_text(STORE_LOCKED));
}

// A broken rule undoes the batch, and nothing after it in the batch is tried.
static void test_first_failure_sticks(void **state)
{
    struct fixture *fixture = *state;
    struct message first = sample_message(1), second = sample_message(2), loaded;
    store_begin(fixture->store);
    assert_true(store_message_add(fixture->store, &first));
    (void)store_message_add(fixture->store, &first);
    assert_false(store_message_load(fixture->store, &loaded, 1, first.id));
    assert_false(store_message_add(fixture->store, &second));
    assert_int_equal(store_commit(fixture->store), STORE_CONFLICT);
    assert_int_equal(commit_one(fixture, 2), STORE_OK);
    assert_int_equal(store_message_last(fixture->store), 2);
    assert_false(store_message_load(fixture->store, &loaded, 1, first.id));
}

// More writes than wait for their answers at once, with a read right before, at and behind that number.
static void test_long_transactions(void **state)
{
    struct fixture *fixture = *state;
    int64_t n = 0;
    for (int count = 497; count <= 502; count++) {
        struct message message, loaded;
        store_begin(fixture->store);
        for (int i = 0; i < count; i++) {
            message = sample_message(++n);
            assert_true(store_message_add(fixture->store, &message));
        }
        assert_true(store_message_load(fixture->store, &loaded, 1, message.id));
        message_clear(&loaded);
        assert_int_equal(store_commit(fixture->store), STORE_OK);
        assert_int_equal(store_message_last(fixture->store), n);
    }
}

// A broken rule is noticed when nobody asks before the commit, or for the number of rows only.
static void test_failure_that_is_noticed_late(void **state)
{
    struct fixture *fixture = *state;
    struct message message = sample_message(1);
    assert_int_equal(commit_one(fixture, 1), STORE_OK);
    store_begin(fixture->store);
    (void)store_message_add(fixture->store, &message);
    assert_int_equal(store_commit(fixture->store), STORE_CONFLICT);
    store_begin(fixture->store);
    (void)store_message_add(fixture->store, &message);
    assert_false(store_dead_remove(fixture->store, 1, 1));
    assert_int_equal(store_commit(fixture->store), STORE_CONFLICT);
    assert_int_equal(commit_one(fixture, 2), STORE_OK);
}

// Ends all connections to the same database but its own, as a restart of the server does.
static void end_connections(const struct fixture *fixture)
{
    run_other(fixture,
              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
              "application_name = current_setting('application_name')");
}

static void test_lost_connections_are_made_again(void **state)
{
    struct fixture *fixture = *state;
    struct message message = sample_message(2);
    struct account account;
    assert_int_equal(commit_one(fixture, 1), STORE_OK);
    (void)fixture_query(fixture);
    end_connections(fixture);
    assert_int_equal(query_account_first(fixture->query, &account), QUERY_NONE); // no failure
    store_begin(fixture->store);
    (void)store_message_add(fixture->store, &message);
    assert_int_equal(store_commit(fixture->store), STORE_AWAY);
    assert_int_equal(commit_one(fixture, 2), STORE_OK);
    store_begin(fixture->store); // lost in the midst of a transaction
    message = sample_message(3);
    assert_true(store_message_add(fixture->store, &message));
    end_connections(fixture);
    (void)store_message_load(fixture->store, &message, 1, "SMx");
    assert_int_equal(store_commit(fixture->store), STORE_AWAY);
    assert_int_equal(store_message_last(fixture->store), 0); // not before the next transaction
    assert_int_equal(commit_one(fixture, 3), STORE_OK);
    assert_int_equal(store_message_last(fixture->store), 3);
}

static void test_foreign_lock(void **state)
{
    struct fixture *fixture = *state;
    struct db *other = connect_other(fixture->path);
    assert_true(db_begin(other) && db_run(other, "LOCK TABLE message IN SHARE MODE"));
    assert_int_equal(commit_one(fixture, 1), STORE_BUSY);
    db_rollback(other);
    assert_int_equal(commit_one(fixture, 1), STORE_OK);
    db_close(other);
}

// What the database's owner has set as a default does not weaken a commit.
static void test_commits_are_durable(void **state)
{
    struct fixture *fixture = *state;
    enum store_status status;
    char path[512];
    snprintf(path, sizeof(path), "%s%%20-csynchronous_commit%%3Doff", fixture->path);
    close_store(fixture);
    struct db *db = db_open(path, DB_WRITER, 10, &status);
    assert_non_null(db);
    struct db_statement *statement = db_prepare(db, "SELECT current_setting('synchronous_commit')");
    assert_int_equal(db_step(statement), DB_ROW);
    assert_string_equal(db_text(statement, 0), "on");
    db_finish(statement);
    db_close(db);
}

// One bad byte must not cost a batch.
static void test_text_that_was_cut_inside_of_a_character(void **state)
{
    struct fixture *fixture = *state;
    static const char *const cases[][2] = {{"ab\xc3", "ab?"},
                                           {"\xe2\x82", "??"},
                                           {"\xff\xe2\x82\xac\x80", "?\xe2\x82\xac?"},
                                           {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct message message = sample_message((int64_t)i + 1), loaded;
        message.text = (char *)cases[i][0];
        put_message(fixture->store, &message);
        assert_true(store_message_load(fixture->store, &loaded, 1, message.id));
        CHECK(strcmp(loaded.text, cases[i][1]) == 0, "case %zu: %s", i, loaded.text);
        message_clear(&loaded);
    }
}

// The database's own order would be a _ B.
static void test_texts_are_in_the_order_of_their_bytes(void **state)
{
    struct fixture *fixture = *state;
    enum store_status status;
    const char *expected[] = {"B", "_", "a"};
    struct db *db = db_open(fixture->path, DB_READER, 10, &status);
    assert_non_null(db);
    run_other(fixture, "INSERT INTO template (account, name, max_parts, created_at, updated_at) VALUES "
                       "(1, 'a', 0, 0, 0), (1, 'B', 0, 0, 0), (1, '_', 0, 0, 0)");
    struct db_statement *statement = db_prepare(db, "SELECT name FROM template ORDER BY name");
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(db_step(statement), DB_ROW);
        assert_string_equal(db_text(statement, 0), expected[i]);
    }
    db_finish(statement);
    db_close(db);
}

enum { COMMITS_BEFORE_KILL = 30 };

// Commits rows one by one and tells each by a byte, for ever.
static void commit_for_ever(struct fixture *fixture, int out)
{
    enum store_status status;
    struct store *store = store_open(fixture->path, 1000, &status);
    for (int64_t n = store != NULL ? store_message_last(store) + 1 : 1; store != NULL; n++) {
        struct message message = sample_message(n);
        struct event event = sample_event(n, n);
        store_begin(store);
        (void)store_message_add(store, &message);
        (void)store_event_add(store, &event);
        if (store_commit(store) != STORE_OK || write(out, "x", 1) != 1)
            break;
    }
    _exit(1);
}

static void test_kill_loses_nothing_that_was_committed(void **state)
{
    struct fixture *fixture = *state;
    int64_t before = 0;
    for (int round = 1; round <= 3; round++) {
        int ends[2], told = 0;
        char byte;
        close_store(fixture);
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0)
            commit_for_ever(fixture, ends[1]);
        close(ends[1]);
        while (told < COMMITS_BEFORE_KILL * round && read(ends[0], &byte, 1) == 1)
            told++;
        assert_int_equal(told, COMMITS_BEFORE_KILL * round);
        assert_int_equal(kill(child, SIGKILL), 0);
        while (read(ends[0], &byte, 1) == 1)
            told++;
        close(ends[0]);
        assert_int_equal(waitpid(child, NULL, 0), child);
        fixture_reopen(fixture);
        int64_t last = store_message_last(fixture->store);
        CHECK(last == before + told || last == before + told + 1, "told %d, there are %lld more", told,
              (long long)(last - before));
        assert_int_equal(store_event_last(fixture->store), last); // whole transactions only
        before = last;
    }
}

static bool count_device(void *context, const struct device *device)
{
    (void)device;
    ++*(int *)context;
    return true;
}

// Cut off, another node works in between; whoever comes back has everything again.
static void test_a_lease_that_was_lost_is_claimed_again(void **state)
{
    struct fixture *fixture = *state;
    struct device device = sample_device(1, 1, "phone-1");
    struct node_claim ours, other;
    enum store_status status;
    int count = 0;
    put_device(fixture->store, &device);
    assert_int_equal(store_node_claim(fixture->store, "main", &ours), STORE_OK);
    end_connections(fixture);
    assert_int_equal(commit_one(fixture, 1), STORE_AWAY);
    struct store *standby = store_open(fixture->path, 1000, &status);
    CHECK(standby != NULL, "%s", store_status_text(status));
    assert_int_equal(store_node_claim(standby, "east", &other), STORE_OK);
    assert_int_equal(other.taken, 1);
    assert_int_equal(commit_one(fixture, 1), STORE_LOCKED);
    store_close(standby);
    assert_int_equal(commit_one(fixture, 1), STORE_OK);
    assert_true(store_devices_each(fixture->store, count_device, &count));
    assert_int_equal(count, 1);
    assert_int_equal(store_node_claim(fixture->store, "main", &ours), STORE_OK);
    CHECK(ours.lease == 4 && ours.taken == 0, "lease %lld, %lld devices taken", (long long)ours.lease,
          (long long)ours.taken);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_every_statement_is_taken_by_both),
        CASE(test_second_bridge_is_refused),
        CASE(test_first_version_is_brought_up_to_date),
        CASE(test_databases_that_are_not_ours),
        CASE(test_server_that_is_not_there),
        CASE(test_first_failure_sticks),
        CASE(test_long_transactions),
        CASE(test_failure_that_is_noticed_late),
        CASE(test_lost_connections_are_made_again),
        CASE(test_a_lease_that_was_lost_is_claimed_again),
        CASE(test_foreign_lock),
        CASE(test_commits_are_durable),
        CASE(test_text_that_was_cut_inside_of_a_character),
        CASE(test_texts_are_in_the_order_of_their_bytes),
        CASE(test_kill_loses_nothing_that_was_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
