// The linker gives this table to db.c in place of SQLite's (--wrap); all but the calls that fail is SQLite's.
#include "tests/unit/failing_driver.h"

#include "bridge/store/driver.h"

static enum store_status with;
static int64_t left;
static bool stays, has_failed;

void failing_driver_begin(enum store_status status, int64_t n, bool for_good)
{
    with = status;
    left = n;
    stays = for_good;
    has_failed = false;
}

bool failing_driver_end(void)
{
    with = STORE_OK;
    return has_failed;
}

static bool fails(struct db *db)
{
    if (with == STORE_OK)
        return false;
    left--;
    if (left > 0 || (left < 0 && !stays))
        return false;
    has_failed = true;
    if (db->failure == STORE_OK)
        db->failure = with;
    return true;
}

// The names are the linker's. NOLINTBEGIN(bugprone-reserved-identifier)
extern const struct db_driver __real_sqlite_driver, __wrap_sqlite_driver;
static const struct db_driver *const real = &__real_sqlite_driver;

static enum db_step step(struct db_statement *statement)
{
    return fails(statement->db) ? DB_FAILED : real->step(statement);
}

static bool begin(struct db *db)
{
    return !fails(db) && real->begin(db);
}

static bool commit(struct db *db)
{
    return !fails(db) && real->commit(db);
}

// Commits need not last longer than the test, and syncs take long.
static bool make_durable(struct db *db)
{
    return real->make_durable(db) && real->run(db, "PRAGMA synchronous = OFF");
}

// What it opens has the failing calls.
static struct db *open_failing(const char *path, enum db_mode mode, int busy_ms, enum store_status *status)
{
    static struct db_driver table;
    struct db *db = real->open(path, mode, busy_ms, status);
    if (db == NULL)
        return NULL;
    table = *real;
    table.step = step;
    table.begin = begin;
    table.commit = commit;
    table.make_durable = make_durable;
    db->driver = &table;
    return db;
}

const struct db_driver __wrap_sqlite_driver = {.open = open_failing};
// NOLINTEND(bugprone-reserved-identifier)
