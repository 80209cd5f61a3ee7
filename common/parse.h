// The one helper that reads numbers from text.
#ifndef SMSQUITTO_COMMON_PARSE_H
#define SMSQUITTO_COMMON_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Reads the whole of text[length] as a decimal integer within min-max. Returns false, and writes nothing,
// otherwise.
bool parse_int(int64_t *value, const char *text, size_t length, int64_t min, int64_t max);

// Whether text[length] is valid UTF-8 (RFC 3629) without NUL.
bool parse_utf8_valid(const char *text, size_t length);

#endif
