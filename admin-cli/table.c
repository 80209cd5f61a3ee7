// Collects cells, measures them, prints them aligned.
#include "admin-cli/table.h"

#include "admin-cli/text.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 2, CUT_WIDTH_MIN = 8 };

struct table {
    const struct table_column *columns;
    size_t column_count;
    char **cells;
    size_t cell_count, cell_capacity;
};

struct table *table_new(const struct table_column *columns, size_t count)
{
    assert(count > 0 && count <= TABLE_COLUMNS_MAX);
    struct table *table = calloc(1, sizeof *table);
    if (table) {
        table->columns = columns;
        table->column_count = count;
    }
    return table;
}

void table_free(struct table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->cell_count; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table);
}

static bool make_room(struct table *table)
{
    if (table->cell_count < table->cell_capacity)
        return true;
    size_t capacity = table->cell_capacity ? 2 * table->cell_capacity : 64;
    char **cells = realloc(table->cells, capacity * sizeof *cells);
    if (!cells)
        return false;
    table->cells = cells;
    table->cell_capacity = capacity;
    return true;
}

bool table_add(struct table *table, const char *text)
{
    char *cell = make_room(table) ? text_clean(text && *text ? text : "-") : NULL;
    if (!cell)
        return false;
    table->cells[table->cell_count++] = cell;
    return true;
}

static void measure(const struct table *table, size_t widths[])
{
    for (size_t i = 0; i < table->column_count; i++)
        widths[i] = text_width(table->columns[i].title);
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t width = text_width(table->cells[i]), column = i % table->column_count;
        if (width > widths[column])
            widths[column] = width;
    }
}

// Takes what is too much from the columns that may be cut, the widest first.
static void shrink(const struct table *table, size_t widths[], size_t limit)
{
    size_t total = GAP * (table->column_count - 1);
    for (size_t i = 0; i < table->column_count; i++)
        total += widths[i];
    while (total > limit) {
        size_t widest = table->column_count;
        for (size_t i = 0; i < table->column_count; i++) {
            if (table->columns[i].cut && widths[i] > CUT_WIDTH_MIN &&
                (widest == table->column_count || widths[i] > widths[widest]))
                widest = i;
        }
        if (widest == table->column_count)
            return;
        widths[widest]--;
        total--;
    }
}

static void print_spaces(FILE *file, size_t count)
{
    fprintf(file, "%*s", (int)count, "");
}

// The last column is not padded: no line ends in spaces.
static void print_cell(FILE *file, const struct table_column *column, const char *text, size_t width,
                       bool last)
{
    size_t used, bytes = text_fit(text, SIZE_MAX, &used);
    bool cut = used > width;
    if (cut) {
        bytes = text_fit(text, width - 1, &used);
        used++;
    }
    size_t pad = width - used;
    print_spaces(file, column->right ? pad : 0);
    fprintf(file, "%.*s%s", (int)bytes, text, cut ? "…" : "");
    if (last)
        fputc('\n', file);
    else
        print_spaces(file, (column->right ? 0 : pad) + GAP);
}

void table_print(const struct table *table, FILE *file, size_t width)
{
    assert(table->cell_count % table->column_count == 0);
    size_t widths[TABLE_COLUMNS_MAX] = {0};
    measure(table, widths);
    if (width > 0)
        shrink(table, widths, width);
    size_t last = table->column_count - 1;
    for (size_t i = 0; i <= last; i++)
        print_cell(file, &table->columns[i], table->columns[i].title, widths[i], i == last);
    for (size_t n = 0; n < table->cell_count; n++) {
        size_t i = n % table->column_count;
        print_cell(file, &table->columns[i], table->cells[n], widths[i], i == last);
    }
}
