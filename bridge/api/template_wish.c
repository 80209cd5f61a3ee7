// What requests say in place of a text: a template, its language and its variables.
#include "bridge/api/api_internal.h"

#include <stdlib.h>
#include <string.h>

bool api_language(char out[TEMPLATE_LANGUAGE_SIZE], const char *text, const char *path,
                  struct field_error *error)
{
    if (text == NULL || template_language(out, text))
        return true;
    return field_fail(error, path, "is no language such as fr or fr-CH");
}

bool api_wish_read(struct template_wish **out, const char *name, const char *language,
                   const json_t *variables, struct field_error *error)
{
    *out = NULL;
    if (name == NULL)
        return (language == NULL || field_fail(error, "language", "goes with a template")) &&
               (variables == NULL || field_fail(error, "variables", "goes with a template"));
    if (!template_name_valid(name))
        return field_fail(error, "template", "is no name of a template");
    struct template_wish *wish = calloc(1, sizeof(*wish));
    if (wish == NULL)
        return field_no_memory(error, "template");
    api_copy(wish->name, sizeof(wish->name), name);
    if (!api_language(wish->language, language, "language", error) ||
        !template_values_read(&wish->values, variables, "", error)) {
        template_wish_free(wish);
        return false;
    }
    *out = wish;
    return true;
}
