// Short texts without printf: for what is written for every message, where a format costs more than the copy.
//
// Pure logic; any thread.
#ifndef SMSQUITTO_COMMON_TEXT_H
#define SMSQUITTO_COMMON_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum { TEXT_NUMBER_SIZE = sizeof("-9223372036854775808") };

// Copies text into out[size], size at least 1, as "%s" does: cut where out ends, always terminated. NULL is
// "".
void text_copy(char *out, size_t size, const char *text);

// Writes value in decimal digits and a NUL into out. Returns their length without the NUL.
size_t text_number(char out[TEXT_NUMBER_SIZE], int64_t value);

#endif
