// Aligned tables for people.
#ifndef SMSQUITTO_ADMIN_CLI_TABLE_H
#define SMSQUITTO_ADMIN_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TABLE_COLUMNS_MAX = 16 };

struct table_column {
    const char *title;
    bool right; // numbers stand at the right
    bool cut;   // may be cut to the width of the terminal
};

struct table;

// Owned; NULL when memory runs out. columns is borrowed for the table's life, count at most
// TABLE_COLUMNS_MAX.
struct table *table_new(const struct table_column *columns, size_t count);
void table_free(struct table *table);

// Adds the next cell of the row under way, row by row; text is cleaned and copied, NULL or "" shows as "-".
// Returns false when memory runs out.
bool table_add(struct table *table, const char *text) __attribute__((warn_unused_result));

// Prints titles and rows, two spaces apart, no wider than width columns as long as cutting the columns that
// allow it is enough (0 = no limit). Every row must be whole.
void table_print(const struct table *table, FILE *file, size_t width);

#endif
