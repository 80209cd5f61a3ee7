// The old database gets a second name before anything is taken away from the first.
#include "bridge/store/restore.h"

#include "bridge/store/migrate.h"
#include "bridge/store/store_internal.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    BUSY_MS = 5000,
    EVENT_GAP = 10000000, // more events than come between two backups
};

// Gives path's name with that ending. False when it is too long.
static bool name_with(char name[PATH_MAX], const char *path, const char *ending, struct copy_error *error)
{
    return snprintf(name, PATH_MAX, "%s%s", path, ending) < PATH_MAX ||
           copy_fail(error, "the path of the store is too long");
}

static bool name_kept(char kept[PATH_MAX], const char *store_path, int64_t now, struct copy_error *error)
{
    char ending[48];
    time_t seconds = (time_t)(now / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(ending, sizeof(ending), ".before-%Y%m%dT%H%M%SZ", &parts);
    return name_with(kept, store_path, ending, error);
}

// Who is to own what is made: the owner of the old database, or of its folder.
static bool find_owner(struct stat *owner, const char *store_path, struct copy_error *error)
{
    if (stat(store_path, owner) == 0)
        return true;
    char *copy = strdup(store_path);
    bool found = copy != NULL && stat(dirname(copy), owner) == 0;
    free(copy);
    return found || copy_fail_errno(error, "cannot look into the folder of the store");
}

// Only root can give files away, and nobody else has to.
static bool given(int code, struct copy_error *error)
{
    return code == 0 || geteuid() != 0 || copy_fail_errno(error, "cannot give the database to its owner");
}

// Gives the file a second name. A file that is not there needs none.
static bool keep(const char *path, const char *kept, bool *is_there, struct copy_error *error)
{
    *is_there = link(path, kept) == 0;
    return *is_there || errno == ENOENT || copy_fail_errno(error, "cannot keep the old database");
}

static bool remove_if_there(const char *path, struct copy_error *error)
{
    return unlink(path) == 0 || errno == ENOENT || copy_fail_errno(error, "cannot remove the old log");
}

// The write-ahead log belongs to its database by name only, and would be applied to another one: it has to
// be gone before the new database comes. Who dies in between has both under their kept names.
static bool replace(char kept[PATH_MAX], const char *temporary, const char *store_path,
                    struct copy_error *error)
{
    char log[PATH_MAX], kept_log[PATH_MAX], index[PATH_MAX];
    bool had_db, had_log;
    if (!name_with(log, store_path, "-wal", error) || !name_with(index, store_path, "-shm", error) ||
        !name_with(kept_log, kept, "-wal", error))
        return false;
    if (!keep(store_path, kept, &had_db, error) || !keep(log, kept_log, &had_log, error) ||
        !copy_sync_folder(store_path, error) || !remove_if_there(log, error) ||
        !remove_if_there(index, error) || !copy_sync_folder(store_path, error))
        return false;
    if (rename(temporary, store_path) != 0)
        return copy_fail_errno(error, "cannot put the backup in its place");
    if (!had_db && !had_log)
        kept[0] = '\0';
    return copy_sync_folder(store_path, error);
}

static bool write_mark(struct db *db, int64_t now)
{
    struct db_statement *statement = db_prepare(db, statement_text(STATEMENT_RESTORED_ADD));
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, now);
    db_bind_int(statement, 2, EVENT_GAP);
    bool written = db_step(statement) == DB_DONE;
    db_finish(statement);
    return written;
}

// Tells the next bridge that this is a backup, in the file itself: what waited in it may have been sent
// since. Brings the schema up to date for that.
static bool mark(const char *temporary, int64_t now, struct copy_error *error)
{
    enum store_status status;
    struct db *db = db_open(temporary, DB_WRITER, BUSY_MS, &status);
    if (db == NULL)
        return copy_fail(error, "%s", store_status_text(status));
    status = migrate(db);
    if (status == STORE_OK && !write_mark(db, now))
        status = db_failure(db);
    db_close(db);
    return status == STORE_OK ? copy_sync_file(temporary, error)
                              : copy_fail(error, "%s", store_status_text(status));
}

// The copy, and what SQLite may have left beside it.
static void remove_copy(const char *temporary)
{
    static const char *const ENDINGS[] = {"", "-wal", "-shm"};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof(ENDINGS) / sizeof(ENDINGS[0]); i++)
        if (snprintf(path, sizeof(path), "%s%s", temporary, ENDINGS[i]) < (int)sizeof(path))
            unlink(path);
}

static bool restore_locked(char kept[PATH_MAX], int lock, const char *file, const char *store_path,
                           int64_t now, struct copy_error *error)
{
    static const atomic_bool never = false;
    char temporary[PATH_MAX];
    struct stat owner;
    if (!find_owner(&owner, store_path, error) || !given(fchown(lock, owner.st_uid, owner.st_gid), error) ||
        !name_kept(kept, store_path, now, error) || !copy_make(temporary, file, store_path, &never, error))
        return false;
    if (mark(temporary, now, error) && given(chown(temporary, owner.st_uid, owner.st_gid), error) &&
        replace(kept, temporary, store_path, error))
        return true;
    remove_copy(temporary);
    return false;
}

bool restore_run(char kept[PATH_MAX], const char *file, const char *store_path, int64_t now,
                 struct copy_error *error)
{
    int lock = -1;
    if (!copy_check(file, error))
        return false;
    enum store_status status = store_lock(&lock, store_path);
    bool restored = status == STORE_OK ? restore_locked(kept, lock, file, store_path, now, error)
                                       : copy_fail(error, "%s", store_status_text(status));
    if (lock >= 0)
        close(lock);
    return restored;
}
