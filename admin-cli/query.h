// Paths with query parameters, filled from the command line.
#ifndef SMSQUITTO_ADMIN_CLI_QUERY_H
#define SMSQUITTO_ADMIN_CLI_QUERY_H

#include "admin-cli/args.h"

struct query_parameter {
    const char *option, *name;
};

// path with "?name=value&…" for each option of the table that was given. Owned; NULL when memory runs out.
char *query_path(const char *path, const struct args *args, const struct query_parameter *parameters,
                 size_t count);

#endif
