// Points in time as text: RFC 3339 with a zone, milliseconds since 1970 UTC inside.
//
// Pure logic; any thread.
#ifndef SMSQUITTO_COMMON_ISOTIME_H
#define SMSQUITTO_COMMON_ISOTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ISOTIME_SIZE = 25 }; // 2026-11-21T01:02:03.456Z and NUL

// Writes at_ms as UTC with milliseconds.
void isotime_format(char out[ISOTIME_SIZE], int64_t at_ms);

// Reads an RFC 3339 date-time with "Z" or a numeric offset and up to 9 digits of fraction. Returns false, and
// writes nothing, for anything else, for a date that does not exist, and for years outside 1970-9999.
bool isotime_parse(int64_t *at_ms, const char *text, size_t length);

#endif
