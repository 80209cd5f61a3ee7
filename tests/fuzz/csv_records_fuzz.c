// CSV that apps import: cells lie within the text, in order, and lines are counted as they are.
#include "common/csv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), out[64];
    struct csv csv;
    struct csv_cell cells[8];
    size_t count, lines = 1, last = 0;
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    csv_open(&csv, text, size);
    const char *before = csv.at;
    while (csv_next(&csv, cells, sizeof cells / sizeof cells[0], &count) == CSV_RECORD) {
        if (csv.line <= last || csv.line > lines || count == 0 || csv.at <= before)
            abort();
        for (size_t i = 0; i < count; i++) {
            if (cells[i].text < before || cells[i].text + cells[i].length > text + size)
                abort();
            before = cells[i].text + cells[i].length;
            if (csv_text(out, sizeof out, &cells[i]) && strlen(out) > cells[i].length)
                abort();
        }
        last = csv.line;
        before = csv.at;
    }
    free(text);
    return 0;
}
