// Bringing a database's schema up to date.
#ifndef SMSQUITTO_BRIDGE_STORE_MIGRATE_H
#define SMSQUITTO_BRIDGE_STORE_MIGRATE_H

#include "bridge/store/db.h"

// Runs the migrations that the database lacks, each in its own transaction. STORE_NEWER, with nothing
// touched, when it has more than this program knows; STORE_CORRUPT when it is some other program's database.
enum store_status migrate(struct db *db);

// The schema version of this program.
int migrate_version(void);

// The database's version, 0 when it is empty, -1 when it is none of ours or cannot be read.
int64_t migrate_version_of(struct db *db);

#endif
