// Texts with placeholders, and their languages.
#include "common/template.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// One placeholder of a text, or what follows the last one.
struct piece {
    size_t before; // bytes of plain text in front
    const char *name;
    size_t length;    // of the name; 0 = there is no further placeholder
    const char *rest; // behind it
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_of_name(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

// Reads up to the end of the next placeholder; false when it is not well formed.
static bool next_piece(struct piece *piece, const char *text)
{
    const char *open = strstr(text, "{{");
    *piece = (struct piece){.before = open != NULL ? (size_t)(open - text) : strlen(text)};
    if (open == NULL)
        return true;
    piece->name = open + 2 + strspn(open + 2, " ");
    if (!is_letter(*piece->name))
        return false;
    while (is_of_name(piece->name[piece->length]))
        piece->length++;
    const char *close = piece->name + piece->length;
    close += strspn(close, " ");
    if (piece->length >= TEMPLATE_VARIABLE_SIZE || strncmp(close, "}}", 2) != 0)
        return false;
    piece->rest = close + 2;
    return true;
}

static bool fail_form(struct field_error *error, const char *path, const char *text, const char *at)
{
    return field_fail(error, path,
                      "has {{ at byte %zu without a name (a letter, then letters, digits and _; at most %d) "
                      "and }} behind it",
                      (size_t)(at - text), TEMPLATE_VARIABLE_SIZE - 1);
}

static bool is_name(const char *name, const struct piece *piece)
{
    return strncmp(name, piece->name, piece->length) == 0 && name[piece->length] == '\0';
}

static bool add_name(struct template_names *names, const struct piece *piece)
{
    for (size_t i = 0; i < names->count; i++)
        if (is_name(names->names[i], piece))
            return true;
    if (names->count == TEMPLATE_VARIABLES_MAX)
        return false;
    snprintf(names->names[names->count++], TEMPLATE_VARIABLE_SIZE, "%.*s", (int)piece->length, piece->name);
    return true;
}

bool template_names_add(struct template_names *names, const char *text, const char *path,
                        struct field_error *error)
{
    struct piece piece;
    for (const char *at = text;; at = piece.rest) {
        if (!next_piece(&piece, at))
            return fail_form(error, path, text, at + piece.before);
        if (piece.length == 0)
            return true;
        if (!add_name(names, &piece))
            return field_fail(error, path, "brings the template to more than %d variables",
                              TEMPLATE_VARIABLES_MAX);
    }
}

bool template_names_have(const struct template_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->names[i], name) == 0)
            return true;
    return false;
}

// The value of the placeholder; NULL when there is none.
static const char *find_value(const struct template_value *values, size_t count, const struct piece *piece)
{
    for (size_t i = 0; i < count; i++)
        if (is_name(values[i].name, piece))
            return values[i].text;
    return NULL;
}

struct buffer {
    char *out;
    size_t size, length;
};

static bool put(struct buffer *buffer, const char *text, size_t length)
{
    if (length >= buffer->size - buffer->length)
        return false;
    memcpy(buffer->out + buffer->length, text, length);
    buffer->length += length;
    buffer->out[buffer->length] = '\0';
    return true;
}

static bool fail_missing(struct field_error *error, const struct piece *piece)
{
    char path[sizeof("variables.") + TEMPLATE_VARIABLE_SIZE];
    snprintf(path, sizeof(path), "variables.%.*s", (int)piece->length, piece->name);
    return field_fail(error, path, "is missing: the template has {{%.*s}}", (int)piece->length, piece->name);
}

bool template_render(char *out, size_t size, const char *text, const struct template_value *values,
                     size_t count, struct field_error *error)
{
    struct buffer buffer = {.out = out, .size = size};
    struct piece piece = {.length = 1};
    for (const char *at = text; piece.length > 0; at = piece.rest) {
        if (!next_piece(&piece, at))
            return fail_form(error, "text", text, at + piece.before);
        const char *value = piece.length > 0 ? find_value(values, count, &piece) : "";
        if (value == NULL)
            return fail_missing(error, &piece);
        if (!put(&buffer, at, piece.before) || !put(&buffer, value, strlen(value)))
            return field_fail(error, "variables", "make a text of more than %zu bytes", size - 1);
    }
    return true;
}

// The text of a JSON value; number holds that of a whole number. NULL when it is neither.
static const char *text_of(const json_t *value, char number[24])
{
    snprintf(number, 24, "%lld", (long long)json_integer_value(value));
    return json_is_integer(value) ? number : json_string_value(value);
}

static bool name_valid(const char *name)
{
    size_t length = 0;
    while (is_of_name(name[length]))
        length++;
    return is_letter(name[0]) && name[length] == '\0' && length < TEMPLATE_VARIABLE_SIZE;
}

// Checks one member; *bytes grows by what its strings take.
static bool check_value(const char *name, const json_t *value, const char *path, size_t *bytes,
                        struct field_error *error)
{
    char number[24], full[FIELD_PATH_SIZE];
    const char *text = text_of(value, number);
    if (!name_valid(name))
        return field_fail(error, path, "has a name that is not a letter and then letters, digits and _");
    snprintf(full, sizeof(full), "%s.%s", path, name);
    if (text == NULL)
        return field_fail(error, full, "must be a text or a whole number");
    if (strlen(text) > TEMPLATE_VALUE_MAX_BYTES)
        return field_fail(error, full, "takes more than %d bytes", TEMPLATE_VALUE_MAX_BYTES);
    *bytes += strlen(name) + strlen(text) + 2;
    return true;
}

// Copies text to *at, which moves behind it.
static const char *keep(char **at, const char *text)
{
    char *copy = *at;
    size_t size = strlen(text) + 1;
    // NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): there are no members without room
    memcpy(copy, text, size);
    *at += size;
    return copy;
}

bool template_values_read(struct template_values *out, const json_t *object, const char *prefix,
                          struct field_error *error)
{
    const char *path = prefix[0] != '\0' ? prefix : "variables", *name;
    size_t count = json_object_size(object), bytes = count * sizeof(*out->items);
    char number[24];
    json_t *value, *members = (json_t *)(uintptr_t)object; // jansson's loop asks for it, and changes nothing
    *out = (struct template_values){.count = 0};
    if (object == NULL)
        return true;
    if (!json_is_object(object) || count > TEMPLATE_VARIABLES_MAX)
        return field_fail(error, path, "must be an object of at most %d members", TEMPLATE_VARIABLES_MAX);
    json_object_foreach(members, name, value)
    {
        if (!check_value(name, value, path, &bytes, error))
            return false;
    }
    out->items = count > 0 ? malloc(bytes) : NULL;
    if (count > 0 && out->items == NULL)
        return field_no_memory(error, path);
    char *at = (char *)(out->items + count);
    json_object_foreach(members, name, value)
    {
        struct template_value *item = &out->items[out->count++];
        item->name = keep(&at, name);
        item->text = keep(&at, text_of(value, number));
    }
    return true;
}

void template_values_clear(struct template_values *values)
{
    free(values->items);
    *values = (struct template_values){.count = 0};
}

// Writes one part of a tag as it is usually written: "fr", "Latn", "CH".
static void put_part(char *out, const char *part, size_t length, bool first)
{
    for (size_t i = 0; i < length; i++) {
        bool upper = !first && (length == 2 || (length == 4 && i == 0));
        out[i] = (char)(upper ? toupper((unsigned char)part[i]) : tolower((unsigned char)part[i]));
    }
}

bool template_language(char out[TEMPLATE_LANGUAGE_SIZE], const char *text)
{
    char tag[TEMPLATE_LANGUAGE_SIZE];
    size_t total = strlen(text), at = 0;
    if (total < TEMPLATE_LANGUAGE_MIN_LENGTH || total >= sizeof(tag))
        return false;
    while (at <= total) {
        size_t length = strcspn(text + at, "-_");
        for (size_t i = 0; i < length; i++)
            if (!is_of_name(text[at + i]) || (at == 0 && !is_letter(text[i])))
                return false;
        if (length < 2 || length > 8 || (at == 0 && length > 3))
            return false;
        put_part(tag + at, text + at, length, at == 0);
        tag[at + length] = at + length < total ? '-' : '\0';
        at += length + 1;
    }
    memcpy(out, tag, total + 1);
    return true;
}

bool template_language_widen(char language[TEMPLATE_LANGUAGE_SIZE])
{
    char *last = strrchr(language, '-');
    if (language[0] == '\0')
        return false;
    *(last != NULL ? last : language) = '\0';
    return true;
}
