// JSON objects into structs, by a table: one place that checks names, types, ranges and lengths.
//
// Pure logic on jansson values; any thread.
#ifndef SMSQUITTO_COMMON_FIELDS_H
#define SMSQUITTO_COMMON_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_kind {
    FIELD_STRING, // const char *, borrowed from the JSON value; min and max count bytes
    FIELD_INT,    // int64_t; min and max bound the value; a real number is refused
    FIELD_BOOL,   // bool
    FIELD_TIME,   // int64_t ms since 1970 from an RFC 3339 string
    FIELD_OBJECT, // json_t *, borrowed; max bounds the number of members
    FIELD_ARRAY,  // json_t *, borrowed; min and max bound the number of elements
    FIELD_ANY,    // json_t *, borrowed
};

// One row of a table: which member goes where. A member that is missing or null and not required leaves the
// struct as it was, so put the defaults there first.
struct field {
    const char *name;
    enum field_kind kind;
    size_t offset; // offsetof in the struct
    bool required;
    int64_t min, max;
};

enum { FIELD_PATH_SIZE = 96, FIELD_DETAIL_SIZE = 160 };

// What is wrong with an input. path names the field ("to[3]", "metadata.order"; "" for the whole body);
// detail is a sentence without secrets or message text.
struct field_error {
    char path[FIELD_PATH_SIZE];
    char detail[FIELD_DETAIL_SIZE];
    bool memory; // nothing is wrong with it, but memory ran out: it may be tried again
};

// Fills *error; long input is shortened. Always returns false, so that a caller can return it.
bool field_fail(struct field_error *error, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// The same for what memory ran out for.
bool field_no_memory(struct field_error *error, const char *path);

// Reads object by table[count] into *out. Unknown members, wrong types and values out of range fail. prefix
// is put before every path ("" for the top). Returns false with *error set; *out may then be half written.
bool fields_decode(void *out, const json_t *object, const struct field *table, size_t count,
                   const char *prefix, struct field_error *error);

// The same, but members that table does not name are ignored: for a peer that may be newer than we are.
bool fields_decode_known(void *out, const json_t *object, const struct field *table, size_t count,
                         const char *prefix, struct field_error *error);

// Parses text[length] as one JSON document, strictly: UTF-8, no duplicate keys, no NUL, nothing after it,
// nesting of at most 32, top level an object. Returns an owned value, or NULL with *error set (line and
// column in the detail).
json_t *fields_parse(const char *text, size_t length, struct field_error *error);

#endif
