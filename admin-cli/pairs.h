// Options that are given as NAME=VALUE, any number of times.
#ifndef SMSQUITTO_ADMIN_CLI_PAIRS_H
#define SMSQUITTO_ADMIN_CLI_PAIRS_H

#include "admin-cli/args.h"

#include <jansson.h>

// Puts what was given for the option into body as an object under name; nothing when it was not given. False
// with *error set for one without '=', and for one that is not UTF-8.
bool pairs_add(json_t *body, const char *name, const struct args *args, const char *option,
               struct args_error *error) __attribute__((warn_unused_result));

#endif
