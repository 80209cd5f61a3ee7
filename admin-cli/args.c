// Reads the command line by the table of commands.
#include "admin-cli/args.h"

#include "common/parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool option_takes_value(const struct option_spec *option)
{
    return option->value != NULL;
}

bool option_value_optional(const struct option_spec *option)
{
    return option->value != NULL && option->value[0] == '[';
}

bool option_repeats(const struct option_spec *option)
{
    size_t length = option->value ? strlen(option->value) : 0;
    return length > 3 && strcmp(option->value + length - 3, "...") == 0;
}

static bool __attribute__((format(printf, 2, 3))) fail(struct args_error *error, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(error->text, sizeof error->text, format, list);
    va_end(list);
    return false;
}

static const struct option_spec *find_in(const struct option_spec *options, size_t count, const char *name,
                                         size_t length)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(options[i].name) == length && memcmp(options[i].name, name, length) == 0)
            return &options[i];
    }
    return NULL;
}

static const struct option_spec *find_option(const struct args *args, const struct command_table *table,
                                             const char *name, size_t length)
{
    const struct option_spec *found = NULL;
    if (args->command)
        found = find_in(args->command->options, args->command->option_count, name, length);
    return found ? found : find_in(table->globals, table->global_count, name, length);
}

static const struct args_given *find_given(const struct args *args, const char *name)
{
    for (size_t i = 0; i < args->given_count; i++) {
        if (strcmp(args->given[i].option->name, name) == 0)
            return &args->given[i];
    }
    return NULL;
}

// Takes the option at argv[*at] and moves *at to the last argument that belongs to it.
static bool take_option(struct args *args, const struct command_table *table, int argc, char *const argv[],
                        int *at, struct args_error *error)
{
    const char *name = strcmp(argv[*at], "-h") == 0 ? "help" : argv[*at] + 2;
    const char *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const struct option_spec *option =
        argv[*at][1] == '-' || name != argv[*at] + 2 ? find_option(args, table, name, length) : NULL;
    if (!option)
        return fail(error, "unknown option %.*s",
                    (int)(equals ? equals - argv[*at] : (ptrdiff_t)strlen(argv[*at])), argv[*at]);
    if (!option_repeats(option) && find_given(args, option->name))
        return fail(error, "--%s is given twice", option->name);
    const char *value = equals ? equals + 1 : NULL;
    if (value && !option_takes_value(option))
        return fail(error, "--%s takes no value", option->name);
    if (!value && option_takes_value(option) && !option_value_optional(option)) {
        if (*at + 1 >= argc)
            return fail(error, "--%s needs a value: --%s %s", option->name, option->name, option->value);
        value = argv[++*at];
    }
    args->given[args->given_count++] = (struct args_given){.option = option, .value = value};
    return true;
}

static const struct command *find_command(const struct command_table *table, const char *group,
                                          const char *name)
{
    for (size_t i = 0; i < table->command_count; i++) {
        const struct command *command = table->commands[i];
        bool same_group = group ? command->group && strcmp(command->group, group) == 0 : !command->group;
        if (same_group && strcmp(command->name, name) == 0)
            return command;
    }
    return NULL;
}

static const char *find_group(const struct command_table *table, const char *word)
{
    for (size_t i = 0; i < table->command_count; i++) {
        const char *group = table->commands[i]->group;
        if (group && strcmp(group, word) == 0)
            return group;
    }
    return NULL;
}

// The first word or two name the command; what follows are its words.
static bool take_word(struct args *args, const struct command_table *table, const char *word,
                      struct args_error *error)
{
    if (args->command) {
        args->words[args->word_count++] = word;
        return true;
    }
    if (!args->group) {
        args->command = find_command(table, NULL, word);
        args->group = args->command ? NULL : find_group(table, word);
        return args->command || args->group || fail(error, "unknown command \"%s\"", word);
    }
    args->command = find_command(table, args->group, word);
    return args->command || fail(error, "unknown command \"%s %s\"", args->group, word);
}

static bool check_words(const struct args *args, struct args_error *error)
{
    const struct command *command = args->command;
    if (!command)
        return args->group ? fail(error, "%s needs one of its commands", args->group)
                           : fail(error, "a command is missing");
    const char *group = command->group ? command->group : "", *gap = command->group ? " " : "";
    if (args->word_count < (size_t)command->words_min)
        return fail(error, "%s%s%s needs %s", group, gap, command->name, command->words);
    if (command->words_max != COMMAND_ANY && args->word_count > (size_t)command->words_max)
        return fail(error, "%s%s%s: unexpected argument \"%s\"", group, gap, command->name,
                    args->words[command->words_max]);
    return true;
}

bool args_parse(struct args *args, const struct command_table *table, int argc, char *const argv[],
                struct args_error *error)
{
    size_t capacity = argc > 0 ? (size_t)argc : 1;
    *args = (struct args){.given = calloc(capacity, sizeof *args->given),
                          .words = calloc(capacity, sizeof *args->words)};
    if (!args->given || !args->words)
        return fail(error, "out of memory");
    bool only_words = false;
    for (int i = 1; i < argc; i++) {
        bool is_option = !only_words && argv[i][0] == '-' && argv[i][1] != '\0';
        if (is_option && strcmp(argv[i], "--") == 0)
            only_words = true;
        else if (is_option ? !take_option(args, table, argc, argv, &i, error)
                           : !take_word(args, table, argv[i], error))
            return false;
    }
    return args_flag(args, "help") || args_flag(args, "version") || check_words(args, error);
}

void args_clear(struct args *args)
{
    free(args->given);
    free(args->words);
    *args = (struct args){0};
}

bool args_flag(const struct args *args, const char *name)
{
    return find_given(args, name) != NULL;
}

const char *args_text(const struct args *args, const char *name)
{
    const struct args_given *given = find_given(args, name);
    return given ? given->value : NULL;
}

bool args_int(const struct args *args, const char *name, int64_t min, int64_t max, int64_t *value,
              struct args_error *error)
{
    const char *text = args_text(args, name);
    if (!text || parse_int(value, text, strlen(text), min, max))
        return true;
    return fail(error, "--%s: \"%.40s\" is not a whole number from %lld to %lld", name, text, (long long)min,
                (long long)max);
}

bool args_duration(int64_t *ms, const char *text)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    const int64_t most_ms = INT64_C(366) * 86400000;
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        int64_t number;
        if (strcmp(text + digits, units[i].unit) != 0)
            continue;
        if (!parse_int(&number, text, digits, 0, most_ms / units[i].ms))
            return false;
        *ms = number * units[i].ms;
        return true;
    }
    return false;
}
