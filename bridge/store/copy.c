// Copies are made under another name, so that a file with the right name is always a good one.
#include "bridge/store/copy.h"

#include "bridge/store/migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_MS = 5000 };

bool copy_fail(struct copy_error *error, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(error->text, sizeof(error->text), format, list);
    va_end(list);
    return false;
}

bool copy_fail_errno(struct copy_error *error, const char *what)
{
    return copy_fail(error, "%s: %s", what, strerror(errno));
}

static bool fail_status(struct copy_error *error, enum store_status status)
{
    return copy_fail(error, "%s", store_status_text(status != STORE_OK ? status : STORE_CORRUPT));
}

static bool check_db(struct db *db, struct copy_error *error)
{
    int64_t version = migrate_version_of(db);
    if (version > migrate_version())
        return fail_status(error, STORE_NEWER);
    if (version <= 0 || !db_is_sound(db))
        return fail_status(error, db_failure(db));
    return true;
}

bool copy_check(const char *path, struct copy_error *error)
{
    enum store_status status;
    if (access(path, R_OK) != 0)
        return copy_fail_errno(error, "cannot be read");
    struct db *db = db_open(path, DB_READER, BUSY_MS, &status);
    if (db == NULL)
        return fail_status(error, status);
    bool good = check_db(db, error);
    db_close(db);
    return good;
}

static bool sync_path(const char *path, int flags, struct copy_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    if (fd < 0)
        return copy_fail_errno(error, "cannot open what was written");
    bool synced = fsync(fd) == 0 || copy_fail_errno(error, "cannot put on disk what was written");
    close(fd);
    return synced;
}

bool copy_sync_file(const char *path, struct copy_error *error)
{
    return sync_path(path, 0, error);
}

bool copy_sync_folder(const char *path, struct copy_error *error)
{
    char *copy = strdup(path);
    if (copy == NULL)
        return copy_fail(error, "out of memory");
    bool synced = sync_path(dirname(copy), O_DIRECTORY, error);
    free(copy);
    return synced;
}

// A new, empty file for our eyes only. SQLite opens it by itself: closing our descriptor later would drop its
// locks.
static bool make_file(char temporary[PATH_MAX], const char *to, struct copy_error *error)
{
    if (snprintf(temporary, PATH_MAX, "%s.XXXXXX", to) >= PATH_MAX)
        return copy_fail(error, "the path is too long");
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return copy_fail_errno(error, "cannot make a file there");
    close(fd);
    return true;
}

static bool fill_file(const char *temporary, const char *from, const atomic_bool *stop,
                      struct copy_error *error)
{
    enum store_status status;
    struct db *db = db_open(from, DB_READER, BUSY_MS, &status);
    if (db == NULL)
        return fail_status(error, status);
    bool copied = db_copy_into(db, temporary, stop);
    if (!copied && atomic_load(stop))
        copy_fail(error, "the bridge stops");
    else if (!copied)
        fail_status(error, db_failure(db));
    db_close(db);
    return copied;
}

bool copy_make(char temporary[PATH_MAX], const char *from, const char *to, const atomic_bool *stop,
               struct copy_error *error)
{
    if (!make_file(temporary, to, error))
        return false;
    if (fill_file(temporary, from, stop, error) && copy_check(temporary, error) &&
        copy_sync_file(temporary, error))
        return true;
    unlink(temporary);
    return false;
}

// Not every file system can rename without replacing; those of the network can link instead.
static bool rename_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return true;
    return errno == EINVAL && link(from, to) == 0 && unlink(from) == 0;
}

bool copy_publish(const char *temporary, const char *to, struct copy_error *error)
{
    if (!rename_new(temporary, to))
        return copy_fail_errno(error, "cannot be named so");
    return copy_sync_folder(to, error);
}
