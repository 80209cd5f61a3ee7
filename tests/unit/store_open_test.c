// Which databases are opened, brought up to date, or refused untouched.
#include "tests/unit/store_fixture.h"

#include "bridge/store/migrate.h"
#include "bridge/store/migrations.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void write_file(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

// The whole file, owned.
static char *read_file(const char *path, size_t *length)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    *length = (size_t)info.st_size;
    char *bytes = malloc(*length + 1);
    FILE *file = fopen(path, "r");
    assert_int_equal(fread(bytes, 1, *length, file), *length);
    fclose(file);
    return bytes;
}

// Opening fails so, and leaves every byte of the file as it was.
static void check_refused(const char *path, enum store_status expected)
{
    size_t before_length, after_length;
    char *before = read_file(path, &before_length);
    enum store_status status = STORE_OK;
    assert_null(store_open(path, 10, &status));
    CHECK(status == expected, "%s: %s", path, store_status_text(status));
    char *after = read_file(path, &after_length);
    assert_int_equal(after_length, before_length);
    assert_memory_equal(after, before, before_length);
    free(before);
    free(after);
}

static void test_new_file_is_private(void **state)
{
    struct fixture *fixture = *state;
    struct stat info;
    assert_int_equal(stat(fixture->path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void test_empty_file_becomes_a_database(void **state)
{
    struct fixture *fixture = *state;
    char path[128];
    enum store_status status;
    snprintf(path, sizeof(path), "%s/empty.db", fixture->folder);
    write_file(path, "", 0);
    struct store *store = store_open(path, 10, &status);
    assert_non_null(store);
    assert_int_equal(status, STORE_OK);
    store_close(store);
}

static void test_opening_again_keeps_the_rows(void **state)
{
    struct fixture *fixture = *state;
    struct message message = sample_message(7);
    put_message(fixture->store, &message);
    for (int i = 0; i < 3; i++)
        fixture_reopen(fixture);
    assert_int_equal(store_message_last(fixture->store), 7);
}

static void test_second_bridge_is_refused(void **state)
{
    struct fixture *fixture = *state;
    enum store_status status;
    assert_null(store_open(fixture->path, 10, &status));
    assert_int_equal(status, STORE_LOCKED);
    struct message message = sample_message(1);
    put_message(fixture->store, &message); // the first one goes on
}

// A database of version 1 opens, brought up to date, with all that was in it.
static void test_first_version_is_brought_up_to_date(void **state)
{
    static const char *const MIGRATIONS[] = {MIGRATIONS_ALL};
    struct fixture *fixture = *state;
    struct message loaded;
    store_close(fixture->store);
    fixture->store = NULL;
    assert_int_equal(unlink(fixture->path), 0);
    run_sql(fixture->path, MIGRATIONS[0]);
    run_sql(fixture->path,
            "INSERT INTO app_key VALUES (1, 'SK1', 1, 'all', x'01', 'sqk_', 127, 100, 1, NULL, NULL, NULL);"
            "INSERT INTO message (n, id, account, direction, peer, text, encoding, parts, state, lane, qos,"
            " want_sim, want_report, sim, lease, attempts, asked, cancelling, parts_sent, parts_delivered,"
            " turn, route, created_at, updated_at) VALUES (7, 'SM7', 1, 0, '+1', 'old', 1, 1, 2, 3, 1, 0, 1,"
            " 0, 0, 0, 0, 0, 0, 0, 1, -1, 5, 5)");
    fixture_reopen(fixture);
    assert_true(store_message_load(fixture->store, &loaded, 1, "SM7"));
    assert_string_equal(loaded.text, "old");
    assert_int_equal(loaded.purpose, PURPOSE_TEXT);
    assert_null(loaded.callback_url);
    message_clear(&loaded);
    struct app_key keys[1];
    size_t count;
    assert_int_equal(query_keys(fixture_query(fixture), keys, 1, &count, 1, 0), QUERY_OK);
    assert_int_equal(keys[0].scopes, SCOPE_ALL);
}

static void test_newer_schema_is_refused_untouched(void **state)
{
    static const char *const modes[] = {"wal", "delete"};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(modes); i++) {
        char sql[128];
        store_close(fixture->store);
        fixture->store = NULL;
        snprintf(sql, sizeof(sql), "UPDATE schema_version SET version = 99; PRAGMA journal_mode = %s;",
                 modes[i]);
        run_sql(fixture->path, sql);
        check_refused(fixture->path, STORE_NEWER);
        snprintf(sql, sizeof(sql), "UPDATE schema_version SET version = %d", migrate_version());
        run_sql(fixture->path, sql);
        fixture_reopen(fixture);
    }
}

// As a newer bridge leaves it when it is killed: with rows that are only in the log.
static void test_newer_schema_with_a_log_is_refused_untouched(void **state)
{
    struct fixture *fixture = *state;
    char from[300], to[300];
    size_t length;
    sqlite3 *db;
    assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE schema_version SET version = 99", NULL, NULL, NULL), SQLITE_OK);
    for (int i = 0; i < 2; i++) {
        snprintf(from, sizeof(from), "%s%s", fixture->path, i ? "-wal" : "");
        snprintf(to, sizeof(to), "%s/copy.db%s", fixture->folder, i ? "-wal" : "");
        char *bytes = read_file(from, &length);
        write_file(to, bytes, length);
        free(bytes);
    }
    sqlite3_close(db);
    to[strlen(to) - strlen("-wal")] = '\0';
    check_refused(to, STORE_NEWER);
}

static void test_other_files_are_refused_untouched(void **state)
{
    struct fixture *fixture = *state;
    char path[128], page[4096];
    memset(page, 'x', sizeof(page));
    snprintf(path, sizeof(path), "%s/other", fixture->folder);
    write_file(path, page, sizeof(page));
    check_refused(path, STORE_CORRUPT);
    write_file(path, "hello", 5);
    check_refused(path, STORE_CORRUPT);
    unlink(path);
    run_sql(path, "CREATE TABLE recipe (name TEXT)");
    check_refused(path, STORE_CORRUPT);
    run_sql(path, "CREATE TABLE schema_version (version INTEGER)"); // without a row
    check_refused(path, STORE_CORRUPT);
}

static void test_folder_without_rights(void **state)
{
    struct fixture *fixture = *state;
    enum store_status status;
    char path[128];
    assert_int_equal(chmod(fixture->folder, 0500), 0);
    bool root = geteuid() == 0;
    if (root)
        assert_int_equal(seteuid(65534), 0);
    snprintf(path, sizeof(path), "%s/other.db", fixture->folder);
    struct store *store = store_open(path, 10, &status);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_null(store);
    assert_int_equal(status, STORE_READONLY);
}

static void test_folder_that_is_not_there(void **state)
{
    enum store_status status;
    (void)state;
    assert_null(store_open("/nowhere/at/all/store.db", 10, &status));
    assert_int_equal(status, STORE_READONLY);
    assert_null(query_open("/nowhere/at/all/store.db"));
}

static void test_every_status_has_a_sentence(void **state)
{
    (void)state;
    for (int i = STORE_OK; i <= STORE_MEMORY; i++)
        assert_true(strlen(store_status_text((enum store_status)i)) > 3);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_new_file_is_private),
        CASE(test_empty_file_becomes_a_database),
        CASE(test_opening_again_keeps_the_rows),
        CASE(test_second_bridge_is_refused),
        CASE(test_first_version_is_brought_up_to_date),
        CASE(test_newer_schema_is_refused_untouched),
        CASE(test_newer_schema_with_a_log_is_refused_untouched),
        CASE(test_other_files_are_refused_untouched),
        CASE(test_folder_without_rights),
        cmocka_unit_test(test_folder_that_is_not_there),
        cmocka_unit_test(test_every_status_has_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
