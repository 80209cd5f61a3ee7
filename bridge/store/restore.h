// Putting a backup in the place of the database, while no bridge runs.
#ifndef SMSQUITTO_BRIDGE_STORE_RESTORE_H
#define SMSQUITTO_BRIDGE_STORE_RESTORE_H

#include "bridge/store/copy.h"

// Makes the backup at file the database at store_path, under the lock of bridges. A database that is there is
// kept, whole or damaged, next to it with the time `now` in its name: that goes to kept, "" = there was none.
// Done by root, the new files belong to whom the old ones, or their folder, belong to. False, with the old
// database in its place, when a bridge runs, when the backup is damaged or newer than this program, or when
// the disk does not allow it.
bool restore_run(char kept[PATH_MAX], const char *file, const char *store_path, int64_t now,
                 struct copy_error *error);

#endif
