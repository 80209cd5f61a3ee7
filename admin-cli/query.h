// Paths with query parameters, filled from the command line.
#ifndef SMSQUITTO_ADMIN_CLI_QUERY_H
#define SMSQUITTO_ADMIN_CLI_QUERY_H

#include "admin-cli/args.h"

struct query_parameter {
    const char *option, *name;
};

// A parameter with its value, NULL = left out. Borrowed.
struct query_value {
    const char *name, *value;
};

// path with "?name=value&…". Owned; NULL when memory runs out.
char *query_values_path(const char *path, const struct query_value *values, size_t count);

// The same for each option of the table that was given. Owned; NULL when memory runs out.
char *query_path(const char *path, const struct args *args, const struct query_parameter *parameters,
                 size_t count);

#endif
