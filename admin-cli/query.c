// Writes query parameters.
#include "admin-cli/query.h"

#include "admin-cli/client.h"

#include <stdio.h>
#include <stdlib.h>

char *query_values_path(const char *path, const struct query_value *values, size_t count)
{
    char *out = NULL;
    size_t size = 0;
    char gap = '?';
    bool complete = true;
    FILE *file = open_memstream(&out, &size);
    if (!file)
        return NULL;
    fputs(path, file);
    for (size_t i = 0; i < count; i++) {
        const char *value = values[i].value;
        char *encoded = value ? client_encode(value) : NULL;
        if (encoded) {
            fprintf(file, "%c%s=%s", gap, values[i].name, encoded);
            gap = '&';
        }
        complete = complete && (!value || encoded);
        free(encoded);
    }
    if (fclose(file) == 0 && complete)
        return out;
    free(out);
    return NULL;
}

char *query_path(const char *path, const struct args *args, const struct query_parameter *parameters,
                 size_t count)
{
    struct query_value *values = calloc(count, sizeof *values);
    for (size_t i = 0; values && i < count; i++)
        values[i] = (struct query_value){parameters[i].name, args_text(args, parameters[i].option)};
    char *out = values ? query_values_path(path, values, count) : NULL;
    free(values);
    return out;
}
