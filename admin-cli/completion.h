// Shell completion, written from the table of commands.
#ifndef SMSQUITTO_ADMIN_CLI_COMPLETION_H
#define SMSQUITTO_ADMIN_CLI_COMPLETION_H

#include "admin-cli/command.h"

#include <stdio.h>

// Writes the script to file; shells read it by "eval" or from their folder of completions.
void completion_bash(FILE *file, const struct command_table *table);
void completion_zsh(FILE *file, const struct command_table *table);

#endif
