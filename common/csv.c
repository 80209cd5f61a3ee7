// Records and cells of CSV.
#include "common/csv.h"

#include <string.h>

#define MARK "\xEF\xBB\xBF" // U+FEFF in UTF-8

void csv_open(struct csv *csv, const char *text, size_t length)
{
    size_t mark = length >= sizeof MARK - 1 && memcmp(text, MARK, sizeof MARK - 1) == 0 ? sizeof MARK - 1 : 0;
    *csv = (struct csv){.at = text + mark, .end = text + length, .next_line = 1};
}

// Whether a line ends at that place; *bytes is how long its end is.
static bool ends_line(const struct csv *csv, const char *at, size_t *bytes)
{
    if (at < csv->end && *at == '\n')
        *bytes = 1;
    else if (csv->end - at >= 2 && at[0] == '\r' && at[1] == '\n')
        *bytes = 2;
    else
        return false;
    return true;
}

static void skip_empty_lines(struct csv *csv)
{
    size_t bytes;
    while (ends_line(csv, csv->at, &bytes)) {
        csv->at += bytes;
        csv->next_line++;
    }
}

// From behind the opening quote to the closing one.
static enum csv_status read_quoted(struct csv *csv, struct csv_cell *cell)
{
    const char *at = csv->at + 1;
    *cell = (struct csv_cell){.text = at, .quoted = true};
    for (; at < csv->end; at++) {
        if (*at == '\n')
            csv->next_line++;
        if (*at != '"')
            continue;
        if (at + 1 < csv->end && at[1] == '"') {
            at++;
            continue;
        }
        cell->length = (size_t)(at - cell->text);
        csv->at = at + 1;
        return CSV_RECORD;
    }
    return CSV_NOT_CLOSED;
}

static enum csv_status read_plain(struct csv *csv, struct csv_cell *cell)
{
    const char *at = csv->at;
    size_t bytes;
    while (at < csv->end && *at != ',' && *at != '"' && !ends_line(csv, at, &bytes))
        at++;
    *cell = (struct csv_cell){.text = csv->at, .length = (size_t)(at - csv->at)};
    csv->at = at;
    return at < csv->end && *at == '"' ? CSV_BAD_QUOTE : CSV_RECORD;
}

enum csv_status csv_next(struct csv *csv, struct csv_cell *cells, size_t room, size_t *count)
{
    size_t bytes;
    skip_empty_lines(csv);
    csv->line = csv->next_line;
    *count = 0;
    if (csv->at >= csv->end)
        return CSV_END;
    for (;;) {
        if (*count == room)
            return CSV_TOO_WIDE;
        bool quoted = csv->at < csv->end && *csv->at == '"';
        struct csv_cell *cell = &cells[(*count)++];
        enum csv_status status = quoted ? read_quoted(csv, cell) : read_plain(csv, cell);
        if (status != CSV_RECORD)
            return status;
        if (csv->at == csv->end)
            return CSV_RECORD;
        if (ends_line(csv, csv->at, &bytes)) {
            csv->at += bytes;
            csv->next_line++;
            return CSV_RECORD;
        }
        if (*csv->at != ',')
            return CSV_BAD_QUOTE;
        csv->at++;
    }
}

bool csv_text(char *out, size_t size, const struct csv_cell *cell)
{
    size_t used = 0;
    for (size_t i = 0; i < cell->length; i++) {
        if (used + 1 >= size || cell->text[i] == '\0')
            return false;
        out[used++] = cell->text[i];
        i += cell->quoted && cell->text[i] == '"';
    }
    out[used] = '\0';
    return size > 0;
}

const char *csv_status_text(enum csv_status status)
{
    static const char *const texts[] = {
        [CSV_RECORD] = "is a record",
        [CSV_END] = "is behind the end",
        [CSV_BAD_QUOTE] = "has a quote in the wrong place: a cell in quotes is in them as a whole",
        [CSV_NOT_CLOSED] = "has a quote that is not closed",
        [CSV_TOO_WIDE] = "has too many columns",
    };
    return texts[status];
}
