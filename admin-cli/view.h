// JSON of the API as tables and cards for people, by tables of fields.
#ifndef SMSQUITTO_ADMIN_CLI_VIEW_H
#define SMSQUITTO_ADMIN_CLI_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum view_kind {
    VIEW_TEXT,
    VIEW_NUMBER,  // an integer, aligned to the right in tables
    VIEW_PERCENT, // an integer
    VIEW_YES,     // a boolean
    VIEW_TIME,    // RFC 3339 as local time
    VIEW_SINCE,   // RFC 3339 as seen from now ("3 min ago"); on cards with the time
    VIEW_LIST,    // an array of strings, or the members of an object
};

// Where a value comes from and how it is shown. make, when set, writes the whole object's words instead.
struct view_field {
    const char *title, *path;
    enum view_kind kind;
    bool cut; // may be cut to the width of the terminal
    void (*make)(FILE *file, const json_t *object, int64_t now_ms);
};

struct view {
    FILE *file;
    size_t width; // columns of the terminal, 0 = no limit
    int64_t now_ms;
};

// Prints the objects of an array as a table; for an empty one the line `none`. Returns false when memory runs
// out.
bool view_table(const struct view *view, const struct view_field *fields, size_t count, const json_t *array,
                const char *none);

// Prints one object as lines "title: value"; what is absent, null or empty is left out. Returns false when
// memory runs out.
bool view_card(const struct view *view, const struct view_field *fields, size_t count, const json_t *object);

#endif
