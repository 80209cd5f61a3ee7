// Checkpoints beside the writer, so that no commit has to do one.
#include "bridge/store/db.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
    LOOK_MS = 250,
    PAGE_BYTES = 4096,
    BUSY_MS = 1000,
};

struct store_checkpointer {
    pthread_t thread;
    pthread_mutex_t lock; // covers stop
    pthread_cond_t wake;
    bool stop;
    char *path, *wal;
    int64_t limit_bytes;
};

// Waits for the next look; true when it is time to stop.
static bool wait_or_stop(struct store_checkpointer *checkpointer)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOOK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&checkpointer->lock);
    if (!checkpointer->stop)
        pthread_cond_timedwait(&checkpointer->wake, &checkpointer->lock, &until);
    bool stop = checkpointer->stop;
    pthread_mutex_unlock(&checkpointer->lock);
    return stop;
}

static int64_t wal_bytes(const struct store_checkpointer *checkpointer)
{
    struct stat info;
    return stat(checkpointer->wal, &info) == 0 ? (int64_t)info.st_size : 0;
}

static void *run(void *context)
{
    struct store_checkpointer *checkpointer = context;
    struct db *db = NULL;
    int64_t done_bytes =
        0; // size of the log at the last pass: it is rewritten in place, so only growth and time tell
    int idle = 0;
    pthread_setname_np(pthread_self(), "checkpoint");
    while (!wait_or_stop(checkpointer)) {
        enum store_status status;
        int64_t bytes = wal_bytes(checkpointer);
        if (bytes < checkpointer->limit_bytes || (bytes == done_bytes && ++idle < 4))
            continue;
        if (db == NULL)
            db = db_open(checkpointer->path, DB_READER, BUSY_MS, &status);
        if (db != NULL) {
            (void)db_checkpoint(db);
            db_clear(db);
        }
        done_bytes = bytes;
        idle = 0;
    }
    db_close(db);
    return NULL;
}

struct store_checkpointer *store_checkpointer_start(const char *path, int wal_pages)
{
    struct store_checkpointer *checkpointer = calloc(1, sizeof(*checkpointer));
    if (checkpointer == NULL)
        return NULL;
    size_t length = strlen(path) + sizeof("-wal");
    checkpointer->path = strdup(path);
    checkpointer->wal = malloc(length);
    checkpointer->limit_bytes = (int64_t)wal_pages * PAGE_BYTES;
    pthread_mutex_init(&checkpointer->lock, NULL);
    pthread_condattr_t attributes; // a wall clock that is set back must not keep it waiting
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&checkpointer->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (checkpointer->wal != NULL)
        snprintf(checkpointer->wal, length, "%s-wal", path);
    if (checkpointer->path != NULL && checkpointer->wal != NULL &&
        pthread_create(&checkpointer->thread, NULL, run, checkpointer) == 0)
        return checkpointer;
    free(checkpointer->path);
    free(checkpointer->wal);
    free(checkpointer);
    return NULL;
}

void store_checkpointer_stop(struct store_checkpointer *checkpointer)
{
    if (checkpointer == NULL)
        return;
    pthread_mutex_lock(&checkpointer->lock);
    checkpointer->stop = true;
    pthread_cond_signal(&checkpointer->wake);
    pthread_mutex_unlock(&checkpointer->lock);
    pthread_join(checkpointer->thread, NULL);
    pthread_cond_destroy(&checkpointer->wake);
    pthread_mutex_destroy(&checkpointer->lock);
    free(checkpointer->path);
    free(checkpointer->wal);
    free(checkpointer);
}
