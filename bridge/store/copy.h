// Whole databases as files: a copy that is complete, checked and on disk before it gets its name.
//
// Any thread. No argument may be NULL unless said. False comes with a sentence in *error.
#ifndef SMSQUITTO_BRIDGE_STORE_COPY_H
#define SMSQUITTO_BRIDGE_STORE_COPY_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct copy_error {
    char text[256];
};

// Fills *error from a printf format, and returns false.
bool copy_fail(struct copy_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
// The same with the words of errno behind it.
bool copy_fail_errno(struct copy_error *error, const char *what);

// Reads the whole database at path: whether it is ours, in order, and not of a newer version.
bool copy_check(const char *path, struct copy_error *error);

// Copies the database at from, which others may be writing to, into a new file (0600) next to where `to` will
// be. Its name is in temporary, and it is checked and on disk. Gives up once *stop is true. On failure there
// is no file.
bool copy_make(char temporary[PATH_MAX], const char *from, const char *to, const atomic_bool *stop,
               struct copy_error *error);

// Gives it the name `to`, unless that is taken.
bool copy_publish(const char *temporary, const char *to, struct copy_error *error);

// Puts the file at path on disk.
bool copy_sync_file(const char *path, struct copy_error *error);

// Makes what was named in the folder of path last.
bool copy_sync_folder(const char *path, struct copy_error *error);

#endif
