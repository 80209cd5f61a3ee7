// The shape of a command: its words, options, help and function. Parsing, help, completion, the manual's test
// and dispatch all read the same table.
#ifndef SMSQUITTO_ADMIN_CLI_COMMAND_H
#define SMSQUITTO_ADMIN_CLI_COMMAND_H

#include <stddef.h>

struct cli;

// One long option. value says what it takes: NULL nothing, "SECONDS" a value, "[SECONDS]" one that may be
// left away (then only as --name=VALUE). "a|b" lists the usual values for completion; FILE and DIR complete
// as such. A value that ends in "..." may be given several times.
struct option_spec {
    const char *name, *value, *help;
};

enum { COMMAND_ANY = -1 };

struct command {
    const char *group; // first word ("device"), NULL when the command is one word
    const char *name;
    const char *words; // for the usage line: "NAME", "TO..."; "" = none. "a|b" lists what completion offers
    int words_min, words_max; // COMMAND_ANY = no limit
    const char *help;         // one sentence
    const char *more;         // further lines for --help, or NULL
    const struct option_spec *options;
    size_t option_count;
    int (*run)(struct cli *cli); // returns an exit code (cli.h)
};

struct command_table {
    const struct command *const *commands;
    size_t command_count;
    const struct option_spec *globals; // taken by every command, before and after its words
    size_t global_count;
};

#endif
