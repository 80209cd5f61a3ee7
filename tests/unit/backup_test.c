// Backups of a store that is in use, and what a restore accepts and keeps.
#include "tests/unit/store_fixture.h"

#include "bridge/store/backup.h"
#include "bridge/store/migrate.h"
#include "bridge/store/restore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOKS_MAX = 2000, PATH_SIZE = 160 };

static void name(char path[PATH_SIZE], const struct fixture *fixture, const char *file)
{
    snprintf(path, PATH_SIZE, "%s/%s", fixture->folder, file);
}

static struct backup_report wait_end(struct backup *backup)
{
    struct backup_report report;
    backup_look(backup, &report);
    for (int i = 0; i < LOOKS_MAX && report.state == BACKUP_RUNNING; i++) {
        poll(NULL, 0, 5);
        backup_look(backup, &report);
    }
    return report;
}

static struct backup_report make_backup(const struct fixture *fixture, const char *path)
{
    struct backup *backup = backup_new(fixture->path);
    assert_non_null(backup);
    assert_int_equal(backup_start(backup, path, 7), BACKUP_STARTED);
    struct backup_report report = wait_end(backup);
    backup_free(backup);
    return report;
}

static void put(struct fixture *fixture, int64_t n)
{
    struct message message = sample_message(n);
    put_message(fixture->store, &message);
}

static void stop(struct fixture *fixture)
{
    store_close(fixture->store);
    fixture->store = NULL;
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int count_files(const struct fixture *fixture)
{
    int count = 0;
    DIR *folder = opendir(fixture->folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static void test_backup_of_a_store_in_use(void **state)
{
    struct fixture *fixture = *state;
    struct stat info;
    char path[PATH_SIZE];
    name(path, fixture, "copy");
    put(fixture, 1);
    struct backup_report report = make_backup(fixture, path);
    CHECK(report.state == BACKUP_DONE, "%s", report.error.text);
    assert_string_equal(report.path, path);
    assert_int_equal(report.began_at, 7);
    assert_true(report.ended_at > 0);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(info.st_size, report.bytes);
    put(fixture, 2); // the store goes on
}

// An open transaction of the writer neither stops a backup nor is in it.
static void test_backup_beside_a_transaction(void **state)
{
    struct fixture *fixture = *state;
    char path[PATH_SIZE], kept[PATH_MAX];
    struct copy_error error;
    name(path, fixture, "copy");
    put(fixture, 1);
    struct message message = sample_message(2);
    snprintf(message.id, sizeof(message.id), "SM-other");
    store_begin(fixture->store);
    assert_true(store_message_add(fixture->store, &message));
    assert_int_equal(make_backup(fixture, path).state, BACKUP_DONE);
    assert_int_equal(store_commit(fixture->store), STORE_OK);
    stop(fixture);
    CHECK(restore_run(kept, path, fixture->path, 0, &error), "%s", error.text);
    fixture_reopen(fixture);
    assert_int_equal(store_message_last(fixture->store), 1);
}

static void test_backup_overwrites_nothing(void **state)
{
    struct fixture *fixture = *state;
    char path[PATH_SIZE], link_path[PATH_SIZE];
    struct stat info;
    name(path, fixture, "mine");
    name(link_path, fixture, "link");
    int fd = open(path, O_WRONLY | O_CREAT, 0644);
    assert_int_equal(write(fd, "mine", 4), 4);
    close(fd);
    assert_int_equal(symlink("nowhere", link_path), 0);
    int before = count_files(fixture);
    struct backup_report report = make_backup(fixture, path);
    assert_int_equal(report.state, BACKUP_FAILED);
    assert_non_null(strstr(report.error.text, "already"));
    assert_int_equal(make_backup(fixture, link_path).state, BACKUP_FAILED);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, 4);
    assert_int_equal(count_files(fixture), before);
}

// A name that was free at the beginning and is taken at the end.
static void test_publishing_overwrites_nothing(void **state)
{
    struct fixture *fixture = *state;
    char path[PATH_SIZE], temporary[PATH_MAX];
    const atomic_bool never = false;
    struct copy_error error;
    struct stat info;
    name(path, fixture, "copy");
    CHECK(copy_make(temporary, fixture->path, path, &never, &error), "%s", error.text);
    close(open(path, O_WRONLY | O_CREAT, 0600));
    assert_false(copy_publish(temporary, path, &error));
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, 0);
}

static void test_backup_that_must_stop_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    char path[PATH_SIZE], temporary[PATH_MAX];
    const atomic_bool now = true;
    struct copy_error error;
    store_begin(fixture->store); // a copy of little would end before anybody asks whether to stop
    for (int n = 1; n <= 5000; n++) {
        struct message message = sample_message(n);
        assert_true(store_message_add(fixture->store, &message));
    }
    assert_int_equal(store_commit(fixture->store), STORE_OK);
    name(path, fixture, "copy");
    int before = count_files(fixture);
    assert_false(copy_make(temporary, fixture->path, path, &now, &error));
    assert_string_equal(error.text, "the bridge stops");
    assert_int_equal(count_files(fixture), before);
}

static void test_backup_to_a_folder_that_is_not_there(void **state)
{
    struct backup_report report = make_backup(*state, "/nowhere/at/all");
    assert_int_equal(report.state, BACKUP_FAILED);
    assert_true(report.error.text[0] != '\0');
}

static void test_restore_brings_back_and_keeps(void **state)
{
    struct fixture *fixture = *state;
    char path[PATH_SIZE], kept[PATH_MAX], kept_again[PATH_MAX];
    struct copy_error error;
    name(path, fixture, "copy");
    put(fixture, 1);
    assert_int_equal(make_backup(fixture, path).state, BACKUP_DONE);
    put(fixture, 2);
    stop(fixture);
    CHECK(restore_run(kept, path, fixture->path, 1795233600000, &error), "%s", error.text);
    assert_non_null(strstr(kept, ".before-20261121T"));
    fixture_reopen(fixture);
    assert_int_equal(store_message_last(fixture->store), 1);
    stop(fixture);
    CHECK(restore_run(kept_again, kept, fixture->path, 1795233700000, &error), "%s", error.text);
    fixture_reopen(fixture);
    assert_int_equal(store_message_last(fixture->store), 2); // and back again
}

// As a killed bridge leaves it: its last rows are only in the log, which must not reach the restored
// database.
static void test_restore_takes_the_log_away(void **state)
{
    struct fixture *fixture = *state;
    char path[PATH_SIZE], kept[PATH_MAX], log[PATH_MAX + 8];
    struct copy_error error;
    sqlite3 *holder;
    name(path, fixture, "copy");
    put(fixture, 1);
    assert_int_equal(make_backup(fixture, path).state, BACKUP_DONE);
    assert_int_equal(sqlite3_open(fixture->path, &holder), SQLITE_OK);
    assert_int_equal(sqlite3_exec(holder, "SELECT * FROM message", NULL, NULL, NULL), SQLITE_OK);
    put(fixture, 2);
    stop(fixture); // holder keeps the log from being copied and deleted
    CHECK(restore_run(kept, path, fixture->path, 0, &error), "%s", error.text);
    snprintf(log, sizeof(log), "%s-wal", kept);
    assert_int_equal(access(log, F_OK), 0);
    sqlite3_close(holder);
    fixture_reopen(fixture);
    assert_int_equal(store_message_last(fixture->store), 1);
}

static void test_restore_of_a_store_that_is_gone(void **state)
{
    struct fixture *fixture = *state;
    char path[PATH_SIZE], kept[PATH_MAX];
    struct copy_error error;
    struct stat info;
    name(path, fixture, "copy");
    put(fixture, 1);
    assert_int_equal(make_backup(fixture, path).state, BACKUP_DONE);
    stop(fixture);
    assert_int_equal(unlink(fixture->path), 0);
    CHECK(restore_run(kept, path, fixture->path, 0, &error), "%s", error.text);
    assert_string_equal(kept, "");
    assert_int_equal(stat(fixture->path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    fixture_reopen(fixture);
    assert_int_equal(store_message_last(fixture->store), 1);
}

static void test_restore_while_a_bridge_runs_is_refused(void **state)
{
    struct fixture *fixture = *state;
    char path[PATH_SIZE], kept[PATH_MAX];
    struct copy_error error;
    name(path, fixture, "copy");
    assert_int_equal(make_backup(fixture, path).state, BACKUP_DONE);
    put(fixture, 1);
    assert_false(restore_run(kept, path, fixture->path, 0, &error));
    assert_string_equal(error.text, store_status_text(STORE_LOCKED));
    assert_int_equal(store_message_last(fixture->store), 1);
}

// Makes the file wrong in one way.
static void damage(const char *path, size_t at)
{
    char junk[512];
    memset(junk, 'x', sizeof(junk));
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, junk, sizeof(junk), (off_t)at), sizeof(junk));
    close(fd);
}

static void make_newer(const char *path)
{
    run_sql(path, "UPDATE schema_version SET version = 99");
}

static void make_foreign(const char *path)
{
    unlink(path);
    run_sql(path, "CREATE TABLE recipe (name TEXT)");
}

static void make_empty(const char *path)
{
    assert_int_equal(truncate(path, 0), 0);
}

static void make_short(const char *path)
{
    assert_int_equal(truncate(path, 3 * 4096), 0);
}

static void damage_head(const char *path)
{
    damage(path, 0);
}

static void damage_page(const char *path)
{
    damage(path, 4096);
}

static void remove_it(const char *path)
{
    assert_int_equal(unlink(path), 0);
}

static void test_restore_of_bad_backups_is_refused(void **state)
{
    static void (*const MAKE_BAD[])(const char *) = {make_newer,  make_foreign, make_empty, make_short,
                                                     damage_head, damage_page,  remove_it};
    struct fixture *fixture = *state;
    char path[PATH_SIZE], file[32], kept[PATH_MAX];
    struct copy_error error;
    put(fixture, 1);
    for (size_t i = 0; i < COUNT(MAKE_BAD); i++) {
        snprintf(file, sizeof(file), "copy%zu", i);
        name(path, fixture, file);
        assert_int_equal(make_backup(fixture, path).state, BACKUP_DONE);
        MAKE_BAD[i](path);
        stop(fixture);
        error.text[0] = '\0';
        CHECK(!restore_run(kept, path, fixture->path, 0, &error), "case %zu was accepted", i);
        assert_true(error.text[0] != '\0');
        fixture_reopen(fixture);
        assert_int_equal(store_message_last(fixture->store), 1);
    }
}

static void test_older_backups_are_restored(void **state)
{
    struct fixture *fixture = *state;
    char path[PATH_SIZE];
    struct copy_error error;
    name(path, fixture, "copy");
    assert_int_equal(make_backup(fixture, path).state, BACKUP_DONE);
    run_sql(path, "UPDATE schema_version SET version = 1");
    CHECK(copy_check(path, &error), "%s", error.text); // the next start brings it up to date
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_backup_of_a_store_in_use),
        CASE(test_backup_beside_a_transaction),
        CASE(test_backup_overwrites_nothing),
        CASE(test_publishing_overwrites_nothing),
        CASE(test_backup_that_must_stop_leaves_nothing),
        CASE(test_backup_to_a_folder_that_is_not_there),
        CASE(test_restore_brings_back_and_keeps),
        CASE(test_restore_takes_the_log_away),
        CASE(test_restore_of_a_store_that_is_gone),
        CASE(test_restore_while_a_bridge_runs_is_refused),
        CASE(test_restore_of_bad_backups_is_refused),
        CASE(test_older_backups_are_restored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
