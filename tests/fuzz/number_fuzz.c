// Phone numbers: only '+' and digits come out, and they stay what they are.
#include "common/number.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const countries[] = {"", "DE", "US", "IT", "BR"};
    for (size_t i = 0; i < sizeof countries / sizeof countries[0]; i++) {
        char out[NUMBER_SIZE], again[NUMBER_SIZE], region[3];
        if (number_normalize(out, (const char *)data, size, countries[i]) != NUMBER_OK)
            continue;
        size_t length = strlen(out);
        if (out[0] != '+' || length < 6 || strspn(out + 1, "0123456789") != length - 1)
            abort();
        if (number_normalize(again, out, length, NULL) != NUMBER_OK || strcmp(out, again) != 0)
            abort();
        number_region(region, out);
    }
    return 0;
}
