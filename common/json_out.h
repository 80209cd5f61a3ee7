// Writes JSON (RFC 8259) as text, from front to back and without a tree: for what is written for every
// message. Where a value is built, looked at or changed before it is sent, jansson's trees serve
// (json_memory.h).
#ifndef SMSQUITTO_COMMON_JSON_OUT_H
#define SMSQUITTO_COMMON_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// One document under way; {0} is an empty one. One thread at a time. Once memory ran out, or a text was not
// UTF-8, the calls do nothing and json_out_take gives NULL.
struct json_out {
    char *text; // owned; not NUL-terminated
    size_t length, size;
    bool failed;
};

// Begins and ends an object ('{', '}') or an array ('[', ']'). name is the member's name in the object around
// it, and NULL in an array and at the top; the same holds for all calls below. Names are written as they are,
// so they are words of ours.
void json_out_open(struct json_out *out, const char *name, char bracket);
void json_out_close(struct json_out *out, char bracket);

// A string, escaped; null for NULL. text must be UTF-8.
void json_out_string(struct json_out *out, const char *name, const char *text);
void json_out_integer(struct json_out *out, const char *name, int64_t value);
void json_out_boolean(struct json_out *out, const char *name, bool value);
// A value that is JSON already; null for NULL. It must be valid and come from us.
void json_out_raw(struct json_out *out, const char *name, const char *json);

// The text, NUL-terminated and owned by the caller, and an empty document again; NULL when it is not whole.
char *json_out_take(struct json_out *out);

#endif
