// Properties of a D-Bus object into a struct.
#include "device/radios/mm_props.h"

#include "common/parse.h"

#include <stdint.h>
#include <string.h>

static const char *const signatures[] = {
    [PROPS_STRING] = "s",     [PROPS_UINT] = "u",   [PROPS_INT] = "i",
    [PROPS_PERCENT] = "(ub)", [PROPS_FIRST] = "as",
};

static void copy_string(char *out, size_t size, const char *value)
{
    size_t length = strlen(value);
    if (length >= size) {
        length = size - 1;
        while (length > 0 && !parse_utf8_valid(value, length))
            length--;
    }
    memcpy(out, value, length);
    out[length] = '\0';
}

// Reads the first of an array of strings.
static int read_first(sd_bus_message *message, char *out, size_t size)
{
    const char *value;
    int result = sd_bus_message_enter_container(message, 'a', "s");
    if (result < 0)
        return result;
    out[0] = '\0';
    for (int i = 0; (result = sd_bus_message_read_basic(message, 's', &value)) > 0; i++) {
        if (i == 0)
            copy_string(out, size, value);
    }
    return result < 0 ? result : sd_bus_message_exit_container(message);
}

// Reads the value inside the variant that was entered.
static int read_value(sd_bus_message *message, char *out, const struct props_row *row)
{
    const char *string;
    int flag, result;
    switch (row->kind) {
    case PROPS_STRING:
        result = sd_bus_message_read_basic(message, 's', &string);
        if (result >= 0)
            copy_string(out, row->size, string);
        return result;
    case PROPS_UINT:
        return sd_bus_message_read_basic(message, 'u', out);
    case PROPS_INT:
        return sd_bus_message_read_basic(message, 'i', out);
    case PROPS_PERCENT:
        return sd_bus_message_read(message, "(ub)", out, &flag);
    case PROPS_FIRST:
        return read_first(message, out, row->size);
    }
    return 0;
}

static int read_variant(sd_bus_message *message, void *out, const struct props_row *row)
{
    const char *contents;
    char type;
    int result = sd_bus_message_peek_type(message, &type, &contents);
    if (result < 0)
        return result;
    if (row == NULL || type != 'v' || strcmp(contents, signatures[row->kind]) != 0)
        return sd_bus_message_skip(message, "v");
    result = sd_bus_message_enter_container(message, 'v', contents);
    if (result >= 0)
        result = read_value(message, (char *)out + row->offset, row);
    return result < 0 ? result : sd_bus_message_exit_container(message);
}

int props_read(sd_bus_message *message, void *out, const struct props_row *table, size_t count)
{
    const char *name;
    int result = sd_bus_message_enter_container(message, 'a', "{sv}");
    if (result < 0)
        return result;
    while ((result = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
        const struct props_row *row = NULL;
        result = sd_bus_message_read_basic(message, 's', &name);
        for (size_t i = 0; result >= 0 && i < count; i++) {
            if (strcmp(table[i].name, name) == 0)
                row = &table[i];
        }
        if (result >= 0)
            result = read_variant(message, out, row);
        if (result >= 0)
            result = sd_bus_message_exit_container(message);
        if (result < 0)
            return result;
    }
    return result < 0 ? result : sd_bus_message_exit_container(message);
}
