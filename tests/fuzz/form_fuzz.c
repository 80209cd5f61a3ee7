// Forms: what is read, encoded and read again is the same.
#include "common/form.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct form form, again;
    const char *why;
    if (!form_parse(&form, &why, (const char *)data, size))
        return 0;
    char *text = form_encode(form.pairs, form.count);
    if (text == NULL || !form_parse(&again, &why, text, strlen(text)) || again.count != form.count)
        abort();
    for (size_t i = 0; i < form.count; i++)
        if (strcmp(form.pairs[i].name, again.pairs[i].name) != 0 ||
            strcmp(form.pairs[i].value, again.pairs[i].value) != 0)
            abort();
    form_clear(&again);
    free(text);
    form_clear(&form);
    return 0;
}
