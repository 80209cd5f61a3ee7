// Which text a template makes for a language and values.
#include "bridge/engine/template_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool template_name_valid(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");
    return length > 0 && length < TEMPLATE_NAME_SIZE && name[length] == '\0';
}

bool template_known(struct template_names *known, const struct template_row *row, struct field_error *error)
{
    char path[sizeof("languages.") + TEMPLATE_LANGUAGE_SIZE];
    known->count = 0;
    for (size_t i = 0; i < row->text_count; i++) {
        const struct template_text *text = &row->texts[i];
        snprintf(path, sizeof(path), "languages.%s", text->language);
        if (!template_names_add(known, text->text, text->language[0] != '\0' ? path : "text", error))
            return false;
    }
    return true;
}

static const struct template_text *find(const struct template_row *row, const char *language)
{
    for (size_t i = 0; i < row->text_count; i++)
        if (strcmp(row->texts[i].language, language) == 0)
            return &row->texts[i];
    return NULL;
}

const struct template_text *template_pick(const struct template_row *row, const char *language)
{
    char wanted[TEMPLATE_LANGUAGE_SIZE];
    const struct template_text *text;
    snprintf(wanted, sizeof(wanted), "%s", language);
    do
        text = find(row, wanted);
    while (text == NULL && template_language_widen(wanted));
    return text;
}

bool template_check_values(const struct template_names *known, const struct template_values *values,
                           struct field_error *error)
{
    char path[sizeof("variables.") + TEMPLATE_VARIABLE_SIZE];
    for (size_t i = 0; i < values->count; i++)
        if (!template_names_have(known, values->items[i].name)) {
            snprintf(path, sizeof(path), "variables.%s", values->items[i].name);
            return field_fail(error, path, "is not in the template");
        }
    return true;
}

static size_t count_characters(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

bool template_check_parts(const struct template_row *row, int64_t parts, struct field_error *error)
{
    return row->max_parts == 0 || parts <= row->max_parts ||
           field_fail(error, "variables", "make a text of %lld parts; the template allows %lld",
                      (long long)parts, (long long)row->max_parts);
}

bool template_make(struct template_made *out, const struct template_row *row,
                   const struct template_names *known, const char *language,
                   const struct template_values *values, const struct template_values *own,
                   struct field_error *error)
{
    struct template_value all[2 * TEMPLATE_VARIABLES_MAX];
    size_t own_count = own != NULL ? own->count : 0;
    const struct template_text *text = template_pick(row, language);
    if (text == NULL)
        return field_fail(error, "template", "has no text");
    if (!template_check_values(known, values, error) ||
        (own != NULL && !template_check_values(known, own, error)))
        return false;
    for (size_t i = 0; i < own_count; i++)
        all[i] = own->items[i];
    for (size_t i = 0; i < values->count; i++)
        all[own_count + i] = values->items[i];
    if (!template_render(out->text, sizeof(out->text), text->text, all, own_count + values->count, error))
        return false;
    if (count_characters(out->text) > TEMPLATE_OUT_MAX_CHARACTERS)
        return field_fail(error, "variables", "make a text of more than %d characters",
                          TEMPLATE_OUT_MAX_CHARACTERS);
    if (out->text[0] == '\0')
        return field_fail(error, "variables", "make an empty text");
    if (!segments_count(&out->segments, out->text, strlen(out->text)))
        return field_fail(error, "variables", "make a text that is not valid UTF-8");
    memcpy(out->language, text->language, sizeof(out->language));
    return template_check_parts(row, out->segments.parts, error);
}

void template_wish_free(struct template_wish *wish)
{
    if (wish != NULL)
        template_values_clear(&wish->values);
    free(wish);
}
