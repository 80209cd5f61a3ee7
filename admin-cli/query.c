// Writes query parameters.
#include "admin-cli/query.h"

#include "admin-cli/client.h"

#include <stdio.h>
#include <stdlib.h>

char *query_path(const char *path, const struct args *args, const struct query_parameter *parameters,
                 size_t count)
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
        const char *value = args_text(args, parameters[i].option);
        char *encoded = value ? client_encode(value) : NULL;
        if (encoded) {
            fprintf(file, "%c%s=%s", gap, parameters[i].name, encoded);
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
