// The table-driven reader and printer of configurations.
#include "common/settings.h"

#include "common/parse.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    LINE_MAX_BYTES = 1024, // of the file, without the line feed
    SHOWN_MAX_BYTES = 40,  // of a bad value in an error
    PATH_SHOWN_BYTES = 120,
};

// Where a value comes from: put before every error.
struct origin {
    const char *path; // of the file, or the name of the variable
    int line;         // 0: none
    struct setting_error *error;
};

__attribute__((format(printf, 2, 3))) static bool fail(const struct origin *origin, const char *format, ...)
{
    size_t length = strlen(origin->path);
    const char *path = length > PATH_SHOWN_BYTES ? origin->path + length - PATH_SHOWN_BYTES : origin->path;
    char *text = origin->error->text;
    int head = origin->line > 0 ? snprintf(text, sizeof origin->error->text, "%s:%d: ", path, origin->line)
                                : snprintf(text, sizeof origin->error->text, "%s: ", path);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + head, sizeof origin->error->text - (size_t)head, format, arguments);
    va_end(arguments);
    return false;
}

static const struct {
    const char *name;
    int64_t ms;
} units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

enum { UNIT_COUNT = sizeof units / sizeof units[0] };

static bool parse_duration(int64_t *ms, const char *text)
{
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        int64_t number;
        if (strcmp(units[i].name, text + digits) == 0 && parse_int(&number, text, digits, 0, INT64_MAX))
            return !__builtin_mul_overflow(number, units[i].ms, ms);
    }
    return false;
}

bool settings_duration(int64_t *ms, const char *text, int64_t min, int64_t max)
{
    return parse_duration(ms, text) && *ms >= min && *ms <= max;
}

// Writes ms in the largest unit that holds it without rest.
static void print_duration(char *out, size_t size, int64_t ms)
{
    size_t i = 0;
    while (ms % units[i].ms != 0)
        i++;
    if (ms == 0)
        i = UNIT_COUNT - 2;
    snprintf(out, size, "%" PRId64 "%s", ms / units[i].ms, units[i].name);
}

// The name of choice number index, or NULL after the last; *length is its bytes.
static const char *choice_at(size_t *length, const char *choices, int64_t index)
{
    for (; index > 0; index--) {
        choices = strchr(choices, '|');
        if (choices == NULL)
            return NULL;
        choices++;
    }
    *length = strcspn(choices, "|");
    return choices;
}

// Each setter below checks text against row and stores it at to.
typedef bool setter(void *to, const char *text, const struct setting *row, const struct origin *origin);

static bool set_string(void *to, const char *text, const struct setting *row, const struct origin *origin)
{
    int64_t length = (int64_t)strlen(text);
    if (length < row->min || length > row->max || length >= SETTING_VALUE_SIZE)
        return fail(origin, "[%s] %s: %" PRId64 " bytes are not within %" PRId64 "-%" PRId64, row->section,
                    row->key, length, row->min,
                    row->max < SETTING_VALUE_SIZE ? row->max : SETTING_VALUE_SIZE - 1);
    // What the file could not give back is refused in the environment as well.
    bool clean =
        parse_utf8_valid(text, (size_t)length) &&
        (length == 0 || (!isspace((unsigned char)text[0]) && !isspace((unsigned char)text[length - 1])));
    for (int64_t i = 0; i < length; i++)
        clean = clean && (unsigned char)text[i] >= 0x20 && text[i] != 0x7f;
    if (!clean)
        return fail(origin, "[%s] %s: control characters, spaces at an end, or not UTF-8", row->section,
                    row->key);
    memcpy(to, text, (size_t)length + 1);
    return true;
}

static bool set_int(void *to, const char *text, const struct setting *row, const struct origin *origin)
{
    if (!parse_int(to, text, strlen(text), row->min, row->max))
        return fail(origin, "[%s] %s: %.*s is not within %" PRId64 "-%" PRId64, row->section, row->key,
                    SHOWN_MAX_BYTES, text, row->min, row->max);
    return true;
}

static bool set_bool(void *to, const char *text, const struct setting *row, const struct origin *origin)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(words[i], text) == 0) {
            *(bool *)to = i % 2 != 0;
            return true;
        }
    }
    return fail(origin, "[%s] %s: %.*s is not true or false", row->section, row->key, SHOWN_MAX_BYTES, text);
}

static bool set_duration(void *to, const char *text, const struct setting *row, const struct origin *origin)
{
    int64_t ms;
    if (!parse_duration(&ms, text))
        return fail(origin, "[%s] %s: %.*s is not a duration such as 250ms, 30s, 5m, 2h or 7d", row->section,
                    row->key, SHOWN_MAX_BYTES, text);
    if (ms < row->min || ms > row->max) {
        char min[32], max[32];
        print_duration(min, sizeof min, row->min);
        print_duration(max, sizeof max, row->max);
        return fail(origin, "[%s] %s: %.*s is not within %s-%s", row->section, row->key, SHOWN_MAX_BYTES,
                    text, min, max);
    }
    *(int64_t *)to = ms;
    return true;
}

static bool set_choice(void *to, const char *text, const struct setting *row, const struct origin *origin)
{
    const char *choice;
    size_t length;
    for (int64_t i = 0; (choice = choice_at(&length, row->choices, i)) != NULL; i++) {
        if (strlen(text) == length && memcmp(choice, text, length) == 0) {
            *(int64_t *)to = i;
            return true;
        }
    }
    return fail(origin, "[%s] %s: %.*s is not one of %s", row->section, row->key, SHOWN_MAX_BYTES, text,
                row->choices);
}

static setter *const setters[] = {
    [SETTING_STRING] = set_string,     [SETTING_INT] = set_int,       [SETTING_BOOL] = set_bool,
    [SETTING_DURATION] = set_duration, [SETTING_CHOICE] = set_choice,
};

static bool set(void *values, const char *text, const struct setting *row, const struct origin *origin)
{
    return setters[row->kind]((char *)values + row->offset, text, row, origin);
}

// The file while inih reads it.
struct source {
    FILE *file;
    struct origin origin; // of the current line
    void *values;
    const struct setting *table;
    size_t count;
    int *lines; // where each row of table was set, 0 for not yet
    bool failed;
};

// inih's reader: one line, counted, as inih's own handler does not tell the line.
static char *read_line(char *out, int size, void *context)
{
    struct source *source = context;
    if (source->failed || fgets(out, size, source->file) == NULL)
        return NULL;
    source->origin.line++;
    size_t length = strlen(out);
    if (length > 0 && (out[length - 1] == '\n' || feof(source->file)))
        return out;
    const char *problem = (int)length == size - 1 ? "the line is too long" : "the line has a NUL character";
    source->failed = !fail(&source->origin, "%s", problem);
    return NULL;
}

static bool take_pair(struct source *source, const char *section, const char *key, const char *value)
{
    bool section_known = false;
    for (size_t i = 0; i < source->count; i++) {
        const struct setting *row = &source->table[i];
        if (strcmp(row->section, section) != 0)
            continue;
        section_known = true;
        if (strcmp(row->key, key) != 0)
            continue;
        if (source->lines[i] != 0)
            return fail(&source->origin, "[%s] %s: already set on line %d", section, key, source->lines[i]);
        source->lines[i] = source->origin.line;
        return set(source->values, value, row, &source->origin);
    }
    if (!section_known)
        return fail(&source->origin, "[%s]: no such section", section);
    return fail(&source->origin, "[%s] %s: no such setting", section, key);
}

// inih's handler for one key = value.
static int take_line(void *context, const char *section, const char *key, const char *value)
{
    struct source *source = context;
    source->failed = !take_pair(source, section, key, value);
    return !source->failed;
}

static bool parse_source(struct source *source)
{
    ini_max_line = LINE_MAX_BYTES + 3;
    ini_allow_multiline = false;
    ini_allow_inline_comments = false;
    ini_stop_on_first_error = true;
    int line = ini_parse_stream(read_line, source, take_line, source);
    if (source->failed)
        return false;
    if (ferror(source->file)) {
        source->origin.line = 0;
        return fail(&source->origin, "cannot be read: %s", strerror(errno));
    }
    if (line != 0)
        return fail(&source->origin, "neither [section] nor key = value");
    return true;
}

static bool load_file(void *out, const struct setting *table, size_t count, const char *path,
                      struct setting_error *error)
{
    struct source source = {.origin = {path, 0, error}, .values = out, .table = table, .count = count};
    bool good = false;
    source.lines = calloc(count, sizeof *source.lines);
    source.file = fopen(path, "re");
    if (source.lines == NULL || source.file == NULL)
        fail(&source.origin, "cannot be opened: %s", strerror(errno));
    else
        good = parse_source(&source);
    if (source.file != NULL)
        fclose(source.file);
    free(source.lines);
    return good;
}

static bool load_environment(void *out, const struct setting *row, const char *prefix,
                             struct setting_error *error)
{
    char name[160];
    snprintf(name, sizeof name, "%s_%s_%s", prefix, row->section, row->key);
    for (char *c = name; *c != '\0'; c++)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    const char *value = getenv(name);
    return value == NULL || set(out, value, row, &(struct origin){name, 0, error});
}

bool settings_load(void *out, const struct setting *table, size_t count, const char *path, const char *prefix,
                   struct setting_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (!set(out, table[i].fallback, &table[i], &(struct origin){"built-in default", 0, error}))
            return false;
    }
    if (path != NULL && !load_file(out, table, count, path, error))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!load_environment(out, &table[i], prefix, error))
            return false;
    }
    return true;
}

// Writes what row allows, for the comment above it.
static void print_range(FILE *file, const struct setting *row)
{
    char min[32], max[32];
    switch (row->kind) {
    case SETTING_STRING:
        fprintf(file, "%" PRId64 "-%" PRId64 " bytes", row->min, row->max);
        break;
    case SETTING_INT:
        fprintf(file, "%" PRId64 "-%" PRId64, row->min, row->max);
        break;
    case SETTING_BOOL:
        fputs("true|false", file);
        break;
    case SETTING_DURATION:
        print_duration(min, sizeof min, row->min);
        print_duration(max, sizeof max, row->max);
        fprintf(file, "%s-%s", min, max);
        break;
    case SETTING_CHOICE:
        fputs(row->choices, file);
        break;
    }
}

static void print_value(FILE *file, const void *value, const struct setting *row)
{
    char duration[32];
    size_t length = 0;
    const char *choice;
    switch (row->kind) {
    case SETTING_STRING:
        fputs(value, file);
        break;
    case SETTING_INT:
        fprintf(file, "%" PRId64, *(const int64_t *)value);
        break;
    case SETTING_BOOL:
        fputs(*(const bool *)value ? "true" : "false", file);
        break;
    case SETTING_DURATION:
        print_duration(duration, sizeof duration, *(const int64_t *)value);
        fputs(duration, file);
        break;
    case SETTING_CHOICE:
        choice = choice_at(&length, row->choices, *(const int64_t *)value);
        fprintf(file, "%.*s", (int)length, choice ? choice : "");
        break;
    }
}

void settings_print(FILE *file, const void *values, const struct setting *table, size_t count)
{
    const char *section = "";
    for (size_t i = 0; i < count; i++) {
        const struct setting *row = &table[i];
        if (strcmp(section, row->section) != 0) {
            section = row->section;
            fprintf(file, "%s[%s]\n", i == 0 ? "" : "\n", section);
        }
        fprintf(file, "# %s (", row->help);
        print_range(file, row);
        fprintf(file, "; default: %s)\n%s = ", row->fallback, row->key);
        print_value(file, (const char *)values + row->offset, row);
        fputc('\n', file);
    }
}
