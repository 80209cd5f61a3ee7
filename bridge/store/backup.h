// Backups of the database while the bridge runs, one at a time, each on a thread of its own.
//
// The writer never waits for one; only the write-ahead log cannot be cut as long as it runs.
#ifndef SMSQUITTO_BRIDGE_STORE_BACKUP_H
#define SMSQUITTO_BRIDGE_STORE_BACKUP_H

#include "bridge/store/copy.h"

enum { BACKUP_PATH_SIZE = 1024 };

enum backup_state {
    BACKUP_NONE, // there was none since the bridge started
    BACKUP_RUNNING,
    BACKUP_DONE,
    BACKUP_FAILED, // nothing is left of it
};

struct backup_report {
    enum backup_state state;
    char path[BACKUP_PATH_SIZE];
    int64_t began_at, ended_at; // 0 = not yet
    int64_t bytes;              // of the finished file
    struct copy_error error;    // why it failed
};

struct backup;

// store_path is copied. Owned; NULL when memory runs out.
struct backup *backup_new(const char *store_path);
// Gives up what runs, and waits for that. NULL does nothing.
void backup_free(struct backup *backup);

enum backup_start {
    BACKUP_STARTED,
    BACKUP_BUSY,
    BACKUP_NO_THREAD,
    BACKUP_OF_SERVER, // a database server has its own backups
};

// Begins to write what the store holds now to a new file at path, which must be absolute, shorter than
// BACKUP_PATH_SIZE, and is copied. Never waits for a disk. One thread only.
enum backup_start backup_start(struct backup *backup, const char *path, int64_t now);

// How the last one is. Any thread.
void backup_look(struct backup *backup, struct backup_report *report);

#endif
