// Small things that commands say alike: times, spans, JSON members by path.
#ifndef SMSQUITTO_ADMIN_CLI_WORDS_H
#define SMSQUITTO_ADMIN_CLI_WORDS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum { WORDS_TIME_SIZE = 64, WORDS_SPAN_SIZE = 32 };

// Local time with its zone: "2026-11-21 14:05:09 CET".
void words_time(char out[WORDS_TIME_SIZE], int64_t at_ms);

// A point in time as seen from now: "12 s ago", "in 3 min", "now".
void words_since(char out[WORDS_SPAN_SIZE], int64_t at_ms, int64_t now_ms);

// What the API takes as a time: "+10m" and "-2h" counted from now become RFC 3339, other text is handed on as
// it is. Owned; NULL when memory runs out.
char *words_when(const char *text, int64_t now_ms);

// The member at a dotted path ("radio.battery"), borrowed; NULL when there is none.
json_t *words_member(const json_t *object, const char *path);

// The string at a path, borrowed; "" when there is none.
const char *words_string(const json_t *object, const char *path);

// The time at a path, 0 when there is none.
int64_t words_member_ms(const json_t *object, const char *path);

#endif
