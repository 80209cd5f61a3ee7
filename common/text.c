// A bounded copy, and digits.
#include "common/text.h"

#include <string.h>

void text_copy(char *out, size_t size, const char *text)
{
    size_t length = text != NULL ? strnlen(text, size - 1) : 0;
    if (length > 0)
        memcpy(out, text, length);
    out[length] = '\0';
}

size_t text_number(char out[TEXT_NUMBER_SIZE], int64_t value)
{
    char digits[TEXT_NUMBER_SIZE];
    char *end = digits + sizeof digits, *first = end;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    *--first = '\0';
    do {
        *--first = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        *--first = '-';
    memcpy(out, first, (size_t)(end - first));
    return (size_t)(end - first) - 1;
}
