// The command line: which command, with which options and words.
//
// Pure logic. Every pointer that comes out is borrowed from argv or the table. No argument may be NULL unless
// said.
#ifndef SMSQUITTO_ADMIN_CLI_ARGS_H
#define SMSQUITTO_ADMIN_CLI_ARGS_H

#include "admin-cli/command.h"

#include <stdbool.h>
#include <stdint.h>

struct args_given {
    const struct option_spec *option;
    const char *value; // NULL for an option without one
};

struct args {
    const char *group;             // set once a group's word was read, NULL for one-word commands
    const struct command *command; // NULL when the words name none (only with --help or --version)
    struct args_given *given;      // owned array, in the order of the command line
    size_t given_count;
    const char **words; // owned array of the words after the command's own
    size_t word_count;
};

struct args_error {
    char text[256];
};

// Reads argv[1..argc-1] by the table. Unknown options and commands, an option twice, a missing value and a
// wrong number of words fail with a sentence in *error. With --help or --version among the options neither
// the command nor its words are demanded. On failure *args still holds the group and command found so far.
// The caller clears *args in both cases.
bool args_parse(struct args *args, const struct command_table *table, int argc, char *const argv[],
                struct args_error *error) __attribute__((warn_unused_result));
void args_clear(struct args *args);

// Whether the option was given.
bool args_flag(const struct args *args, const char *name);
// The value of an option, NULL when it was not given or came without one.
const char *args_text(const struct args *args, const char *name);
// Reads an option's value as a whole number within min-max into *value, and leaves it alone when the option
// was not given. Returns false with *error set for anything else.
bool args_int(const struct args *args, const char *name, int64_t min, int64_t max, int64_t *value,
              struct args_error *error) __attribute__((warn_unused_result));

// Reads "250ms", "90s", "10m", "2h", "7d" or a bare number of seconds into milliseconds. Returns false, and
// writes nothing, for anything else.
bool args_duration(int64_t *ms, const char *text);

// How an option spec reads.
bool option_takes_value(const struct option_spec *option);
bool option_value_optional(const struct option_spec *option);
bool option_repeats(const struct option_spec *option);

#endif
