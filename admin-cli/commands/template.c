// template list, show, set, remove, preview: texts with variables.
#include "admin-cli/commands/commands.h"
#include "admin-cli/pairs.h"
#include "admin-cli/words.h"

#include <stdio.h>
#include <stdlib.h>

static const struct option_spec set_options[] = {
    {"text", "TEXT", "for all languages that have no text of their own, such as \"Hello {{name}}\""},
    {"in", "LANGUAGE=TEXT...", "the text in this language; may be given several times"},
    {"max-parts", "N", "send no text of more parts"},
};

static const struct option_spec preview_options[] = {
    {"var", "NAME=VALUE...", "the value of a variable; may be given several times"},
    {"language", "LANGUAGE", "such as fr or fr-CH; the default text otherwise"},
};

static const struct view_field fields[] = {
    {"NAME", "name", VIEW_TEXT, false, NULL},
    {"CHANGED", "updated_at", VIEW_SINCE, false, NULL},
    {"VARIABLES", "variables", VIEW_LIST, false, NULL},
    {"TEXT", "text", VIEW_TEXT, true, NULL},
};

static const struct view_field card_fields[] = {
    {"Template", "name", VIEW_TEXT, false, NULL},
    {"Text", "text", VIEW_TEXT, false, NULL},
    {"Variables", "variables", VIEW_LIST, false, NULL},
    {"At most parts", "max_parts", VIEW_NUMBER, false, NULL},
    {"Created", "created_at", VIEW_SINCE, false, NULL},
    {"Changed", "updated_at", VIEW_SINCE, false, NULL},
};

static const struct view_field language_fields[] = {
    {"LANGUAGE", "language", VIEW_TEXT, false, NULL},
    {"TEXT", "text", VIEW_TEXT, true, NULL},
};

static void put_length(FILE *file, const json_t *preview, int64_t now_ms)
{
    (void)now_ms;
    fprintf(file, "%lld (%s), %lld of %lld units left in the last",
            (long long)json_integer_value(words_member(preview, "segments.count")),
            words_string(preview, "segments.encoding"),
            (long long)json_integer_value(words_member(preview, "segments.units_left")),
            (long long)json_integer_value(words_member(preview, "segments.units_per_segment")));
}

static const struct view_field preview_fields[] = {
    {"Text", "text", VIEW_TEXT, false, NULL},
    {"Language", "language", VIEW_TEXT, false, NULL},
    {"Characters", "segments.characters", VIEW_NUMBER, false, NULL},
    {"Parts", NULL, VIEW_TEXT, false, put_length},
};

static int run_list(struct cli *cli)
{
    return cli_list(cli, "/v1/templates", "templates", fields, sizeof fields / sizeof *fields,
                    "No templates.");
}

static void print_template(const struct cli *cli, json_t *template)
{
    struct view view = cli_view(cli);
    json_t *languages = json_array(), *text;
    const char *language;
    json_object_foreach(json_object_get(template, "languages"), language, text)
    {
        json_array_append_new(languages, json_pack("{s:s, s:O}", "language", language, "text", text));
    }
    view_card(&view, card_fields, sizeof card_fields / sizeof *card_fields, template);
    if (json_array_size(languages) > 0) {
        putchar('\n');
        view_table(&view, language_fields, sizeof language_fields / sizeof *language_fields, languages, "");
    }
    json_decref(languages);
}

static int print_answer(struct cli *cli, int code, json_t *answer)
{
    if (code == EXIT_OK && cli->json)
        cli_print_json(answer);
    else if (code == EXIT_OK)
        print_template(cli, answer);
    json_decref(answer);
    return code;
}

static int run_show(struct cli *cli)
{
    json_t *template;
    int code = cli_act(cli, &template, "GET", "/v1/templates/%s", cli->args.words[0]);
    return print_answer(cli, code, template);
}

// Asks METHOD on the template's path with body, which is taken. *answer is owned by the caller.
static int ask_take(struct cli *cli, json_t **answer, const char *method, const char *format, json_t *body)
{
    char *path = cli_path(format, cli->args.words[0]);
    *answer = NULL;
    int code = EXIT_FAILED;
    if (path != NULL)
        code = cli_ask_take(cli, answer, method, path, body);
    else
        json_decref(body);
    free(path);
    return code;
}

static int run_set(struct cli *cli)
{
    struct args_error error = {.text = "the text must be UTF-8"};
    const char *text = args_text(&cli->args, "text");
    int64_t max_parts = 0;
    json_t *answer;
    if (text == NULL)
        return cli_fail(EXIT_USAGE, "template set needs --text TEXT");
    json_t *body = json_pack("{s:s}", "text", text);
    if (body == NULL || !pairs_add(body, "languages", &cli->args, "in", &error) ||
        !args_int(&cli->args, "max-parts", 1, INT64_MAX, &max_parts, &error)) {
        json_decref(body);
        return cli_usage(&error);
    }
    if (max_parts != 0)
        json_object_set_new(body, "max_parts", json_integer(max_parts));
    int code = ask_take(cli, &answer, "PUT", "/v1/templates/%s", body);
    return print_answer(cli, code, answer);
}

static int run_remove(struct cli *cli)
{
    json_t *nothing;
    int code = cli_act(cli, &nothing, "DELETE", "/v1/templates/%s", cli->args.words[0]);
    if (code == EXIT_OK && !cli->json)
        puts("Removed.");
    json_decref(nothing);
    return code;
}

static int run_preview(struct cli *cli)
{
    struct args_error error;
    struct view view = cli_view(cli);
    json_t *answer, *body = json_pack("{s:s*}", "language", args_text(&cli->args, "language"));
    if (!pairs_add(body, "variables", &cli->args, "var", &error)) {
        json_decref(body);
        return cli_usage(&error);
    }
    int code = ask_take(cli, &answer, "POST", "/v1/templates/%s/preview", body);
    if (code == EXIT_OK && cli->json)
        cli_print_json(answer);
    else if (code == EXIT_OK)
        view_card(&view, preview_fields, sizeof preview_fields / sizeof *preview_fields, answer);
    json_decref(answer);
    return code;
}

const struct command command_template_list = {
    .group = "template",
    .name = "list",
    .words = "",
    .help = "list templates, by name",
    .run = run_list,
};

const struct command command_template_show = {
    .group = "template",
    .name = "show",
    .words = "NAME",
    .words_min = 1,
    .words_max = 1,
    .help = "show a template with its texts in all languages",
    .run = run_show,
};

const struct command command_template_set = {
    .group = "template",
    .name = "set",
    .words = "NAME",
    .words_min = 1,
    .words_max = 1,
    .help = "add a template, or replace it as a whole",
    .more = "Variables are written as {{name}}: a letter and then letters, digits and _.",
    COMMAND_OPTIONS(set_options),
    .run = run_set,
};

const struct command command_template_remove = {
    .group = "template",
    .name = "remove",
    .words = "NAME",
    .words_min = 1,
    .words_max = 1,
    .help = "remove a template; what was accepted keeps its text",
    .run = run_remove,
};

const struct command command_template_preview = {
    .group = "template",
    .name = "preview",
    .words = "NAME",
    .words_min = 1,
    .words_max = 1,
    .help = "show the text that a template makes, and how long it is",
    COMMAND_OPTIONS(preview_options),
    .run = run_preview,
};
