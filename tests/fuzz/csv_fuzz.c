// Lines of CSV files that people import: the first column, within its line.
#include "admin-cli/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = malloc(size + 1);
    if (line == NULL)
        return 0;
    memcpy(line, data, size);
    line[size] = '\0';
    const char *column = text_first_column(line);
    size_t length = strlen(column);
    if (column < line || column + length > line + size || strpbrk(column, ",;\t\"\r\n") != NULL ||
        column[0] == ' ' || (length > 0 && column[length - 1] == ' '))
        abort();
    free(line);
    return 0;
}
