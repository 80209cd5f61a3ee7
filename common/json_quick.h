// JSON text to jansson's tree by simdjson, which costs a fifth of what jansson's own reader does.
//
// It reads what is plainly good and says nothing about the rest: whoever gets NULL gives the same text to
// json_loadb, which has the last word on what is JSON, and says where it is not.
#ifndef SMSQUITTO_COMMON_JSON_QUICK_H
#define SMSQUITTO_COMMON_JSON_QUICK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
#define JSON_QUICK_NOTHROW noexcept
extern "C" {
#else
#define JSON_QUICK_NOTHROW
#endif

// What is longer is not read, so that no thread keeps more than a megabyte for what was; nor what is deeper.
enum { JSON_QUICK_MAX_BYTES = 65536, JSON_QUICK_NESTING_MAX = 32 };

// Parses text[length], an object or an array with nothing before it. Returns an owned tree, equal to that of
// json_loadb with JSON_REJECT_DUPLICATES. NULL for everything that json_loadb might refuse, and for some that
// it would take; *short_of_memory says whether it is because jansson got no memory for the tree, so that it
// need not be asked again. Any thread: each keeps a reader, of the size of the longest text that it read.
json_t *json_quick(const char *text, size_t length, bool *short_of_memory) JSON_QUICK_NOTHROW;

#ifdef __cplusplus
}
#endif

#endif
