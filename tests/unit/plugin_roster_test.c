// The table of logins, and its file in all the ways in which it can be unusable.
#include "plugin/roster_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

enum { MANY = 5000 };

#define SCHEMA                                                                                               \
    "CREATE TABLE roster (generation INTEGER NOT NULL) STRICT;"                                              \
    "INSERT INTO roster VALUES (7);"                                                                         \
    "CREATE TABLE login (name TEXT PRIMARY KEY, role TEXT NOT NULL, key_hash BLOB NOT NULL,"                 \
    " disabled INTEGER NOT NULL DEFAULT 0) STRICT;"                                                          \
    "PRAGMA user_version = 1;"
#define HASH "zeroblob(32)"
#define CHANGE "UPDATE roster SET generation = generation + 1;"

static void test_table(void **unused)
{
    (void)unused;
    struct roster *roster = roster_new(42);
    assert_null(roster_find(roster, "phone-1"));
    for (int i = 0; i < MANY; i++) {
        struct login login = {.role = ROLE_DEVICE, .key_hash = {(uint8_t)i}};
        snprintf(login.name, sizeof login.name, "phone-%d", i);
        assert_true(roster_add(roster, &login));
        assert_false(roster_add(roster, &login));
    }
    assert_int_equal(roster_count(roster), MANY);
    assert_int_equal(roster_generation(roster), 42);
    assert_int_equal(roster_find(roster, "phone-4711")->key_hash[0], 4711 % 256);
    assert_null(roster_find(roster, "phone-5000"));
    assert_null(roster_find(roster, "phone-47110000000000000000"));
    assert_null(roster_find(roster, ""));
    assert_null(roster_find(roster, NULL));
    assert_null(roster_find(NULL, "phone-1"));
    roster_free(roster);
    roster_free(NULL);
}

struct place {
    char folder[32];
    char path[48];
    struct roster_file *file;
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    stpcpy(place->folder, "/tmp/smsq-roster-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof place->path, "%s/roster.db", place->folder);
    place->file = roster_file_new(place->path);
    *state = place;
    return 0;
}

static int drop_place(void **state)
{
    struct place *place = *state;
    roster_file_free(place->file);
    unlink(place->path);
    rmdir(place->folder);
    free(place);
    return 0;
}

static void run(const struct place *place, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

// What look() returns for a look without a table.
#define LOOKED(result) (-1 - (result))

// Looks, and frees what comes; returns the number of logins, or LOOKED of the result.
static int look(struct place *place)
{
    struct roster *roster = NULL;
    enum roster_look result = roster_file_look(place->file, &roster);
    assert_int_equal(roster != NULL, result == ROSTER_READ);
    int count = result == ROSTER_READ ? (int)roster_count(roster) : LOOKED((int)result);
    roster_free(roster);
    return count;
}

static void test_file_appears_and_changes(void **state)
{
    struct place *place = *state;
    assert_int_equal(look(place), LOOKED(ROSTER_FAIL));
    run(place, SCHEMA "INSERT INTO login VALUES ('phone-1', 'device', " HASH ", 0);");
    assert_int_equal(look(place), 1);
    assert_int_equal(look(place), LOOKED(ROSTER_SAME));
    // A change that does not raise the generation is not seen; one that lowers it is.
    run(place, "INSERT INTO login VALUES ('phone-2', 'device', " HASH ", 0);");
    assert_int_equal(look(place), LOOKED(ROSTER_SAME));
    run(place, CHANGE);
    assert_int_equal(look(place), 2);
    run(place, "UPDATE roster SET generation = 1; DELETE FROM login");
    assert_int_equal(look(place), 0);
}

static void test_rows_are_read(void **state)
{
    struct place *place = *state;
    run(place, SCHEMA "INSERT INTO login VALUES ('phone-1', 'device', x'"
                      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 0);"
                      "INSERT INTO login VALUES ('b', 'bridge', " HASH ", 1);"
                      "INSERT INTO login VALUES ('o', 'operator', " HASH ", 0);");
    struct roster *roster;
    assert_int_equal(roster_file_look(place->file, &roster), ROSTER_READ);
    assert_int_equal(roster_generation(roster), 7);
    const struct login *login = roster_find(roster, "phone-1");
    assert_int_equal(login->role, ROLE_DEVICE);
    assert_int_equal(login->key_hash[31], 31);
    assert_false(login->disabled);
    assert_int_equal(roster_find(roster, "b")->role, ROLE_BRIDGE);
    assert_true(roster_find(roster, "b")->disabled);
    assert_int_equal(roster_find(roster, "o")->role, ROLE_OPERATOR);
    roster_free(roster);
}

static void test_unusable_rows_are_skipped(void **state)
{
    struct place *place = *state;
    run(place, SCHEMA "INSERT INTO login VALUES ('good', 'device', " HASH ", 0), ('', 'device', " HASH ", 0),"
                      " ('#', 'device', " HASH ", 0), ('0123456789012345678901', 'device', " HASH ", 0),"
                      " ('king', 'king', " HASH ", 0), ('short', 'device', x'00', 0),"
                      " ('long', 'device', zeroblob(33), 0), ('a' || char(0) || 'b', 'device', " HASH ", 0),"
                      " ('empty', 'device', x'', 0);");
    assert_int_equal(look(place), 1);
    assert_int_equal(roster_file_skipped(place->file), 8);
}

static void test_disabled_by_any_number(void **state)
{
    struct place *place = *state;
    run(place, SCHEMA "INSERT INTO login VALUES ('a', 'device', " HASH ", 2);");
    struct roster *roster;
    assert_int_equal(roster_file_look(place->file, &roster), ROSTER_READ);
    assert_true(roster_find(roster, "a")->disabled);
    roster_free(roster);
}

static void test_other_versions_are_refused(void **state)
{
    struct place *place = *state;
    run(place, SCHEMA "PRAGMA user_version = 2;");
    assert_int_equal(look(place), LOOKED(ROSTER_FAIL));
    assert_string_equal(roster_file_error(place->file), "schema version 2, this plugin reads only 1");
    run(place, "PRAGMA user_version = 0;");
    assert_int_equal(look(place), LOOKED(ROSTER_FAIL));
    run(place, "PRAGMA user_version = 1;");
    assert_int_equal(look(place), 0);
    run(place, "PRAGMA user_version = 3;" CHANGE);
    assert_int_equal(look(place), LOOKED(ROSTER_FAIL));
}

static void test_no_generation(void **state)
{
    struct place *place = *state;
    run(place, SCHEMA "DELETE FROM roster;");
    assert_int_equal(look(place), LOOKED(ROSTER_FAIL));
    assert_string_equal(roster_file_error(place->file), "no generation");
}

static void test_missing_tables(void **state)
{
    struct place *place = *state;
    run(place, "CREATE TABLE other (x); PRAGMA user_version = 1;");
    assert_int_equal(look(place), LOOKED(ROSTER_FAIL));
    run(place, "CREATE TABLE roster (generation INTEGER); INSERT INTO roster VALUES (1);");
    assert_int_equal(look(place), LOOKED(ROSTER_FAIL));
    run(place, "DROP TABLE roster;" SCHEMA);
    assert_int_equal(look(place), 0);
}

static void test_garbage(void **state)
{
    struct place *place = *state;
    FILE *out = fopen(place->path, "w");
    for (int i = 0; i < 10000; i++)
        fputs("garbage ", out);
    fclose(out);
    assert_int_equal(look(place), LOOKED(ROSTER_FAIL));
    unlink(place->path);
    run(place, SCHEMA);
    assert_int_equal(look(place), 0);
}

static void test_locked_file_is_busy(void **state)
{
    struct place *place = *state;
    run(place, SCHEMA);
    for (int round = 0; round < 2; round++) {
        sqlite3 *writer;
        assert_int_equal(sqlite3_open(place->path, &writer), SQLITE_OK);
        assert_int_equal(sqlite3_exec(writer, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(look(place), LOOKED(ROSTER_BUSY));
        assert_int_equal(sqlite3_exec(writer, CHANGE "COMMIT", NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(writer);
        assert_int_equal(look(place), 0);
    }
}

static void test_replaced_file_is_read_again(void **state)
{
    struct place *place = *state;
    run(place, SCHEMA);
    assert_int_equal(look(place), 0);
    struct place other = *place;
    snprintf(other.path, sizeof other.path, "%s/other.db", place->folder);
    run(&other, SCHEMA "INSERT INTO login VALUES ('phone-1', 'device', " HASH ", 0);");
    assert_int_equal(rename(other.path, place->path), 0);
    assert_int_equal(look(place), 1);
    assert_int_equal(look(place), LOOKED(ROSTER_SAME));
    unlink(place->path);
    assert_int_equal(look(place), LOOKED(ROSTER_FAIL));
    assert_string_equal(roster_file_error(place->file), "no file");
}

static void test_reader_does_not_stop_the_writer(void **state)
{
    struct place *place = *state;
    run(place, SCHEMA);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(look(place), 0);
        assert_int_equal(look(place), LOOKED(ROSTER_SAME));
        run(place, CHANGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test_setup_teardown(test_file_appears_and_changes, make_place, drop_place),
        cmocka_unit_test_setup_teardown(test_rows_are_read, make_place, drop_place),
        cmocka_unit_test_setup_teardown(test_unusable_rows_are_skipped, make_place, drop_place),
        cmocka_unit_test_setup_teardown(test_disabled_by_any_number, make_place, drop_place),
        cmocka_unit_test_setup_teardown(test_other_versions_are_refused, make_place, drop_place),
        cmocka_unit_test_setup_teardown(test_no_generation, make_place, drop_place),
        cmocka_unit_test_setup_teardown(test_missing_tables, make_place, drop_place),
        cmocka_unit_test_setup_teardown(test_garbage, make_place, drop_place),
        cmocka_unit_test_setup_teardown(test_locked_file_is_busy, make_place, drop_place),
        cmocka_unit_test_setup_teardown(test_replaced_file_is_read_again, make_place, drop_place),
        cmocka_unit_test_setup_teardown(test_reader_does_not_stop_the_writer, make_place, drop_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
