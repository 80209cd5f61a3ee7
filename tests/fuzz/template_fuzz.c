// Texts with placeholders: a text whose variables could be read is written with values for them, within its
// bounds, and without them the first is named.
#include "common/template.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 4096, OUT_SIZE = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_render(const char *text, const struct template_names *names)
{
    struct template_value values[TEMPLATE_VARIABLES_MAX];
    struct field_error error;
    char out[OUT_SIZE + 1];
    for (size_t i = 0; i < names->count; i++)
        values[i] = (struct template_value){names->names[i], "{{value}}"};
    out[OUT_SIZE] = '!';
    bool fits = template_render(out, OUT_SIZE, text, values, names->count, &error);
    if (out[OUT_SIZE] != '!' || (fits && memchr(out, '\0', OUT_SIZE) == NULL))
        abort();
    if (!fits && strcmp(error.path, "variables") != 0)
        abort();
    if (names->count > 0 && template_render(out, OUT_SIZE, text, NULL, 0, &error))
        abort();
}

static void check_language(const char *text)
{
    char tag[TEMPLATE_LANGUAGE_SIZE], again[TEMPLATE_LANGUAGE_SIZE];
    if (!template_language(tag, text))
        return;
    if (!template_language(again, tag) || strcmp(tag, again) != 0)
        abort();
    for (int steps = 0; template_language_widen(tag); steps++)
        if (steps > TEMPLATE_LANGUAGE_SIZE)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[TEXT_MAX + 1];
    struct template_names names = {.count = 0};
    struct field_error error;
    if (size > TEXT_MAX || memchr(data, '\0', size) != NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    check_language(text);
    if (template_names_add(&names, text, "text", &error))
        check_render(text, &names);
    else if (error.detail[0] == '\0' || strcmp(error.path, "text") != 0)
        abort();
    return 0;
}
