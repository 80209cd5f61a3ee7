// A program's configuration: one table of keys, one INI file (inih), environment overrides, into one struct.
//
// Call from one thread, before the others start.
#ifndef SMSQUITTO_COMMON_SETTINGS_H
#define SMSQUITTO_COMMON_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum setting_kind {
    SETTING_STRING,   // char[SETTING_VALUE_SIZE]; min and max count bytes
    SETTING_INT,      // int64_t
    SETTING_BOOL,     // bool: true/false, yes/no, on/off, 1/0
    SETTING_DURATION, // int64_t milliseconds, written as 250ms, 30s, 5m, 2h, 7d; min and max in ms
    SETTING_CHOICE,   // int64_t index into choices, a '|' separated list ("error|warning|info|debug")
};

enum { SETTING_VALUE_SIZE = 256 };

struct setting {
    const char *section, *key;
    enum setting_kind kind;
    size_t offset; // offsetof in the program's struct
    int64_t min, max;
    const char *fallback; // the default, in the file's spelling; "" is a valid string
    const char *choices;  // SETTING_CHOICE only
    const char *help;     // one sentence, for --print-config and the manual
};

struct setting_error {
    char text[320]; // "smsquitto.conf:12: [http] port: 99999 is not within 0-65535"
};

// Fills *out: defaults, then the file at path (NULL: none), then environment variables named
// <prefix>_<SECTION>_<KEY> in capitals with '-' as '_'. An unknown section or key, a key twice, a bad value
// or an unreadable file fails with file and line in *error.
bool settings_load(void *out, const struct setting *table, size_t count, const char *path, const char *prefix,
                   struct setting_error *error);

// Reads a duration such as 250ms, 30s, 5m, 2h or 7d that lies within min and max ms.
bool settings_duration(int64_t *ms, const char *text, int64_t min, int64_t max);

// Writes the effective values as an INI file with help as comments and ranges, so that it can be read back.
void settings_print(FILE *file, const void *values, const struct setting *table, size_t count);

#endif
