// JSON text to a tree, and a tree to a struct by a table.
#include "common/fields.h"

#include "common/isotime.h"
#include "common/json_memory.h"
#include "common/json_quick.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NESTING_MAX = JSON_QUICK_NESTING_MAX };

// Takes a character that was cut in the middle off the end of text[length].
static void trim_utf8(char *text, size_t length)
{
    size_t start = length;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char first = (unsigned char)text[start - 1];
    size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    if (start - 1 + bytes > length)
        text[start - 1] = '\0';
}

__attribute__((format(printf, 3, 0))) static bool set_error(struct field_error *error, const char *path,
                                                            const char *format, va_list arguments)
{
    int wanted = vsnprintf(error->detail, sizeof error->detail, format, arguments);
    if (wanted >= (int)sizeof error->detail)
        trim_utf8(error->detail, sizeof error->detail - 1);
    wanted = snprintf(error->path, sizeof error->path, "%s", path);
    if (wanted >= (int)sizeof error->path)
        trim_utf8(error->path, sizeof error->path - 1);
    error->memory = false;
    return false;
}

bool field_fail(struct field_error *error, const char *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set_error(error, path, format, arguments);
    va_end(arguments);
    return false;
}

bool field_no_memory(struct field_error *error, const char *path)
{
    field_fail(error, path, "cannot be taken now: out of memory");
    error->memory = true;
    return false;
}

// Where a member stands in the input; put together only when it is wrong.
struct place {
    const char *prefix, *name;
    struct field_error *error;
};

__attribute__((format(printf, 2, 3))) static bool fail(const struct place *place, const char *format, ...)
{
    char path[2 * FIELD_PATH_SIZE];
    const char *dot = place->prefix[0] != '\0' ? "." : "";
    snprintf(path, sizeof path, "%s%s%s", place->prefix, dot, place->name);
    va_list arguments;
    va_start(arguments, format);
    set_error(place->error, path, format, arguments);
    va_end(arguments);
    return false;
}

// Each decoder below checks value against row, stores it at to, and fails with a sentence.

static bool decode_string(void *to, json_t *value, const struct field *row, const struct place *place)
{
    if (!json_is_string(value))
        return fail(place, "must be a string");
    int64_t bytes = (int64_t)json_string_length(value);
    if (bytes < row->min)
        return fail(place, "is too short: %" PRId64 " bytes, at least %" PRId64, bytes, row->min);
    if (bytes > row->max)
        return fail(place, "is too long: %" PRId64 " bytes, at most %" PRId64, bytes, row->max);
    *(const char **)to = json_string_value(value);
    return true;
}

static bool decode_int(void *to, json_t *value, const struct field *row, const struct place *place)
{
    if (!json_is_integer(value))
        return fail(place, "must be an integer");
    int64_t number = json_integer_value(value);
    if (number < row->min || number > row->max)
        return fail(place, "must be within %" PRId64 " and %" PRId64, row->min, row->max);
    *(int64_t *)to = number;
    return true;
}

static bool decode_bool(void *to, json_t *value, const struct field *row, const struct place *place)
{
    (void)row;
    if (!json_is_boolean(value))
        return fail(place, "must be true or false");
    *(bool *)to = json_is_true(value);
    return true;
}

static bool decode_time(void *to, json_t *value, const struct field *row, const struct place *place)
{
    (void)row;
    if (!json_is_string(value) || !isotime_parse(to, json_string_value(value), json_string_length(value)))
        return fail(place, "must be an RFC 3339 time with a zone, such as 2026-11-21T01:02:03Z");
    return true;
}

static bool decode_object(void *to, json_t *value, const struct field *row, const struct place *place)
{
    if (!json_is_object(value))
        return fail(place, "must be an object");
    if ((int64_t)json_object_size(value) > row->max)
        return fail(place, "has too many members: %zu, at most %" PRId64, json_object_size(value), row->max);
    *(json_t **)to = value;
    return true;
}

static bool decode_array(void *to, json_t *value, const struct field *row, const struct place *place)
{
    if (!json_is_array(value))
        return fail(place, "must be an array");
    int64_t count = (int64_t)json_array_size(value);
    if (count < row->min || count > row->max)
        return fail(place, "must have %" PRId64 " to %" PRId64 " elements, has %" PRId64, row->min, row->max,
                    count);
    *(json_t **)to = value;
    return true;
}

static bool decode_any(void *to, json_t *value, const struct field *row, const struct place *place)
{
    (void)row;
    (void)place;
    *(json_t **)to = value;
    return true;
}

typedef bool decoder(void *to, json_t *value, const struct field *row, const struct place *place);

static decoder *const decoders[] = {
    [FIELD_STRING] = decode_string, [FIELD_INT] = decode_int,       [FIELD_BOOL] = decode_bool,
    [FIELD_TIME] = decode_time,     [FIELD_OBJECT] = decode_object, [FIELD_ARRAY] = decode_array,
    [FIELD_ANY] = decode_any,
};

// Decodes the rows of table; *seen counts the members of object that they name.
static bool decode_rows(void *out, const json_t *object, const struct field *table, size_t count,
                        const char *prefix, size_t *seen, struct field_error *error)
{
    if (!json_is_object(object))
        return field_fail(error, prefix, "must be an object");
    *seen = 0;
    for (size_t i = 0; i < count; i++) {
        const struct field *row = &table[i];
        const struct place place = {prefix, row->name, error};
        json_t *value = json_object_get(object, row->name);
        *seen += value != NULL;
        if (value == NULL || json_is_null(value)) {
            if (row->required)
                return fail(&place, "is missing");
        } else if (!decoders[row->kind]((char *)out + row->offset, value, row, &place)) {
            return false;
        }
    }
    return true;
}

static bool named(const struct field *table, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].name, name) == 0)
            return true;
    }
    return false;
}

bool fields_decode(void *out, const json_t *object, const struct field *table, size_t count,
                   const char *prefix, struct field_error *error)
{
    size_t seen;
    if (!decode_rows(out, object, table, count, prefix, &seen, error))
        return false;
    if (seen == json_object_size(object))
        return true;

    const char *name = NULL;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        if (!named(table, count, name))
            break;
    }
    return fail(&(struct place){prefix, name, error}, "is not a known field");
}

bool fields_decode_known(void *out, const json_t *object, const struct field *table, size_t count,
                         const char *prefix, struct field_error *error)
{
    size_t seen;
    return decode_rows(out, object, table, count, prefix, &seen, error);
}

// Whether no bracket outside a string is nested deeper than NESTING_MAX. jansson's own limit is 2048 and it
// recurses, so this looks before it parses.
static bool shallow(const char *text, size_t length)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (in_string)
            continue;
        else if ((c == '{' || c == '[') && ++depth > NESTING_MAX)
            return false;
        else if (c == '}' || c == ']')
            depth--;
    }
    return true;
}

// jansson's own sentences quote the input, which may be a message text.
static const char *parse_problem(enum json_error_code code)
{
    static const struct {
        enum json_error_code code;
        const char *text;
    } problems[] = {
        {json_error_invalid_utf8, "is not valid UTF-8"},
        {json_error_null_character, "has a NUL character"},
        {json_error_null_byte_in_key, "has a NUL character in a name"},
        {json_error_duplicate_key, "has the same name twice in an object"},
        {json_error_numeric_overflow, "has a number that is too large"},
        {json_error_premature_end_of_input, "ends too early"},
        {json_error_end_of_input_expected, "has something after its end"},
        {json_error_out_of_memory, "does not fit into memory"},
    };
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++) {
        if (problems[i].code == code)
            return problems[i].text;
    }
    return "is not valid JSON";
}

// With jansson's own reader, which knows what is wrong and where.
static json_t *parse_thoroughly(const char *text, size_t length, struct field_error *error)
{
    if (!shallow(text, length)) {
        field_fail(error, "", "is nested deeper than %d levels", NESTING_MAX);
        return NULL;
    }
    // jansson passes over a NUL behind a number or a word.
    const char *nul = length > 0 ? memchr(text, '\0', length) : NULL;
    if (nul != NULL) {
        field_fail(error, "", "has a NUL character (byte %zu)", (size_t)(nul - text) + 1);
        return NULL;
    }
    json_error_t problem;
    json_t *value = json_loadb(text, length, JSON_REJECT_DUPLICATES, &problem);
    if (value == NULL && (json_memory_short() || json_error_code(&problem) == json_error_out_of_memory)) {
        field_no_memory(error, "");
        return NULL;
    }
    if (value == NULL) {
        field_fail(error, "", "%s (line %d, column %d)", parse_problem(json_error_code(&problem)),
                   problem.line, problem.column);
        return NULL;
    }
    return value;
}

json_t *fields_parse(const char *text, size_t length, struct field_error *error)
{
    bool short_of_memory;
    json_t *value = json_quick(text, length, &short_of_memory);
    if (short_of_memory) {
        (void)json_memory_short();
        field_no_memory(error, "");
        return NULL;
    }
    if (value == NULL)
        value = parse_thoroughly(text, length, error);
    if (value != NULL && !json_is_object(value)) {
        field_fail(error, "", "must be a JSON object");
        json_decref(value);
        return NULL;
    }
    return value;
}
