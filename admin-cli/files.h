// Files that init makes from templates: never over another.
#ifndef SMSQUITTO_ADMIN_CLI_FILES_H
#define SMSQUITTO_ADMIN_CLI_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// Makes a new file with that text and mode, on disk before it returns. Returns false with errno set (EEXIST:
// there is one, left alone) and no file of ours left behind.
bool files_create(const char *path, const char *text, mode_t mode);

// Finds a file by its path relative to the folder of this program, such as "../bridge/smsquitto-bridge".
// Returns false when there is none.
bool files_near(char path[PATH_MAX], const char *relative);

struct files_place {
    const char *mark, *value;
};

// A copy of text with every mark replaced by its value. Owned; NULL when memory runs out.
char *files_fill(const char *text, const struct files_place *places, size_t count);

#endif
