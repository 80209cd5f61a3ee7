// Writes help from the table of commands.
#include "admin-cli/help.h"

#include "admin-cli/args.h"

#include <string.h>

enum { USAGE_COLUMNS = 34, OPTION_COLUMNS = 26 };

// Writes what a call looks like after the program's name; returns its length.
static int put_usage(FILE *file, const struct command *command)
{
    return fprintf(file, "%s%s%s%s%s", command->group ? command->group : "", command->group ? " " : "",
                   command->name, *command->words ? " " : "", command->words);
}

static void put_line(FILE *file, const struct command *command)
{
    fputs("  ", file);
    int used = put_usage(file, command);
    fprintf(file, "%*s %s\n", used < USAGE_COLUMNS ? USAGE_COLUMNS - used : 0, "", command->help);
}

static void put_options(FILE *file, const struct option_spec *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct option_spec *option = &options[i];
        const char *gap = !option_takes_value(option) ? "" : option_value_optional(option) ? "[=" : " ";
        const char *value = !option_takes_value(option) ? "" : option->value;
        int used =
            fprintf(file, "  --%s%s%s", option->name, gap, option_value_optional(option) ? value + 1 : value);
        if (used >= OPTION_COLUMNS + 2)
            used = fprintf(file, "\n") - 1;
        fprintf(file, "%*s %s\n", OPTION_COLUMNS + 2 - used, "", option->help);
    }
}

void help_overview(FILE *file, const struct command_table *table)
{
    fputs("Usage: smsquitto [options] COMMAND ...\n\nAdministers an SMS gateway over MQTT.\n\nCommands:\n",
          file);
    for (size_t i = 0; i < table->command_count; i++)
        put_line(file, table->commands[i]);
    fputs("\nOptions of every command:\n", file);
    put_options(file, table->globals, table->global_count);
    fputs("\nExit codes: 0 done, 1 failed, 2 wrong command line, 3 bridge not reachable, 4 refused, 5 not "
          "found,\n"
          "6 invalid input, 7 try again later, 8 ended without delivery (send --wait).\n"
          "\"smsquitto COMMAND --help\" tells about one command, smsquitto(1) about all.\n",
          file);
}

void help_group(FILE *file, const struct command_table *table, const char *group)
{
    fprintf(file, "Usage: smsquitto %s COMMAND ...\n\nCommands:\n", group);
    for (size_t i = 0; i < table->command_count; i++) {
        if (table->commands[i]->group && strcmp(table->commands[i]->group, group) == 0)
            put_line(file, table->commands[i]);
    }
}

void help_command(FILE *file, const struct command *command)
{
    fputs("Usage: smsquitto ", file);
    put_usage(file, command);
    fprintf(file, "%s\n\n%s\n", command->option_count > 0 ? " [options]" : "", command->help);
    if (command->more)
        fprintf(file, "%s\n", command->more);
    if (command->option_count > 0) {
        fputs("\nOptions:\n", file);
        put_options(file, command->options, command->option_count);
    }
    fputs("\n\"smsquitto --help\" lists the options of every command.\n", file);
}
