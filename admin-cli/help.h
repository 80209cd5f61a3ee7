// Help and shell completion, written from the table of commands.
#ifndef SMSQUITTO_ADMIN_CLI_HELP_H
#define SMSQUITTO_ADMIN_CLI_HELP_H

#include "admin-cli/command.h"

#include <stdio.h>

// All commands, the global options and the exit codes.
void help_overview(FILE *file, const struct command_table *table);
// The commands of one group.
void help_group(FILE *file, const struct command_table *table, const char *group);
// One command with its options.
void help_command(FILE *file, const struct command *command);

#endif
