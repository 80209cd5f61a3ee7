// schedule …: texts that recur.
#include "admin-cli/commands/commands.h"
#include "admin-cli/pairs.h"
#include "admin-cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Of create and change.
#define MESSAGE_OPTIONS                                                                                      \
    {"zone", "ZONE", "the time zone of CRON, such as Europe/Berlin (default UTC)"},                          \
        {"text", "TEXT", "the text"},                                                                        \
        {"template", "NAME", "the template that makes the text at each run, instead of --text"},             \
        {"var", "NAME=VALUE...", "the value of a variable of the template; may be given several times"},     \
        {"language", "LANGUAGE", "of the template's text, such as fr or fr-CH"},                             \
        {"from", "POOL|DEVICE|NUMBER|tag:TAG",                                                               \
         "who sends: a pool, a device, a SIM by its number, or a tag"},                                      \
        {"sim", "N", "with the SIM in this slot, from 1"}, {"qos", "0|1|2", "as with send (default 1)"},     \
        {"lane", "otp|high|normal|bulk", "how urgent it is (default normal)"},                               \
        {"metadata", "NAME=VALUE...", "keep this with each message; may be given several times"},            \
        {"callback-url", "URL", "tell this address, too, what becomes of each"},                             \
    {                                                                                                        \
        "ttl", "TIME", "give up what was not sent after this time, such as 90s, 10m, 2h, 7d"                 \
    }

static const struct option_spec create_options[] = {MESSAGE_OPTIONS};

static const struct option_spec change_options[] = {
    {"name", "NAME", "another name"},
    {"cron", "CRON", "other times"},
    {"to", "NUMBER...", "these recipients, in place of all; may be given several times"},
    MESSAGE_OPTIONS,
};

static const struct option_spec run_options[] = {
    {"idempotency-key", "KEY", "the same key is the same run, however often it is asked for"},
};

static const struct view_field list_fields[] = {
    {"ID", "id", VIEW_TEXT, false, NULL},        {"NAME", "name", VIEW_TEXT, true, NULL},
    {"CRON", "cron", VIEW_TEXT, false, NULL},    {"ZONE", "zone", VIEW_TEXT, false, NULL},
    {"NEXT", "next_at", VIEW_TIME, false, NULL}, {"PAUSED", "paused", VIEW_YES, false, NULL},
    {"ERROR", "error", VIEW_TEXT, true, NULL},
};

static const struct view_field card_fields[] = {
    {"Schedule", "id", VIEW_TEXT, false, NULL},
    {"Name", "name", VIEW_TEXT, false, NULL},
    {"Times", "cron", VIEW_TEXT, false, NULL},
    {"Time zone", "zone", VIEW_TEXT, false, NULL},
    {"Paused", "paused", VIEW_YES, false, NULL},
    {"Next", "next_at", VIEW_SINCE, false, NULL},
    {"Last", "last_at", VIEW_SINCE, false, NULL},
    {"Made", "last", VIEW_TEXT, false, NULL},
    {"Error", "error", VIEW_TEXT, false, NULL},
    {"To", "message.to", VIEW_LIST, false, NULL},
    {"Text", "message.text", VIEW_TEXT, false, NULL},
    {"Template", "message.template", VIEW_TEXT, false, NULL},
    {"Language", "message.language", VIEW_TEXT, false, NULL},
    {"Variables", "message.variables", VIEW_LIST, false, NULL},
    {"From", "message.from", VIEW_TEXT, false, NULL},
    {"SIM", "message.sim", VIEW_NUMBER, false, NULL},
    {"Lane", "message.lane", VIEW_TEXT, false, NULL},
    {"Metadata", "message.metadata", VIEW_LIST, false, NULL},
    {"Callback", "message.callback_url", VIEW_TEXT, false, NULL},
    {"Created", "created_at", VIEW_SINCE, false, NULL},
};

// Shows the schedule of an answer, which is taken.
static int show_take(struct cli *cli, int code, json_t *answer)
{
    struct view view = cli_view(cli);
    if (code == EXIT_OK && cli->json)
        cli_print_json(answer);
    else if (code == EXIT_OK)
        view_card(&view, card_fields, sizeof card_fields / sizeof *card_fields, answer);
    json_decref(answer);
    return code;
}

// The text options of that list as members, when they were given. False for one that is not UTF-8.
static bool put_texts(json_t *body, const struct args *args, const char *const *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = args_text(args, options[i]);
        if (text && json_object_set_new(body, options[i], json_string(text)) != 0)
            return false;
    }
    return true;
}

static bool put_numbers(json_t *message, const struct args *args, struct args_error *error)
{
    static const char *const names[] = {"sim", "qos"};
    const char *ttl = args_text(args, "ttl");
    int64_t ttl_ms = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int64_t value = 0;
        if (!args_int(args, names[i], 0, INT64_MAX, &value, error))
            return false;
        if (args_flag(args, names[i]))
            json_object_set_new(message, names[i], json_integer(value));
    }
    if (ttl && !args_duration(&ttl_ms, ttl)) {
        snprintf(error->text, sizeof error->text, "--ttl: \"%.40s\" is no time such as 90s, 10m, 2h or 7d",
                 ttl);
        return false;
    }
    if (ttl)
        json_object_set_new(message, "ttl", json_integer(ttl_ms / 1000));
    return true;
}

// Leaves of each recipient only the number: what it has of its own goes with a template.
static void drop_own(json_t *to)
{
    size_t index;
    json_t *item;
    json_array_foreach(to, index, item)
    {
        json_t *number = json_object_get(item, "to");
        if (number != NULL)
            json_array_set(to, index, number);
    }
}

// Puts what the options say into the message. False with *error set.
static bool put_message(json_t *message, const struct args *args, struct args_error *error)
{
    static const char *const by_template[] = {"template", "language", "variables"};
    static const char *const texts[] = {"text", "template", "language", "from", "lane"};
    for (size_t i = 0; args_flag(args, "text") && i < sizeof by_template / sizeof *by_template; i++)
        json_object_del(message, by_template[i]);
    if (args_flag(args, "text"))
        drop_own(json_object_get(message, "to"));
    if (args_flag(args, "template"))
        json_object_del(message, "text");
    const char *url = args_text(args, "callback-url");
    if (url != NULL && json_object_set_new(message, "callback_url", json_string(url)) != 0)
        return false;
    return put_texts(message, args, texts, sizeof texts / sizeof *texts) &&
           put_numbers(message, args, error) && pairs_add(message, "variables", args, "var", error) &&
           pairs_add(message, "metadata", args, "metadata", error);
}

static int run_list(struct cli *cli)
{
    return cli_list(cli, "/v1/schedules", "schedules", list_fields, sizeof list_fields / sizeof *list_fields,
                    "No schedules.");
}

static int run_show(struct cli *cli)
{
    json_t *schedule = NULL;
    int code = cli_act(cli, &schedule, "GET", "/v1/schedules/%s", cli->args.words[0]);
    return show_take(cli, code, schedule);
}

static int run_create(struct cli *cli)
{
    const struct args *args = &cli->args;
    static const char *const zone = "zone";
    struct args_error error = {.text = "the words must be UTF-8"};
    json_t *answer, *to = json_array(), *message = json_pack("{s:o}", "to", to);
    for (size_t i = 2; i < args->word_count; i++)
        json_array_append_new(to, json_string(args->words[i]));
    json_t *body =
        json_pack("{s:s, s:s, s:o}", "name", args->words[0], "cron", args->words[1], "message", message);
    if (body == NULL || !put_message(message, args, &error) || !put_texts(body, args, &zone, 1)) {
        json_decref(body);
        return cli_usage(&error);
    }
    int code = cli_ask_take(cli, &answer, "POST", "/v1/schedules", body);
    return show_take(cli, code, answer);
}

// What can be changed beside the message.
static const char *const own_texts[] = {"name", "cron", "zone"};

static size_t count_given(const struct args *args, const char *const *options, size_t count)
{
    size_t given = 0;
    for (size_t i = 0; i < count; i++)
        given += args_flag(args, options[i]);
    return given;
}

static void put_recipients(json_t *message, const struct args *args)
{
    json_t *to = json_array();
    for (size_t i = 0; i < args->given_count; i++)
        if (strcmp(args->given[i].option->name, "to") == 0)
            json_array_append_new(to, json_string(args->given[i].value));
    if (json_array_size(to) > 0)
        json_object_set(message, "to", to);
    json_decref(to);
}

// Puts the message as it is now, with what the options change of it, into the body: the bridge takes it
// whole.
static int put_changed_message(struct cli *cli, json_t *body)
{
    struct args_error error = {.text = "the words must be UTF-8"};
    json_t *schedule = NULL;
    int code = cli_act(cli, &schedule, "GET", "/v1/schedules/%s", cli->args.words[0]);
    json_t *message = json_object_get(schedule, "message");
    if (code == EXIT_OK) {
        put_recipients(message, &cli->args);
        code = put_message(message, &cli->args, &error) ? EXIT_OK : cli_usage(&error);
        json_object_set(body, "message", message);
    }
    json_decref(schedule);
    return code;
}

static int run_change(struct cli *cli)
{
    static const char *const of_message[] = {"to",  "text", "template", "var", "language", "from",
                                             "sim", "qos",  "lane",     "ttl", "metadata", "callback-url"};
    size_t own = count_given(&cli->args, own_texts, sizeof own_texts / sizeof *own_texts);
    size_t others = count_given(&cli->args, of_message, sizeof of_message / sizeof *of_message);
    if (own + others == 0)
        return cli_fail(EXIT_USAGE, "schedule change needs an option that says what to change");
    json_t *answer = NULL, *body = json_object();
    char *path = cli_path("/v1/schedules/%s", cli->args.words[0]);
    int code = path != NULL ? EXIT_OK : EXIT_FAILED;
    if (!put_texts(body, &cli->args, own_texts, sizeof own_texts / sizeof *own_texts))
        code = cli_fail(EXIT_USAGE, "the words are not UTF-8");
    if (code == EXIT_OK && others > 0)
        code = put_changed_message(cli, body);
    if (code == EXIT_OK)
        code = cli_ask_take(cli, &answer, "PATCH", path, json_incref(body));
    json_decref(body);
    free(path);
    return show_take(cli, code, answer);
}

static int set_paused(struct cli *cli, bool paused)
{
    json_t *answer = NULL;
    char *path = cli_path("/v1/schedules/%s", cli->args.words[0]);
    int code = EXIT_FAILED;
    if (path != NULL)
        code = cli_ask_take(cli, &answer, "PATCH", path, json_pack("{s:b}", "paused", paused));
    free(path);
    return show_take(cli, code, answer);
}

static int run_pause(struct cli *cli)
{
    return set_paused(cli, true);
}

static int run_resume(struct cli *cli)
{
    return set_paused(cli, false);
}

static int run_run(struct cli *cli)
{
    struct response response = {0};
    char *path = cli_path("/v1/schedules/%s/run", cli->args.words[0]);
    if (path == NULL)
        return EXIT_FAILED;
    const struct request request = {
        .method = "POST", .path = path, .idempotency_key = args_text(&cli->args, "idempotency-key")};
    int code = cli_call(cli, &response, &request);
    json_t *answer = json_incref(response.body);
    response_clear(&response);
    free(path);
    return show_take(cli, code, answer);
}

static int run_remove(struct cli *cli)
{
    json_t *nothing = NULL;
    int code = cli_act(cli, &nothing, "DELETE", "/v1/schedules/%s", cli->args.words[0]);
    if (code == EXIT_OK && !cli->json)
        puts("Removed.");
    json_decref(nothing);
    return code;
}

const struct command command_schedule_list = {
    .group = "schedule",
    .name = "list",
    .words = "",
    .help = "list texts that recur, the oldest first",
    .run = run_list,
};

const struct command command_schedule_show = {
    .group = "schedule",
    .name = "show",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "show a schedule, its next time, and what became of its last run",
    .run = run_show,
};

const struct command command_schedule_create = {
    .group = "schedule",
    .name = "create",
    .words = "NAME CRON TO...",
    .words_min = 3,
    .words_max = COMMAND_ANY,
    .help = "send a text again and again",
    .more = "CRON is \"minute hour day month weekday\" as in crontab(5), such as \"0 9 * * mon-fri\".",
    COMMAND_OPTIONS(create_options),
    .run = run_create,
};

const struct command command_schedule_change = {
    .group = "schedule",
    .name = "change",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "change a schedule; what is not given stays",
    COMMAND_OPTIONS(change_options),
    .run = run_change,
};

const struct command command_schedule_pause = {
    .group = "schedule",
    .name = "pause",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "let a schedule send nothing until it is resumed",
    .run = run_pause,
};

const struct command command_schedule_resume = {
    .group = "schedule",
    .name = "resume",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "let a paused schedule go on at its next time",
    .run = run_resume,
};

const struct command command_schedule_run = {
    .group = "schedule",
    .name = "run",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "run a schedule now as well",
    COMMAND_OPTIONS(run_options),
    .run = run_run,
};

const struct command command_schedule_remove = {
    .group = "schedule",
    .name = "remove",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "end a schedule; what it has made goes its way",
    .run = run_remove,
};
