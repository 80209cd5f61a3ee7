// The helpers that read numbers and characters from text.
//
// Pure logic; any thread.
#ifndef SMSQUITTO_COMMON_PARSE_H
#define SMSQUITTO_COMMON_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Reads the whole of text[length] as a decimal integer within min-max. Returns false, and writes nothing,
// otherwise.
bool parse_int(int64_t *value, const char *text, size_t length, int64_t min, int64_t max);

// Reads the first character of text[length], length at least 1, as UTF-8 (RFC 3629). Returns its bytes, 1-4,
// or 0 when they are not UTF-8 (cut off, overlong, a surrogate, past U+10FFFF); *code_point is written only
// when they are. NUL is a character here.
size_t parse_utf8_next(uint32_t *code_point, const char *text, size_t length);

// Whether text[length] is valid UTF-8 (RFC 3629) without NUL.
bool parse_utf8_valid(const char *text, size_t length);

#endif
