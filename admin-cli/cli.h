// What every command works with: the command line, where output goes, and the bridge.
#ifndef SMSQUITTO_ADMIN_CLI_CLI_H
#define SMSQUITTO_ADMIN_CLI_CLI_H

#include "admin-cli/args.h"
#include "admin-cli/client.h"
#include "admin-cli/config.h"
#include "admin-cli/view.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

// The exit codes of smsquitto(1); part of its contract.
enum exit_code {
    EXIT_OK = 0,
    EXIT_FAILED = 1,        // something else went wrong; a check of doctor failed
    EXIT_USAGE = 2,         // the command line is wrong
    EXIT_UNREACHABLE = 3,   // nobody answers at the socket or URL
    EXIT_REFUSED = 4,       // 401, 403
    EXIT_NOT_FOUND = 5,     // 404
    EXIT_INVALID = 6,       // another 4xx: the message names the field
    EXIT_LATER = 7,         // 429, 503
    EXIT_NOT_DELIVERED = 8, // --wait: a message ended, but not delivered
};

struct cli {
    struct args args;
    bool json;             // machine output
    bool color;            // escape sequences are welcome on stdout
    size_t width;          // columns of the terminal, 0 = not one: nothing is cut
    struct client *client; // opened by cli_connect
    struct client_target target;
    const char *config_path; // where the bridge's configuration was looked for, NULL = nowhere
    struct config config;    // what was found there
    char *key;               // owned: what target.key points to when it was read from a file
};

// Reads how to print from the options and the environment; args are set before. cli_close ends what begins
// here.
void cli_open(struct cli *cli);
void cli_close(struct cli *cli);

// Finds out at its first call where the bridge is and who asks (options, environment, configuration, key
// file), and sets target and client. Returns EXIT_OK, or prints what is wrong and returns its code.
int cli_connect(struct cli *cli) __attribute__((warn_unused_result));

// Asks the bridge and fills *response, which the caller clears. Every answer but 2xx is printed as an error
// and becomes its exit code; EXIT_OK promises a JSON body or none (204). body is borrowed, NULL = none.
int cli_call(struct cli *cli, struct response *response, const struct request *request)
    __attribute__((warn_unused_result));

// The same for GET path; *body is owned by the caller.
int cli_get(struct cli *cli, json_t **body, const char *path) __attribute__((warn_unused_result));

// A time that an option gives, as the API takes it (words_when). Owned; NULL when it was not given.
char *cli_when(const struct cli *cli, const char *option);

// A path from a printf format with one %s, filled with the id percent-encoded. Owned; NULL when memory runs
// out.
char *cli_path(const char *format, const char *id) __attribute__((format_arg(1)));
// Asks METHOD on cli_path(format, id) without a body; *body is owned by the caller, NULL after 204.
int cli_act(struct cli *cli, json_t **body, const char *method, const char *format, const char *id)
    __attribute__((warn_unused_result));

// Asks with that body, which is taken; NULL is what cannot be told in JSON. *answer is owned by the caller.
int cli_ask_take(struct cli *cli, json_t **answer, const char *method, const char *path, json_t *body)
    __attribute__((warn_unused_result));

// Reads every page of a list and joins them: {member: [...]}, owned by the caller.
int cli_get_all(struct cli *cli, json_t **body, const char *path, const char *member)
    __attribute__((warn_unused_result));

// Prints every page of a list: the fields as a table, or the line none; as JSON where that is wanted. Returns
// the exit code.
int cli_list(struct cli *cli, const char *path, const char *member, const struct view_field *fields,
             size_t count, const char *none) __attribute__((warn_unused_result));

// How tables and cards go to stdout.
struct view cli_view(const struct cli *cli);

// Prints "smsquitto: words" on stderr and returns code, so that a caller can return it.
int cli_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
// For a failed args_int and the like: prints and returns EXIT_USAGE.
int cli_usage(const struct args_error *error);
// Prints an answer that is an error, and what to do next; returns its exit code.
int cli_problem(const struct cli *cli, const struct response *response);

// Prints a JSON value on stdout in the form for machines: one line. Returns EXIT_OK.
int cli_print_json(const json_t *value);

#endif
