// Times: what is read is written so that it is read as the same.
#include "common/isotime.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t at_ms = -1, same = -1;
    char text[ISOTIME_SIZE];
    if (!isotime_parse(&at_ms, (const char *)data, size)) {
        if (at_ms != -1)
            abort();
        return 0;
    }
    isotime_format(text, at_ms);
    if (strlen(text) != ISOTIME_SIZE - 1 || !isotime_parse(&same, text, strlen(text)) || same != at_ms)
        abort();
    return 0;
}
