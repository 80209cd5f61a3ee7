// Numbers to block as CSV: the column called number, or the first one.
#include "bridge/api/api_internal.h"

#include "common/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { COLUMNS_MAX = 64 };

struct reader {
    struct csv csv;
    struct csv_cell cells[COLUMNS_MAX];
    size_t count, column;
    char text[API_NUMBER_MAX + 1]; // of the cell with the number
};

static bool fail(const struct reader *reader, struct field_error *error, const char *detail)
{
    char path[32];
    snprintf(path, sizeof(path), "line %zu", reader->csv.line);
    return field_fail(error, path, "%s", detail);
}

// The column called number; the first one when none is.
static size_t named_column(const struct reader *reader, bool *found)
{
    char name[16];
    *found = false;
    for (size_t i = 0; i < reader->count && !*found; i++) {
        *found = csv_text(name, sizeof(name), &reader->cells[i]) && strcasecmp(name, "number") == 0;
        if (*found)
            return i;
    }
    return 0;
}

// Whether the first record names columns: one is called number, or the first cell has no digit.
static bool is_header(struct reader *reader)
{
    bool found;
    reader->column = named_column(reader, &found);
    bool fits = csv_text(reader->text, sizeof(reader->text), &reader->cells[0]);
    return found || (fits && strpbrk(reader->text, "0123456789") == NULL);
}

// A record without anything in it, as spreadsheets write for empty lines.
static bool is_empty(const struct reader *reader)
{
    for (size_t i = 0; i < reader->count; i++)
        if (reader->cells[i].length > 0)
            return false;
    return true;
}

static bool take(struct request *request, struct reader *reader, struct command_suppress *wish,
                 struct field_error *error)
{
    if (is_empty(reader))
        return true;
    if (reader->column >= reader->count || reader->cells[reader->column].length == 0)
        return fail(reader, error, "has no number");
    if (!csv_text(reader->text, sizeof(reader->text), &reader->cells[reader->column]))
        return fail(reader, error, "must be a phone number");
    if (wish->count == API_IMPORT_MAX)
        return fail(reader, error, "is one too many: at most 10000 numbers at a time");
    enum number_status status =
        number_normalize(wish->numbers[wish->count], reader->text, strlen(reader->text),
                         request_options(request)->default_country);
    if (status != NUMBER_OK)
        return fail(reader, error, number_status_text(status));
    wish->count++;
    return true;
}

static bool read_all(struct request *request, struct reader *reader, struct command_suppress *wish,
                     struct field_error *error)
{
    enum csv_status status;
    bool first = true;
    while ((status = csv_next(&reader->csv, reader->cells, COLUMNS_MAX, &reader->count)) == CSV_RECORD) {
        if (!(first && is_header(reader)) && !take(request, reader, wish, error))
            return false;
        first = false;
    }
    if (status != CSV_END)
        return fail(reader, error, csv_status_text(status));
    return wish->count > 0 || field_fail(error, "", "has no numbers");
}

bool api_import_csv(struct request *request, struct command_suppress *wish, struct field_error *error)
{
    size_t length;
    struct reader reader = {.column = 0};
    const char *body = request_body(request, &length);
    csv_open(&reader.csv, body != NULL ? body : "", length);
    wish->numbers = calloc(API_IMPORT_MAX, sizeof(*wish->numbers));
    return wish->numbers != NULL ? read_all(request, &reader, wish, error) : field_no_memory(error, "");
}
