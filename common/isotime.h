// Points in time as text: RFC 3339 with a zone, milliseconds since 1970 UTC inside.
//
// Pure logic; any thread.
#ifndef SMSQUITTO_COMMON_ISOTIME_H
#define SMSQUITTO_COMMON_ISOTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ISOTIME_SIZE = 25 }; // 2026-11-21T01:02:03.456Z and NUL

// Writes at_ms as UTC with milliseconds. A value outside the years 1970-9999 is written as the nearest one
// inside.
void isotime_format(char out[ISOTIME_SIZE], int64_t at_ms);

// Reads an RFC 3339 date-time with "Z" or a numeric offset and up to 9 digits of fraction (those after the
// third are cut off). Returns false, and writes nothing, for anything else, for a date that does not exist,
// for a leap second (which has no milliseconds since 1970), and for years outside 1970-9999 in UTC.
bool isotime_parse(int64_t *at_ms, const char *text, size_t length);

#endif
