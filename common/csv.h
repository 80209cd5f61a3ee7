// CSV as RFC 4180 has it: records of cells between commas, in quotes where needed.
//
// Pure logic, nothing allocated; any thread. Records end with CR LF or LF, the last one also with the text;
// empty lines are no records. U+FEFF before the text is skipped.
#ifndef SMSQUITTO_COMMON_CSV_H
#define SMSQUITTO_COMMON_CSV_H

#include <stdbool.h>
#include <stddef.h>

struct csv {
    const char *at, *end; // what is left; borrowed
    size_t line;          // of the record that was read last, from 1
    size_t next_line;
};

// One cell, borrowed from the text. In quotes a quote stands twice.
struct csv_cell {
    const char *text;
    size_t length;
    bool quoted;
};

enum csv_status {
    CSV_RECORD,
    CSV_END,
    CSV_BAD_QUOTE,  // a quote within a cell that does not begin with one, or text behind a closing one
    CSV_NOT_CLOSED, // the text ends within quotes
    CSV_TOO_WIDE,   // more cells than there is room for
};

void csv_open(struct csv *csv, const char *text, size_t length);

// Reads the next record into cells[room]. After anything but CSV_RECORD there is nothing more to read;
// csv->line then says where.
enum csv_status csv_next(struct csv *csv, struct csv_cell *cells, size_t room, size_t *count);

// The cell without its quotes into out[size]; false when it does not fit or has a NUL in it.
bool csv_text(char *out, size_t size, const struct csv_cell *cell);

// A clause such as "has a quote that is not closed".
const char *csv_status_text(enum csv_status status);

#endif
