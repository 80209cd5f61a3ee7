// Numbered migrations, embedded from schemas/sql/bridge/.
#include "bridge/store/migrate.h"

#include "bridge/store/migrations.h"

#include <stddef.h>

// The n-th one makes version n + 1.
static const char *const MIGRATIONS[] = {MIGRATIONS_ALL};

int migrate_version(void)
{
    return (int)(sizeof(MIGRATIONS) / sizeof(MIGRATIONS[0]));
}

int64_t migrate_version_of(struct db *db)
{
    if (db_is_empty(db))
        return 0;
    struct db_statement *statement = db_prepare(db, "SELECT version FROM schema_version");
    int64_t version = statement != NULL && db_step(statement) == DB_ROW ? db_int(statement, 0) : -1;
    db_finish(statement);
    return version;
}

enum store_status migrate(struct db *db)
{
    int64_t version = migrate_version_of(db);
    if (version < 0) {
        enum store_status failure = db_failure(db);
        return failure == STORE_BUSY || failure == STORE_READONLY || failure == STORE_AWAY ? failure
                                                                                           : STORE_CORRUPT;
    }
    if (version > migrate_version())
        return STORE_NEWER;
    if (!db_make_durable(db))
        return db_failure(db);
    for (; version < migrate_version(); version++)
        if (!db_begin(db) || !db_run(db, MIGRATIONS[version]) || !db_commit(db)) {
            db_rollback(db);
            return db_failure(db);
        }
    return STORE_OK;
}
