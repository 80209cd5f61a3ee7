// What the sources of wire share: opening a payload, and the checks that a table cannot express.
#ifndef SMSQUITTO_COMMON_WIRE_INTERNAL_H
#define SMSQUITTO_COMMON_WIRE_INTERNAL_H

#include "common/wire.h"

#define WIRE_COUNT(table) (sizeof(table) / sizeof(table)[0])

// Whole numbers on the wire stay within what every JSON reader holds exactly (RFC 8259, section 6).
#define WIRE_INT_MAX ((int64_t)1 << 53)

// Parses payload[length] and reads its members by table into *out. Returns the owned tree that the strings of
// *out are borrowed from, or NULL with *error set.
json_t *wire_open(void *out, const struct field *table, size_t count, const char *payload, size_t length,
                  struct field_error *error);

// Each checks one string: an id of a message; an E.164 number. prefix as in fields_decode.
bool wire_check_id(const char *id, const char *prefix, const char *name, struct field_error *error);
bool wire_check_number(const char *number, const char *prefix, const char *name, struct field_error *error);

#endif
