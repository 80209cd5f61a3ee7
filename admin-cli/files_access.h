// Whether another user may read a file, judged by owners and permission bits.
#ifndef SMSQUITTO_ADMIN_CLI_FILES_ACCESS_H
#define SMSQUITTO_ADMIN_CLI_FILES_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

enum { FILES_GROUPS_MAX = 64 };

struct files_user {
    uid_t uid;
    gid_t groups[FILES_GROUPS_MAX];
    int group_count;
};

// Fills in a user of this machine; false when there is none of that name.
bool files_user_find(struct files_user *user, const char *name);

// Whether the user has one permission (4 read, 2 write, 1 search) on what *info tells of. root has all.
bool files_user_may(const struct files_user *user, const struct stat *info, unsigned permission);

// Whether the user may read the file at path, every folder on the way included. On false, blocked[size] names
// what stands in the way.
bool files_user_may_read(const struct files_user *user, const char *path, char *blocked, size_t size);

#endif
