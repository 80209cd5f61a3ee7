// Options that are given as NAME=VALUE.
#include "admin-cli/pairs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add_pair(json_t *object, const char *option, const char *given, struct args_error *error)
{
    const char *equals = strchr(given, '=');
    if (equals == NULL) {
        snprintf(error->text, sizeof error->text, "--%s: \"%.60s\" is not NAME=VALUE", option, given);
        return false;
    }
    char *name = strndup(given, (size_t)(equals - given));
    bool added = name != NULL && json_object_set_new(object, name, json_string(equals + 1)) == 0;
    free(name);
    if (!added)
        snprintf(error->text, sizeof error->text, "--%s: a value is not UTF-8", option);
    return added;
}

bool pairs_add(json_t *body, const char *name, const struct args *args, const char *option,
               struct args_error *error)
{
    json_t *object = json_object();
    bool good = true;
    for (size_t i = 0; i < args->given_count && good; i++)
        if (strcmp(args->given[i].option->name, option) == 0)
            good = add_pair(object, option, args->given[i].value, error);
    if (good && json_object_size(object) > 0)
        json_object_set(body, name, object);
    json_decref(object);
    return good;
}
