// otp send, check, show, cancel, stats: one-time codes.
#include "admin-cli/commands/commands.h"
#include "admin-cli/pairs.h"
#include "admin-cli/query.h"
#include "admin-cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_spec send_options[] = {
    {"app", "NAME", "stands before the code"},
    {"length", "DIGITS", "4 to 10; 6 otherwise"},
    {"ttl", "SECONDS", "how long the code lives; 300 otherwise"},
    {"text", "TEXT", "your own wording; {{code}} stands for the code"},
    {"template", "NAME", "the template that has the wording; its text has {{code}}"},
    {"var", "NAME=VALUE...", "the value of another variable of the template; may be given several times"},
    {"language", "de|en|es|fr|it|nl|pl|pt|ru|tr|uk|ar", "of the wording"},
    {"purpose", "WORD", "what it proves; each has its own code"},
    {"domain", "DOMAIN", "the site whose page gets the code offered by the browser"},
    {"android-hash", "HASH", "the app that reads it by itself on Android"},
    {"client-address", "ADDRESS", "the IP address that asked for it, for the limits"},
};

static const struct option_spec check_options[] = {
    {"purpose", "WORD", "with a number: what the code proves (login otherwise)"},
};

static const struct option_spec stats_options[] = {
    {"from", "TIME", "from this hour on: RFC 3339, or -7d counted from now; the last day otherwise"},
    {"to", "TIME", "before this time"},
};

static const struct option_spec countries_options[] = {
    {"only", "COUNTRY...",
     "codes go to this country, such as DE, and to no other; may be given several times"},
    {"refuse", "COUNTRY...", "no codes go to this country; may be given several times"},
    {"per-country", "N", "at most so many codes an hour to each country"},
    {"off", NULL, "no rules any more but those of the bridge"},
};

static const struct view_field countries_fields[] = {
    {"Only to", "countries", VIEW_LIST, false, NULL},
    {"Not to", "refused_countries", VIEW_LIST, false, NULL},
    {"An hour, each", "per_country", VIEW_NUMBER, false, NULL},
};

static const struct view_field stats_fields[] = {
    {"REGION", "region", VIEW_TEXT, false, NULL},
    {"SENT", "sent", VIEW_NUMBER, false, NULL},
    {"VERIFIED", "verified", VIEW_NUMBER, false, NULL},
    {"FAILED", "failed", VIEW_NUMBER, false, NULL},
};

static const struct view_field card[] = {
    {"Id", "id", VIEW_TEXT, false, NULL},
    {"To", "to", VIEW_TEXT, false, NULL},
    {"Purpose", "purpose", VIEW_TEXT, false, NULL},
    {"State", "state", VIEW_TEXT, false, NULL},
    {"Checks left", "checks_left", VIEW_NUMBER, false, NULL},
    {"Sent", "sends", VIEW_NUMBER, false, NULL},
    {"Message", "message", VIEW_TEXT, false, NULL},
    {"Expires", "expires_at", VIEW_SINCE, false, NULL},
};

static int print_card(struct cli *cli, int code, json_t *answer)
{
    struct view view = cli_view(cli);
    if (code == EXIT_OK && cli->json)
        cli_print_json(answer);
    else if (code == EXIT_OK)
        view_card(&view, card, sizeof card / sizeof *card, answer);
    json_decref(answer);
    return code;
}

// The options that are texts as members. False for one that is not UTF-8.
static bool put_texts(json_t *body, const struct args *args)
{
    static const char *const members[][2] = {
        {"app", "app"},
        {"language", "language"},
        {"purpose", "purpose"},
        {"template", "template"},
        {"text", "text"},
        {"domain", "domain"},
        {"android-hash", "android_hash"},
        {"client-address", "client_address"},
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const char *text = args_text(args, members[i][0]);
        if (text && json_object_set_new(body, members[i][1], json_string(text)) != 0)
            return false;
    }
    return true;
}

static int run_send(struct cli *cli)
{
    json_t *answer = NULL;
    struct args_error error;
    int64_t length = 0, ttl = 0;
    if (!args_int(&cli->args, "length", 4, 10, &length, &error) ||
        !args_int(&cli->args, "ttl", 30, 86400, &ttl, &error)) {
        cli_usage(&error);
        return EXIT_USAGE;
    }
    json_t *body = json_pack("{s:s}", "to", cli->args.words[0]);
    error = (struct args_error){.text = "the words must be UTF-8"};
    if (body == NULL || !put_texts(body, &cli->args) ||
        !pairs_add(body, "variables", &cli->args, "var", &error)) {
        json_decref(body);
        return cli_usage(&error);
    }
    if (length != 0)
        json_object_set_new(body, "length", json_integer(length));
    if (ttl != 0)
        json_object_set_new(body, "ttl", json_integer(ttl));
    int code = cli_ask_take(cli, &answer, "POST", "/v1/otp", body);
    return print_card(cli, code, answer);
}

// By the verification's id, or by the number that the code went to: what begins with VE is an id.
static int ask_check(struct cli *cli, json_t **answer)
{
    const char *whom = cli->args.words[0], *purpose = args_text(&cli->args, "purpose");
    json_t *body = json_pack("{s:s}", "code", cli->args.words[1]);
    if (strncmp(whom, "VE", 2) != 0) {
        if (body != NULL &&
            json_object_update_new(body, json_pack("{s:s, s:s*}", "to", whom, "purpose", purpose)) != 0) {
            json_decref(body);
            body = NULL;
        }
        return cli_ask_take(cli, answer, "POST", "/v1/otp/check", body);
    }
    char *path = purpose == NULL ? cli_path("/v1/otp/%s/check", whom) : NULL;
    int code = EXIT_USAGE;
    if (path != NULL)
        code = cli_ask_take(cli, answer, "POST", path, body);
    else
        json_decref(body);
    if (purpose != NULL)
        code = cli_fail(EXIT_USAGE, "--purpose goes with a number; the id says it already");
    free(path);
    return code;
}

static int run_check(struct cli *cli)
{
    json_t *answer = NULL;
    int code = ask_check(cli, &answer);
    bool valid = json_is_true(json_object_get(answer, "valid"));
    if (code == EXIT_OK && cli->json)
        cli_print_json(answer);
    else if (code == EXIT_OK)
        printf("%s\n", valid ? "The code is right." : "The code is wrong.");
    json_decref(answer);
    return code == EXIT_OK && !valid ? EXIT_FAILED : code;
}

static int run_show(struct cli *cli)
{
    json_t *answer;
    int code = cli_act(cli, &answer, "GET", "/v1/otp/%s", cli->args.words[0]);
    return print_card(cli, code, answer);
}

static int run_cancel(struct cli *cli)
{
    json_t *answer;
    int code = cli_act(cli, &answer, "DELETE", "/v1/otp/%s", cli->args.words[0]);
    return print_card(cli, code, answer);
}

static int get_stats(struct cli *cli, json_t **body)
{
    char *from = cli_when(cli, "from"), *to = cli_when(cli, "to");
    const struct query_value values[] = {{"from", from}, {"to", to}};
    char *path = query_values_path("/v1/otp/stats", values, sizeof values / sizeof *values);
    int code = path ? cli_get(cli, body, path) : cli_fail(EXIT_FAILED, "out of memory");
    free(path);
    free(from);
    free(to);
    return code;
}

static int run_stats(struct cli *cli)
{
    json_t *body = NULL;
    struct view view = cli_view(cli);
    int code = get_stats(cli, &body);
    if (code == EXIT_OK && cli->json)
        cli_print_json(body);
    else if (code == EXIT_OK)
        view_table(&view, stats_fields, sizeof stats_fields / sizeof *stats_fields,
                   json_object_get(body, "regions"), "No codes were sent.");
    json_decref(body);
    return code;
}

// What was given for a list option, under that name; nothing when it was not given.
static void put_list(json_t *body, const struct args *args, const char *option, const char *name)
{
    json_t *list = json_array();
    for (size_t i = 0; i < args->given_count; i++)
        if (strcmp(args->given[i].option->name, option) == 0)
            json_array_append_new(list, json_string(args->given[i].value));
    if (json_array_size(list) > 0)
        json_object_set(body, name, list);
    json_decref(list);
}

static json_t *countries_body(const struct args *args, int64_t per_country)
{
    json_t *body = json_object();
    put_list(body, args, "only", "countries");
    put_list(body, args, "refuse", "refused_countries");
    if (per_country != 0)
        json_object_set_new(body, "per_country", json_integer(per_country));
    return body;
}

static int run_countries(struct cli *cli)
{
    json_t *answer = NULL;
    struct view view = cli_view(cli);
    struct args_error error;
    const struct args *args = &cli->args;
    int64_t per_country = 0;
    bool off = args_flag(args, "off"),
         set = args_flag(args, "only") || args_flag(args, "refuse") || args_flag(args, "per-country");
    if (!args_int(args, "per-country", 1, 1000000, &per_country, &error))
        return cli_usage(&error);
    if (off && set)
        return cli_fail(EXIT_USAGE, "--off goes with none of the others");
    int code = off || set
                   ? cli_ask_take(cli, &answer, "PUT", "/v1/account/otp", countries_body(args, per_country))
                   : cli_get(cli, &answer, "/v1/account/otp");
    if (code == EXIT_OK && cli->json)
        cli_print_json(answer);
    else if (code == EXIT_OK && json_array_size(json_object_get(answer, "countries")) == 0 &&
             json_array_size(json_object_get(answer, "refused_countries")) == 0 &&
             json_is_null(json_object_get(answer, "per_country")))
        puts("No rules but those of the bridge.");
    else if (code == EXIT_OK)
        view_card(&view, countries_fields, sizeof countries_fields / sizeof *countries_fields, answer);
    json_decref(answer);
    return code;
}

const struct command command_otp_countries = {
    .group = "otp",
    .name = "countries",
    .words = "",
    .help = "show or set to which countries codes go",
    .more = "What is set takes the place of what was set before.",
    COMMAND_OPTIONS(countries_options),
    .run = run_countries,
};

const struct command command_otp_send = {
    .group = "otp",
    .name = "send",
    .words = "TO",
    .words_min = 1,
    .words_max = 1,
    .help = "send a one-time code",
    COMMAND_OPTIONS(send_options),
    .run = run_send,
};
const struct command command_otp_check = {
    .group = "otp",
    .name = "check",
    .words = "WHOM CODE",
    .words_min = 2,
    .words_max = 2,
    .help = "check a code; a wrong one ends with an exit code other than 0",
    .more = "WHOM is the verification's id, or the number that the code went to.",
    COMMAND_OPTIONS(check_options),
    .run = run_check,
};
const struct command command_otp_show = {.group = "otp",
                                         .name = "show",
                                         .words = "ID",
                                         .words_min = 1,
                                         .words_max = 1,
                                         .help = "show a verification",
                                         .run = run_show};
const struct command command_otp_cancel = {.group = "otp",
                                           .name = "cancel",
                                           .words = "ID",
                                           .words_min = 1,
                                           .words_max = 1,
                                           .help = "end a verification",
                                           .run = run_cancel};
const struct command command_otp_stats = {
    .group = "otp",
    .name = "stats",
    .words = "",
    .help = "show how many codes were sent and verified, by region of the number",
    COMMAND_OPTIONS(stats_options),
    .run = run_stats,
};
