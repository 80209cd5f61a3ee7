// Writes completion scripts for bash and zsh from the table of commands.
//
// Both define _smsquitto_offer WORDS and _smsquitto_files -f|-d in their shell's way, and share one function
// that finds the command in the words before the cursor and offers what may follow.
#include "admin-cli/completion.h"

#include "admin-cli/args.h"

#include <stdbool.h>
#include <string.h>

static bool demands_value(const struct option_spec *option)
{
    return option_takes_value(option) && !option_value_optional(option);
}

// Calls put for every option that demands a value, once for each name.
static void each_value_option(FILE *file, const struct command_table *table,
                              void (*put)(FILE *file, const struct option_spec *option, bool first))
{
    const struct option_spec *seen[128];
    size_t count = 0;
    for (size_t list = 0; list <= table->command_count; list++) {
        const struct command *command = list > 0 ? table->commands[list - 1] : NULL;
        const struct option_spec *options = command ? command->options : table->globals;
        size_t option_count = command ? command->option_count : table->global_count;
        for (size_t i = 0; i < option_count; i++) {
            bool again = !demands_value(&options[i]) || count == sizeof seen / sizeof *seen;
            for (size_t k = 0; k < count; k++)
                again |= strcmp(seen[k]->name, options[i].name) == 0;
            if (again)
                continue;
            put(file, &options[i], count == 0);
            seen[count++] = &options[i];
        }
    }
}

// A list "a|b" as words.
static void put_choices(FILE *file, const char *value)
{
    for (const char *at = strchr(value, '|') ? value : ""; *at; at++) {
        if (*at != '.')
            fputc(*at == '|' ? ' ' : *at, file);
    }
}

static void put_value_branch(FILE *file, const struct option_spec *option, bool first)
{
    (void)first;
    fprintf(file, "    --%s) ", option->name);
    if (strcmp(option->value, "FILE") == 0) {
        fputs("_smsquitto_files -f; ", file);
    } else if (strcmp(option->value, "DIR") == 0) {
        fputs("_smsquitto_files -d; ", file);
    } else if (strchr(option->value, '|')) {
        fputs("_smsquitto_offer \"", file);
        put_choices(file, option->value);
        fputs("\"; ", file);
    }
    fputs("return ;;\n", file);
}

static void put_pattern(FILE *file, const struct option_spec *option, bool first)
{
    fprintf(file, "%s--%s", first ? "" : "|", option->name);
}

static void put_option_names(FILE *file, const struct option_spec *options, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(file, " --%s%s", options[i].name, option_value_optional(&options[i]) ? "=" : "");
}

// Whether the command is the first of its group; the commands of a group stand together in the table.
static bool opens_group(const struct command_table *table, size_t i)
{
    const char *group = table->commands[i]->group;
    const char *before = i > 0 ? table->commands[i - 1]->group : NULL;
    return group && (!before || strcmp(group, before) != 0);
}

static void put_groups(FILE *file, const struct command_table *table, const char *gap)
{
    const char *between = "";
    for (size_t i = 0; i < table->command_count; i++) {
        if (!opens_group(table, i))
            continue;
        fprintf(file, "%s%s", between, table->commands[i]->group);
        between = gap;
    }
}

static void put_first_words(FILE *file, const struct command_table *table)
{
    fputs("    '') offer=\"", file);
    put_groups(file, table, " ");
    for (size_t i = 0; i < table->command_count; i++) {
        if (!table->commands[i]->group)
            fprintf(file, " %s", table->commands[i]->name);
    }
    fputs("\" ;;\n", file);
}

static void put_group_words(FILE *file, const struct command_table *table)
{
    for (size_t i = 0; i < table->command_count; i++) {
        if (!opens_group(table, i))
            continue;
        const char *group = table->commands[i]->group;
        fprintf(file, "    %s) offer=\"%s", group, table->commands[i]->name);
        for (size_t k = i + 1; k < table->command_count && table->commands[k]->group &&
                               strcmp(table->commands[k]->group, group) == 0;
             k++)
            fprintf(file, " %s", table->commands[k]->name);
        fputs("\" ;;\n", file);
    }
}

static void put_command_words(FILE *file, const struct command_table *table)
{
    for (size_t i = 0; i < table->command_count; i++) {
        const struct command *command = table->commands[i];
        fprintf(file, "    '%s%s%s') offer=\"", command->group ? command->group : "",
                command->group ? " " : "", command->name);
        put_choices(file, command->words);
        put_option_names(file, command->options, command->option_count);
        fputs("\" ;;\n", file);
    }
}

// _smsquitto_find BEFORE WORD...: offers what may follow these words; BEFORE is the last of them.
static void put_find(FILE *file, const struct command_table *table)
{
    fputs("_smsquitto_find() {\n    local before=$1 command='' skip='' offer='' word\n    shift\n"
          "    case $before in\n",
          file);
    each_value_option(file, table, put_value_branch);
    fputs("    esac\n    for word in \"$@\"; do\n        if [ -n \"$skip\" ]; then\n            skip=''\n"
          "            continue\n        fi\n        case $word in\n        ",
          file);
    each_value_option(file, table, put_pattern);
    fputs(") skip=1 ;;\n        -*) ;;\n        *)\n            case $command in\n"
          "            '') command=$word ;;\n            ",
          file);
    put_groups(file, table, "|");
    fputs(") command=\"$command $word\" ;;\n            esac ;;\n        esac\n    done\n    case $command "
          "in\n",
          file);
    put_first_words(file, table);
    put_group_words(file, table);
    put_command_words(file, table);
    fputs("    esac\n    _smsquitto_offer \"$offer", file);
    put_option_names(file, table->globals, table->global_count);
    fputs("\"\n}\n", file);
}

void completion_bash(FILE *file, const struct command_table *table)
{
    fputs("# Completion of smsquitto for bash, written by \"smsquitto completion bash\".\n"
          "_smsquitto_offer() { COMPREPLY=($(compgen -W \"$1\" -- \"${COMP_WORDS[COMP_CWORD]}\")); }\n"
          "_smsquitto_files() { COMPREPLY=($(compgen \"$1\" -- \"${COMP_WORDS[COMP_CWORD]}\")); }\n",
          file);
    put_find(file, table);
    fputs("_smsquitto() {\n    COMPREPLY=()\n"
          "    _smsquitto_find \"${COMP_WORDS[COMP_CWORD-1]}\" \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"\n}\n"
          "complete -o filenames -F _smsquitto smsquitto\n",
          file);
}

void completion_zsh(FILE *file, const struct command_table *table)
{
    fputs("#compdef smsquitto\n# Completion of smsquitto for zsh, written by \"smsquitto completion zsh\".\n"
          "_smsquitto_offer() { compadd -- ${=1}; }\n"
          "_smsquitto_files() { if [ \"$1\" = -d ]; then _files -/; else _files; fi; }\n",
          file);
    put_find(file, table);
    fputs("_smsquitto() { _smsquitto_find \"${words[CURRENT-1]}\" \"${(@)words[2,CURRENT-1]}\"; }\n"
          "if [ \"${funcstack[1]}\" = _smsquitto ]; then _smsquitto \"$@\"; else compdef _smsquitto "
          "smsquitto; fi\n",
          file);
}
