// Properties of a D-Bus object into a struct, by a table.
//
// One thread. No argument may be NULL.
#ifndef SMSQUITTO_DEVICE_RADIOS_MM_PROPS_H
#define SMSQUITTO_DEVICE_RADIOS_MM_PROPS_H

#include <stddef.h>
#include <systemd/sd-bus.h>

enum props_kind {
    PROPS_STRING,  // "s": char[size]; cut after the last whole character that fits
    PROPS_UINT,    // "u": uint32_t
    PROPS_INT,     // "i": int32_t
    PROPS_PERCENT, // "(ub)": uint32_t, the number
    PROPS_FIRST,   // "as": char[size], the first one
};

// One row: which property goes where. What the message does not have stays as it was.
struct props_row {
    const char *name;
    enum props_kind kind;
    size_t offset; // offsetof in the struct
    size_t size;   // of a string's field
};

// Reads a dictionary a{sv} that is next in message. Rows are told by the D-Bus type as well: a property of
// another type is left out. Returns a negative errno when the message is broken.
int props_read(sd_bus_message *message, void *out, const struct props_row *table, size_t count);

#endif
