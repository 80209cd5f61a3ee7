// What happens when the disk or another process gets in the way: nothing of the transaction stays, the cause
// is told, and the store works again when the cause is gone.
#include "tests/unit/store_fixture.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// What SQLite's writes and syncs return from now on; SQLITE_OK lets them through.
static int write_result, sync_result, read_result;
static sqlite3_vfs vfs, *real_vfs;

// SQLite has a table of methods for databases and one for logs, with the same reads, writes and syncs.
static const sqlite3_io_methods *real_methods;
static struct {
    const sqlite3_io_methods *real;
    sqlite3_io_methods ours;
} tables[4];

static int fail_write(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 offset)
{
    return write_result != SQLITE_OK ? write_result : real_methods->xWrite(file, bytes, length, offset);
}

static int fail_sync(sqlite3_file *file, int flags)
{
    return sync_result != SQLITE_OK ? sync_result : real_methods->xSync(file, flags);
}

static int fail_read(sqlite3_file *file, void *bytes, int length, sqlite3_int64 offset)
{
    return read_result != SQLITE_OK ? read_result : real_methods->xRead(file, bytes, length, offset);
}

static const sqlite3_io_methods *failing(const sqlite3_io_methods *real)
{
    size_t i = 0;
    while (tables[i].real != NULL && tables[i].real != real)
        i++;
    assert_true(i + 1 < COUNT(tables));
    tables[i].real = real_methods = real;
    tables[i].ours = *real;
    tables[i].ours.xWrite = fail_write;
    tables[i].ours.xSync = fail_sync;
    tables[i].ours.xRead = fail_read;
    return &tables[i].ours;
}

static int open_file(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags, int *out)
{
    (void)self;
    int code = real_vfs->xOpen(real_vfs, name, file, flags, out);
    if (code == SQLITE_OK && file->pMethods != NULL)
        file->pMethods = failing(file->pMethods);
    return code;
}

static int install_vfs(void **state)
{
    (void)state;
    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs;
    vfs.zName = "failing";
    vfs.xOpen = open_file;
    signal(SIGXFSZ, SIG_IGN);
    return sqlite3_vfs_register(&vfs, 1);
}

static void let_through(void)
{
    write_result = sync_result = read_result = SQLITE_OK;
}

// A transaction of two rows, which ends so.
static void check_commit(struct fixture *fixture, int64_t n, enum store_status expected)
{
    struct message message = sample_message(n);
    struct event event = sample_event(n, n);
    store_begin(fixture->store);
    (void)store_message_add(fixture->store, &message);
    (void)store_event_add(fixture->store, &event);
    enum store_status status = store_commit(fixture->store);
    CHECK(status == expected, "row %lld: %s", (long long)n, store_status_text(status));
}

static bool has_message(struct fixture *fixture, int64_t n)
{
    struct message message = sample_message(n);
    struct message_view view;
    enum query_status status = query_message(fixture_query(fixture), &view, 1, message.id);
    if (status == QUERY_OK)
        message_view_clear(&view);
    return status == QUERY_OK;
}

static void test_failures_of_the_disk(void **state)
{
    static const struct {
        int *what;
        int code;
        enum store_status status;
    } cases[] = {
        {&write_result, SQLITE_FULL, STORE_FULL},
        {&write_result, SQLITE_IOERR_WRITE, STORE_IO},
        {&sync_result, SQLITE_IOERR_FSYNC, STORE_IO},
    };
    struct fixture *fixture = *state;
    int64_t n = 1;
    for (int with_reader = 0; with_reader < 2; with_reader++) {
        if (with_reader)
            (void)fixture_query(fixture);
        for (size_t i = 0; i < COUNT(cases); i++, n += 10) {
            check_commit(fixture, n, STORE_OK);
            *cases[i].what = cases[i].code;
            check_commit(fixture, n + 1, cases[i].status);
            check_commit(fixture, n + 2, cases[i].status);
            let_through();
            check_commit(fixture, n + 3, STORE_OK);
            assert_true(has_message(fixture, n));
            assert_false(has_message(fixture, n + 1));
            assert_false(has_message(fixture, n + 2));
            assert_true(has_message(fixture, n + 3));
            fixture_reopen(fixture);
            assert_false(has_message(fixture, n + 1));
            assert_int_equal(store_message_last(fixture->store), n + 3);
        }
    }
}

static void test_first_failure_sticks(void **state)
{
    struct fixture *fixture = *state;
    struct message first = sample_message(1), second = sample_message(2), loaded;
    store_begin(fixture->store);
    assert_true(store_message_add(fixture->store, &first));
    assert_false(store_message_add(fixture->store, &first)); // the same n
    assert_false(store_message_add(fixture->store, &second));
    assert_false(store_message_update(fixture->store, &first));
    assert_false(store_message_load(fixture->store, &loaded, 1, first.id));
    assert_int_equal(store_messages_due(fixture->store, &loaded, 1, INT64_MAX), 0);
    assert_int_equal(store_commit(fixture->store), STORE_CONFLICT);
    put_message(fixture->store, &second);
    assert_false(has_message(fixture, 1));
}

static void test_rollback(void **state)
{
    struct fixture *fixture = *state;
    struct message message = sample_message(1);
    store_begin(fixture->store);
    assert_true(store_message_add(fixture->store, &message));
    store_rollback(fixture->store);
    assert_false(has_message(fixture, 1));
    put_message(fixture->store, &message);
}

static void test_foreign_lock(void **state)
{
    struct fixture *fixture = *state;
    sqlite3 *other;
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    check_commit(fixture, 1, STORE_BUSY);
    check_commit(fixture, 1, STORE_BUSY);
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    check_commit(fixture, 1, STORE_OK);
    sqlite3_close(other);
}

static void test_file_that_may_not_grow(void **state)
{
    struct fixture *fixture = *state;
    struct rlimit limit, old;
    check_commit(fixture, 1, STORE_OK);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    limit = (struct rlimit){.rlim_cur = 4096, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    check_commit(fixture, 2, STORE_FULL);
    check_commit(fixture, 2, STORE_FULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    check_commit(fixture, 2, STORE_OK);
    assert_true(has_message(fixture, 1));
}

static void test_making_a_database_fails_and_works_later(void **state)
{
    struct fixture *fixture = *state;
    enum store_status status;
    char path[128];
    snprintf(path, sizeof(path), "%s/other.db", fixture->folder);
    for (int i = 0; i < 3; i++) {
        write_result = i == 0 ? SQLITE_FULL : SQLITE_OK;
        sync_result = i == 1 ? SQLITE_IOERR_FSYNC : SQLITE_OK;
        struct store *store = store_open(path, 10, &status);
        let_through();
        CHECK(status == (i == 0   ? STORE_FULL
                         : i == 1 ? STORE_IO
                                  : STORE_OK),
              "%d: %s", i, store_status_text(status));
        assert_true((store != NULL) == (status == STORE_OK));
        store_close(store);
    }
}

static void test_reader_recovers(void **state)
{
    struct fixture *fixture = *state;
    struct account account;
    check_commit(fixture, 1, STORE_OK);
    (void)fixture_query(fixture);
    read_result = SQLITE_IOERR_READ;
    assert_int_equal(query_account_first(fixture->query, &account), QUERY_FAILED);
    assert_false(has_message(fixture, 1));
    let_through();
    assert_int_equal(query_account_first(fixture->query, &account), QUERY_NONE);
    assert_true(has_message(fixture, 1));
}

enum { COMMITS_BEFORE_KILL = 30 };

// Commits rows one by one and tells each by a byte, for ever.
static void commit_for_ever(struct fixture *fixture, int out)
{
    enum store_status status;
    struct store *store = store_open(fixture->path, 10, &status);
    for (int64_t n = 1; store != NULL; n++) {
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
    for (int round = 1; round <= 5; round++) {
        int ends[2], told = 0;
        char byte;
        store_close(fixture->store);
        fixture->store = NULL;
        unlink(fixture->path);
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
        CHECK(last == told || last == told + 1, "told %d, there are %lld", told, (long long)last);
        assert_int_equal(store_event_last(fixture->store), last); // whole transactions only
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_failures_of_the_disk),
        CASE(test_first_failure_sticks),
        CASE(test_rollback),
        CASE(test_foreign_lock),
        CASE(test_file_that_may_not_grow),
        CASE(test_making_a_database_fails_and_works_later),
        CASE(test_reader_recovers),
        CASE(test_kill_loses_nothing_that_was_committed),
    };
    return cmocka_run_group_tests(tests, install_vfs, NULL);
}
