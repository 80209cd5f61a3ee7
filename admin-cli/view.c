// Shows JSON by tables of fields.
#include "admin-cli/view.h"

#include "admin-cli/table.h"
#include "admin-cli/text.h"
#include "admin-cli/words.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void put_plain(FILE *file, const json_t *value)
{
    if (json_is_string(value))
        fputs(json_string_value(value), file);
    else if (json_is_integer(value))
        fprintf(file, "%lld", (long long)json_integer_value(value));
    else if (json_is_boolean(value))
        fputs(json_is_true(value) ? "yes" : "no", file);
    else if (!json_is_null(value))
        json_dumpf(value, file, JSON_COMPACT | JSON_ENCODE_ANY);
}

static void put_list(FILE *file, json_t *value)
{
    size_t index;
    const char *name;
    json_t *item;
    const char *gap = "";
    json_array_foreach(value, index, item)
    {
        fputs(gap, file);
        put_plain(file, item);
        gap = ", ";
    }
    json_object_foreach(value, name, item)
    {
        fprintf(file, "%s%s=", gap, name);
        put_plain(file, item);
        gap = ", ";
    }
}

static void put_time(FILE *file, const json_t *object, const struct view_field *field, int64_t now_ms,
                     bool card)
{
    char since[WORDS_SPAN_SIZE], time[WORDS_TIME_SIZE];
    int64_t at_ms = words_member_ms(object, field->path);
    if (at_ms == 0)
        return;
    words_since(since, at_ms, now_ms);
    words_time(time, at_ms);
    if (field->kind == VIEW_TIME)
        fputs(time, file);
    else if (card)
        fprintf(file, "%s (%s)", time, since);
    else
        fputs(since, file);
}

// The words for one field, owned; NULL when memory runs out.
static char *value_words(const json_t *object, const struct view_field *field, int64_t now_ms, bool card)
{
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    if (!file)
        return NULL;
    json_t *value = field->path ? words_member(object, field->path) : NULL;
    if (field->make)
        field->make(file, object, now_ms);
    else if (field->kind == VIEW_TIME || field->kind == VIEW_SINCE)
        put_time(file, object, field, now_ms, card);
    else if (field->kind == VIEW_LIST)
        put_list(file, value);
    else
        put_plain(file, value);
    if (field->kind == VIEW_PERCENT && json_is_integer(value))
        fputs(" %", file);
    if (fclose(file) == 0)
        return out;
    free(out);
    return NULL;
}

static bool fill_table(struct table *table, const struct view *view, const struct view_field *fields,
                       size_t count, const json_t *array)
{
    for (size_t row = 0; row < json_array_size(array); row++) {
        for (size_t i = 0; i < count; i++) {
            char *words = value_words(json_array_get(array, row), &fields[i], view->now_ms, false);
            bool added = words && table_add(table, words);
            free(words);
            if (!added)
                return false;
        }
    }
    return true;
}

bool view_table(const struct view *view, const struct view_field *fields, size_t count, const json_t *array,
                const char *none)
{
    assert(count <= TABLE_COLUMNS_MAX);
    if (json_array_size(array) == 0) {
        fprintf(view->file, "%s\n", none);
        return true;
    }
    struct table_column columns[TABLE_COLUMNS_MAX] = {0};
    for (size_t i = 0; i < count; i++)
        columns[i] =
            (struct table_column){.title = fields[i].title,
                                  .right = fields[i].kind == VIEW_NUMBER || fields[i].kind == VIEW_PERCENT,
                                  .cut = fields[i].cut};
    struct table *table = table_new(columns, count);
    bool filled = table && fill_table(table, view, fields, count, array);
    if (filled)
        table_print(table, view->file, view->width);
    table_free(table);
    return filled;
}

bool view_card(const struct view *view, const struct view_field *fields, size_t count, const json_t *object)
{
    size_t widest = 0;
    for (size_t i = 0; i < count; i++)
        widest = strlen(fields[i].title) > widest ? strlen(fields[i].title) : widest;
    for (size_t i = 0; i < count; i++) {
        char *words = value_words(object, &fields[i], view->now_ms, true);
        char *clean = words ? text_clean(words) : NULL;
        if (clean && *clean)
            fprintf(view->file, "%s:%*s %s\n", fields[i].title, (int)(widest - strlen(fields[i].title)), "",
                    clean);
        free(words);
        free(clean);
        if (!clean)
            return false;
    }
    return true;
}
