// Reads roster.db (schemas/sql/roster/) into tables, without ever waiting for it.
//
// Used by the broker's thread only.
#ifndef SMSQUITTO_PLUGIN_ROSTER_FILE_H
#define SMSQUITTO_PLUGIN_ROSTER_FILE_H

#include "plugin/roster.h"

enum roster_look {
    ROSTER_SAME, // nothing new since the last table
    ROSTER_READ, // a new table
    ROSTER_BUSY, // the bridge is writing; look again soon
    ROSTER_FAIL, // missing, unreadable, or of another schema version: keep the old table
};

struct roster_file;

// A reader of a file that need not exist yet, or NULL when out of memory. The path is copied.
struct roster_file *roster_file_new(const char *path);

// Closes the file; NULL is fine.
void roster_file_free(struct roster_file *file);

// Looks at the file's identity and generation, and reads it all when one of them changed. On ROSTER_READ the
// caller owns *roster. Costs a few system calls when nothing changed, and about 0.3 microseconds a login when
// it did.
enum roster_look roster_file_look(struct roster_file *file, struct roster **roster);

enum { ROSTER_ERROR_SIZE = 160 };

// Why the last look failed (fits ROSTER_ERROR_SIZE), and how many rows of the last table were unusable.
// Borrowed until the next look.
const char *roster_file_error(const struct roster_file *file);
size_t roster_file_skipped(const struct roster_file *file);

#endif
