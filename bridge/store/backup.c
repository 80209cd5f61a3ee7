// One thread for each backup; the report is what it shares with the others.
#include "bridge/store/backup.h"

#include "bridge/store/db.h"
#include "common/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct backup {
    char *store_path;
    pthread_t thread;
    bool joinable; // there is a thread, perhaps at its end
    atomic_bool stop;
    pthread_mutex_t lock; // covers report
    struct backup_report report;
};

struct backup *backup_new(const char *store_path)
{
    struct backup *backup = calloc(1, sizeof(*backup));
    if (backup == NULL)
        return NULL;
    pthread_mutex_init(&backup->lock, NULL);
    backup->store_path = strdup(store_path);
    if (backup->store_path != NULL)
        return backup;
    backup_free(backup);
    return NULL;
}

static void join(struct backup *backup)
{
    if (backup->joinable)
        pthread_join(backup->thread, NULL);
    backup->joinable = false;
}

void backup_free(struct backup *backup)
{
    if (backup == NULL)
        return;
    atomic_store(&backup->stop, true);
    join(backup);
    pthread_mutex_destroy(&backup->lock);
    free(backup->store_path);
    free(backup);
}

// Publishing refuses a name that is taken as well; looking before spares the work.
static bool is_free(const char *path, struct copy_error *error)
{
    struct stat info;
    if (lstat(path, &info) == 0)
        return copy_fail(error, "there is such a file already");
    return errno == ENOENT || copy_fail_errno(error, "cannot be written");
}

static bool write_backup(struct backup *backup, const char *path, int64_t *bytes, struct copy_error *error)
{
    char temporary[PATH_MAX];
    struct stat info;
    if (!is_free(path, error) || !copy_make(temporary, backup->store_path, path, &backup->stop, error))
        return false;
    *bytes = stat(temporary, &info) == 0 ? (int64_t)info.st_size : 0;
    if (copy_publish(temporary, path, error))
        return true;
    unlink(temporary);
    return false;
}

static void *run(void *context)
{
    struct backup *backup = context;
    struct copy_error error = {""};
    int64_t bytes = 0;
    pthread_setname_np(pthread_self(), "backup");
    bool done =
        write_backup(backup, backup->report.path, &bytes, &error); // nobody changes it while this runs
    pthread_mutex_lock(&backup->lock);
    backup->report.state = done ? BACKUP_DONE : BACKUP_FAILED;
    backup->report.ended_at = clock_wall_ms();
    backup->report.bytes = bytes;
    backup->report.error = error;
    pthread_mutex_unlock(&backup->lock);
    return NULL;
}

enum backup_start backup_start(struct backup *backup, const char *path, int64_t now)
{
    if (db_is_server(backup->store_path))
        return BACKUP_OF_SERVER;
    struct backup_report next = {.state = BACKUP_RUNNING, .began_at = now}, last;
    backup_look(backup, &last);
    if (last.state == BACKUP_RUNNING)
        return BACKUP_BUSY;
    join(backup); // it has nothing left to do
    snprintf(next.path, sizeof(next.path), "%s", path);
    pthread_mutex_lock(&backup->lock);
    backup->report = next;
    pthread_mutex_unlock(&backup->lock);
    backup->joinable = pthread_create(&backup->thread, NULL, run, backup) == 0;
    if (backup->joinable)
        return BACKUP_STARTED;
    pthread_mutex_lock(&backup->lock);
    backup->report = last;
    pthread_mutex_unlock(&backup->lock);
    return BACKUP_NO_THREAD;
}

void backup_look(struct backup *backup, struct backup_report *report)
{
    pthread_mutex_lock(&backup->lock);
    *report = backup->report;
    pthread_mutex_unlock(&backup->lock);
}
