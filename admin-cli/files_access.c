// Permission bits from another user's point of view.
#include "admin-cli/files_access.h"

#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool files_user_find(struct files_user *user, const char *name)
{
    const struct passwd *entry = getpwnam(name);
    if (!entry)
        return false;
    user->uid = entry->pw_uid;
    user->group_count = FILES_GROUPS_MAX;
    if (getgrouplist(name, entry->pw_gid, user->groups, &user->group_count) < 0)
        user->group_count = FILES_GROUPS_MAX; // more groups than we look at
    return true;
}

static bool in_group(const struct files_user *user, gid_t group)
{
    for (int i = 0; i < user->group_count; i++) {
        if (user->groups[i] == group)
            return true;
    }
    return false;
}

bool files_user_may(const struct files_user *user, const struct stat *info, unsigned permission)
{
    unsigned shift = info->st_uid == user->uid ? 6 : in_group(user, info->st_gid) ? 3 : 0;
    return user->uid == 0 || (info->st_mode >> shift & permission) != 0;
}

bool files_user_may_read(const struct files_user *user, const char *path, char *blocked, size_t size)
{
    char whole[PATH_MAX];
    struct stat info;
    if (!realpath(path, whole)) {
        snprintf(blocked, size, "%s", path);
        return false;
    }
    // Every folder on the way must let the user pass; the path is cut behind each in turn.
    for (char *slash = whole; slash; slash = strchr(slash + 1, '/')) {
        char kept = slash == whole ? slash[1] : *slash;
        char *cut = slash == whole ? slash + 1 : slash;
        *cut = '\0';
        bool passes = stat(whole, &info) == 0 && files_user_may(user, &info, 1);
        snprintf(blocked, size, "%s", whole);
        *cut = kept;
        if (!passes)
            return false;
    }
    snprintf(blocked, size, "%s", whole);
    return stat(whole, &info) == 0 && files_user_may(user, &info, 4);
}
