// contacts block, unblock, show, list, import, backfill, quiet: who may not be written to, and when.
#include "admin-cli/commands/commands.h"
#include "admin-cli/text.h"
#include "admin-cli/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { IMPORT_MAX = 10000 }; // numbers in one request

static const struct option_spec note_options[] = {
    {"note", "TEXT", "why; whoever is refused reads it"},
};

static const struct option_spec quiet_options[] = {
    {"begins", "HH:MM", "when the quiet time begins"},
    {"ends", "HH:MM", "when it ends, on the next day when that is earlier"},
    {"day", "monday|tuesday|wednesday|thursday|friday|saturday|sunday...", "a day that is quiet as a whole"},
    {"zone", "ZONE", "whose clock counts, such as Europe/Berlin; the recipient's otherwise"},
    {"off", NULL, "no quiet hours any more"},
};

static const struct view_field fields[] = {
    {"NUMBER", "number", VIEW_TEXT, false, NULL},
    {"SINCE", "created_at", VIEW_SINCE, false, NULL},
    {"SOURCE", "source", VIEW_TEXT, false, NULL},
    {"NOTE", "note", VIEW_TEXT, true, NULL},
};

static const struct view_field card_fields[] = {
    {"Number", "number", VIEW_TEXT, false, NULL},
    {"Blocked since", "created_at", VIEW_SINCE, false, NULL},
    {"Source", "source", VIEW_TEXT, false, NULL},
    {"Note", "note", VIEW_TEXT, false, NULL},
};

static const struct view_field quiet_fields[] = {
    {"Begins", "begins", VIEW_TEXT, false, NULL},
    {"Ends", "ends", VIEW_TEXT, false, NULL},
    {"Quiet days", "days", VIEW_LIST, false, NULL},
    {"Clock", "zone", VIEW_TEXT, false, NULL},
};

static int run_block(struct cli *cli)
{
    json_t *answer;
    int code = cli_ask_take(
        cli, &answer, "POST", "/v1/suppressions",
        json_pack("{s:s, s:s*}", "number", cli->args.words[0], "note", args_text(&cli->args, "note")));
    if (code == EXIT_OK && cli->json)
        cli_print_json(answer);
    else if (code == EXIT_OK)
        printf("%s %s.\n", words_string(answer, "number"),
               json_is_true(json_object_get(answer, "added")) ? "is blocked" : "was blocked already");
    json_decref(answer);
    return code;
}

static int run_unblock(struct cli *cli)
{
    json_t *nothing;
    int code = cli_act(cli, &nothing, "DELETE", "/v1/suppressions/%s", cli->args.words[0]);
    if (code == EXIT_OK && !cli->json)
        puts("It can be written to again.");
    json_decref(nothing);
    return code;
}

static int run_show(struct cli *cli)
{
    json_t *entry;
    struct view view = cli_view(cli);
    int code = cli_act(cli, &entry, "GET", "/v1/suppressions/%s", cli->args.words[0]);
    if (code == EXIT_OK && cli->json)
        cli_print_json(entry);
    else if (code == EXIT_OK)
        view_card(&view, card_fields, sizeof card_fields / sizeof *card_fields, entry);
    json_decref(entry);
    return code;
}

static int run_list(struct cli *cli)
{
    return cli_list(cli, "/v1/suppressions", "suppressions", fields, sizeof fields / sizeof *fields,
                    "Nobody is blocked.");
}

struct import {
    struct cli *cli;
    json_t *numbers;      // owned: what the next request carries
    int64_t count, added; // what was carried
    size_t line, first;   // of the file: the last one read, and that of numbers[0]
};

// Sends what has gathered.
static int import_send(struct import *import)
{
    json_t *answer;
    if (json_array_size(import->numbers) == 0)
        return EXIT_OK;
    int code = cli_ask_take(
        import->cli, &answer, "POST", "/v1/suppressions/import",
        json_pack("{s:O, s:s*}", "numbers", import->numbers, "note", args_text(&import->cli->args, "note")));
    if (code == EXIT_OK) {
        import->count += json_integer_value(json_object_get(answer, "count"));
        import->added += json_integer_value(json_object_get(answer, "added"));
        json_array_clear(import->numbers);
    } else {
        cli_fail(code, "nothing of lines %zu to %zu was imported; %lld numbers before them were",
                 import->first, import->line, (long long)import->count);
    }
    json_decref(answer);
    return code;
}

// An empty line and "#…" say nothing, and a first line without digits names the columns.
static int import_line(struct import *import, char *text)
{
    const char *line = text_first_column(text);
    import->line++;
    if (line[0] == '\0' || line[0] == '#' || (import->line == 1 && strpbrk(line, "0123456789") == NULL))
        return EXIT_OK;
    if (json_array_size(import->numbers) == 0)
        import->first = import->line;
    if (json_array_append_new(import->numbers, json_string(line)) != 0)
        return cli_fail(EXIT_USAGE, "line %zu is not UTF-8", import->line);
    return json_array_size(import->numbers) < IMPORT_MAX ? EXIT_OK : import_send(import);
}

static int import_file(struct import *import, FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    int code = EXIT_OK;
    while (code == EXIT_OK && getline(&line, &size, file) >= 0)
        code = import_line(import, line);
    if (code == EXIT_OK && ferror(file) != 0)
        code = cli_fail(EXIT_FAILED, "cannot read the file: %s", strerror(errno));
    free(line);
    return code == EXIT_OK ? import_send(import) : code;
}

static int run_import(struct cli *cli)
{
    const char *path = cli->args.words[0];
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (file == NULL)
        return cli_fail(EXIT_USAGE, "cannot open %s: %s", path, strerror(errno));
    struct import import = {.cli = cli, .numbers = json_array()};
    int code = import_file(&import, file);
    if (file != stdin)
        fclose(file);
    json_decref(import.numbers);
    if (code == EXIT_OK && cli->json)
        printf("{\"count\": %lld, \"added\": %lld}\n", (long long)import.count, (long long)import.added);
    else if (code == EXIT_OK)
        printf("%lld numbers, %lld of them new.\n", (long long)import.count, (long long)import.added);
    return code;
}

static const struct option_spec backfill_options[] = {
    {"from", "TIME", "messages made from then on: RFC 3339, or -90d counted from now; all otherwise"},
    {"dry-run", NULL, "only count"},
    {"no-wait", NULL, "do not wait until it is done"},
};

// Asks how far it is until it is done; *answer is replaced.
static int follow_backfill(struct cli *cli, json_t **answer)
{
    static const struct timespec PAUSE = {.tv_nsec = 200000000};
    int code = EXIT_OK;
    while (code == EXIT_OK && strcmp(words_string(*answer, "state"), "running") == 0) {
        nanosleep(&PAUSE, NULL);
        json_decref(*answer);
        code = cli_get(cli, answer, "/v1/suppressions/backfill");
    }
    return code;
}

static void print_backfill(const json_t *answer)
{
    bool done = strcmp(words_string(answer, "state"), "done") == 0;
    printf("%s%lld messages, %lld failures that say that a number takes no texts, %lld numbers %s.\n",
           done ? "" : "Still at work: ", (long long)json_integer_value(json_object_get(answer, "messages")),
           (long long)json_integer_value(json_object_get(answer, "failures")),
           (long long)json_integer_value(json_object_get(answer, "numbers")),
           json_is_true(json_object_get(answer, "dry_run")) ? "would be blocked" : "newly blocked");
}

static int run_backfill(struct cli *cli)
{
    json_t *answer;
    char *from = cli_when(cli, "from");
    int code =
        cli_ask_take(cli, &answer, "POST", "/v1/suppressions/backfill",
                     json_pack("{s:s*, s:b}", "from", from, "dry_run", args_flag(&cli->args, "dry-run")));
    free(from);
    if (code == EXIT_OK && !args_flag(&cli->args, "no-wait"))
        code = follow_backfill(cli, &answer);
    if (code == EXIT_OK && cli->json)
        cli_print_json(answer);
    else if (code == EXIT_OK)
        print_backfill(answer);
    json_decref(answer);
    return code;
}

static json_t *quiet_body(const struct args *args)
{
    json_t *body = json_pack("{s:s*, s:s*, s:s*}", "begins", args_text(args, "begins"), "ends",
                             args_text(args, "ends"), "zone", args_text(args, "zone"));
    json_t *days = json_array();
    for (size_t i = 0; i < args->given_count; i++)
        if (strcmp(args->given[i].option->name, "day") == 0)
            json_array_append_new(days, json_string(args->given[i].value));
    if (json_array_size(days) > 0)
        json_object_set(body, "days", days);
    json_decref(days);
    return body;
}

static int run_quiet(struct cli *cli)
{
    json_t *answer;
    struct view view = cli_view(cli);
    const struct args *args = &cli->args;
    bool off = args_flag(args, "off"), hours = args_flag(args, "begins") || args_flag(args, "ends"),
         set = hours || args_flag(args, "day") || args_flag(args, "zone");
    if (off && set)
        return cli_fail(EXIT_USAGE, "--off goes with none of the others");
    if (set && !hours && !args_flag(args, "day"))
        return cli_fail(EXIT_USAGE, "say when, with --begins and --ends or --day");
    int code = off || set ? cli_ask_take(cli, &answer, "PUT", "/v1/account/quiet-hours", quiet_body(args))
                          : cli_get(cli, &answer, "/v1/account/quiet-hours");
    if (code == EXIT_OK && cli->json)
        cli_print_json(answer);
    else if (code == EXIT_OK && json_is_null(json_object_get(answer, "begins")) &&
             json_array_size(json_object_get(answer, "days")) == 0)
        puts("No quiet hours.");
    else if (code == EXIT_OK)
        view_card(&view, quiet_fields, sizeof quiet_fields / sizeof *quiet_fields, answer);
    json_decref(answer);
    return code;
}

const struct command command_contacts_block = {
    .group = "contacts",
    .name = "block",
    .words = "NUMBER",
    .words_min = 1,
    .words_max = 1,
    .help = "write to this number no more; what waits for it is withdrawn",
    COMMAND_OPTIONS(note_options),
    .run = run_block,
};

const struct command command_contacts_unblock = {
    .group = "contacts",
    .name = "unblock",
    .words = "NUMBER",
    .words_min = 1,
    .words_max = 1,
    .help = "let a number be written to again",
    .run = run_unblock,
};

const struct command command_contacts_show = {
    .group = "contacts",
    .name = "show",
    .words = "NUMBER",
    .words_min = 1,
    .words_max = 1,
    .help = "show since when and why a number is blocked",
    .run = run_show,
};

const struct command command_contacts_list = {
    .group = "contacts",
    .name = "list",
    .words = "",
    .help = "list the numbers that are not written to, and why",
    .run = run_list,
};

const struct command command_contacts_import = {
    .group = "contacts",
    .name = "import",
    .words = "FILE",
    .words_min = 1,
    .words_max = 1,
    .help = "block the numbers of a file",
    .more = "One number a line, or CSV with the number in the first column; \"-\" is standard input.\n",
    COMMAND_OPTIONS(note_options),
    .run = run_import,
};

const struct command command_contacts_backfill = {
    .group = "contacts",
    .name = "backfill",
    .words = "",
    .help = "block the numbers whose old failures say that they take no texts",
    .more = "A number that was reached later stays free.",
    COMMAND_OPTIONS(backfill_options),
    .run = run_backfill,
};

const struct command command_contacts_quiet = {
    .group = "contacts",
    .name = "quiet",
    .words = "",
    .help = "show or set the hours in which nobody is written to",
    COMMAND_OPTIONS(quiet_options),
    .run = run_quiet,
};
