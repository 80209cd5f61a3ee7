// The roster file as the plugin reads it, damaged: a table of whole logins, or a sentence.
#include "plugin/roster_file.h"
#include "tests/fuzz/damaged_file.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make(const char *path)
{
    static const char SQL[] =
        "CREATE TABLE roster (generation INTEGER NOT NULL) STRICT; INSERT INTO roster VALUES (7);"
        "CREATE TABLE login (name TEXT PRIMARY KEY, role TEXT NOT NULL CHECK (role IN ('device', 'bridge',"
        " 'operator')), key_hash BLOB NOT NULL CHECK (length(key_hash) = 32), disabled INTEGER NOT NULL "
        "DEFAULT 0"
        " CHECK (disabled IN (0, 1))) STRICT; PRAGMA user_version = 1;"
        "INSERT INTO login VALUES ('phone', 'device', zeroblob(32), 0), ('gate', 'bridge', zeroblob(32), 0),"
        " ('old-phone', 'device', zeroblob(32), 1);";
    sqlite3 *db;
    if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, SQL, NULL, NULL, NULL) != SQLITE_OK)
        abort();
    sqlite3_close(db);
}

static void check(const struct roster *roster)
{
    static const char *const NAMES[] = {"phone", "gate", "old-phone", "", "x"};
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        const struct login *login = roster_find(roster, NAMES[i]);
        if (login != NULL && (strcmp(login->name, NAMES[i]) != 0 || login->role > ROLE_OPERATOR))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct damaged_file damaged;
    if (damaged.image == NULL)
        damaged_file_init(&damaged, make);
    damaged_file_write(&damaged, data, size);
    struct roster_file *file = roster_file_new(damaged.path);
    if (file == NULL)
        return 0;
    for (int look = 0; look < 2; look++) {
        struct roster *roster = NULL;
        enum roster_look seen = roster_file_look(file, &roster);
        if (seen == ROSTER_READ)
            check(roster);
        else if (roster != NULL || (seen == ROSTER_FAIL && roster_file_error(file)[0] == '\0'))
            abort();
        roster_free(roster);
    }
    roster_file_free(file);
    return 0;
}
