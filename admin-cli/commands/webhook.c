// webhook add, list, show, change, enable, disable, rotate, test, log, replay, remove: who is told what
// happens.
#include "admin-cli/commands/commands.h"
#include "admin-cli/query.h"
#include "admin-cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_spec add_options[] = {
    {"name", "NAME", "what it is called in lists"},
    {"event", "message.sent|message.delivered|message.failed|message.received|device.offline...",
     "what it is told, once for each event; everything otherwise"},
    {"signature", "standard|smsgate|twilio|smsgate-form|twilio-form", "how deliveries are signed"},
    {"secret", "SECRET", "a secret of your own, 16 characters at least"},
};
static const struct option_spec change_options[] = {
    {"name", "NAME", "what it is called in lists"},
    {"event", "message.sent|message.delivered|message.failed|message.received|device.offline...",
     "what it is told from now on, once for each event, in place of what it was"},
    {"signature", "standard|smsgate|twilio|smsgate-form", "how deliveries are signed"},
};
static const struct option_spec rotate_options[] = {
    {"overlap", "SECONDS", "how long the old secret signs as well; a day otherwise"},
};
static const struct option_spec log_options[] = {
    {"state", "waiting|delivered|dead", "only deliveries in that state"},
    {"limit", "N", "how many on one page"},
    {"cursor", "CURSOR", "go on behind an earlier page"},
};
static const struct query_parameter log_parameters[] = {
    {"state", "state"}, {"limit", "limit"}, {"cursor", "cursor"}};
static const struct option_spec replay_options[] = {
    {"delivery", "ID", "that one"},
    {"dead", NULL, "all that were given up"},
    {"from", "TIME", "those that ended from then on: RFC 3339, or -2h counted from now"},
    {"to", "TIME", "and before then"},
};

static const struct view_field fields[] = {
    {"ID", "id", VIEW_TEXT, false, NULL},       {"NAME", "name", VIEW_TEXT, true, NULL},
    {"STATE", "state", VIEW_TEXT, false, NULL}, {"SIGNATURE", "signature", VIEW_TEXT, false, NULL},
    {"URL", "url", VIEW_TEXT, true, NULL},      {"EVENTS", "events", VIEW_LIST, true, NULL},
};
static const struct view_field card[] = {
    {"Id", "id", VIEW_TEXT, false, NULL},
    {"Name", "name", VIEW_TEXT, false, NULL},
    {"URL", "url", VIEW_TEXT, false, NULL},
    {"State", "state", VIEW_TEXT, false, NULL},
    {"Paused", "paused_at", VIEW_SINCE, false, NULL},
    {"Signature", "signature", VIEW_TEXT, false, NULL},
    {"Events", "events", VIEW_LIST, false, NULL},
    {"Waiting", "deliveries.waiting", VIEW_NUMBER, false, NULL},
    {"Dead", "deliveries.dead", VIEW_NUMBER, false, NULL},
    {"Secret", "secret", VIEW_TEXT, false, NULL},
};
static const struct view_field log_fields[] = {
    {"ID", "id", VIEW_TEXT, false, NULL},
    {"EVENT", "event", VIEW_TEXT, false, NULL},
    {"MESSAGE", "message", VIEW_TEXT, false, NULL},
    {"STATE", "state", VIEW_TEXT, false, NULL},
    {"TRIES", "attempts", VIEW_NUMBER, false, NULL},
    {"TRIED", "tried_at", VIEW_SINCE, false, NULL},
    {"NEXT", "next_attempt_at", VIEW_SINCE, false, NULL},
    {"ERROR", "error", VIEW_TEXT, true, NULL},
};

enum { FIELD_COUNT = sizeof fields / sizeof *fields, CARD_COUNT = sizeof card / sizeof *card };

static int print_card(struct cli *cli, int code, json_t *answer)
{
    struct view view = cli_view(cli);
    if (code == EXIT_OK && cli->json)
        cli_print_json(answer);
    else if (code == EXIT_OK)
        view_card(&view, card, CARD_COUNT, answer);
    json_decref(answer);
    return code;
}

// Puts the events that were named into the body; none, nothing.
static void add_events(json_t *body, const struct args *args)
{
    json_t *events = json_array();
    for (size_t i = 0; i < args->given_count; i++)
        if (strcmp(args->given[i].option->name, "event") == 0)
            json_array_append_new(events, json_string(args->given[i].value));
    if (json_array_size(events) > 0)
        json_object_set(body, "events", events);
    json_decref(events);
}

static int run_add(struct cli *cli)
{
    json_t *answer;
    json_t *body =
        json_pack("{s:s, s:s*, s:s*, s:s*}", "url", cli->args.words[0], "name", args_text(&cli->args, "name"),
                  "signature", args_text(&cli->args, "signature"), "secret", args_text(&cli->args, "secret"));
    add_events(body, &cli->args);
    int code = cli_ask_take(cli, &answer, "POST", "/v1/webhooks", body);
    code = print_card(cli, code, answer);
    if (code == EXIT_OK && !cli->json)
        puts("The secret is not shown again. Deliveries are signed with it.");
    return code;
}

static int run_list(struct cli *cli)
{
    return cli_list(cli, "/v1/webhooks", "webhooks", fields, FIELD_COUNT,
                    "No webhooks. \"smsquitto webhook add URL\" makes one.");
}

static int run_show(struct cli *cli)
{
    json_t *answer;
    int code = cli_act(cli, &answer, "GET", "/v1/webhooks/%s", cli->args.words[0]);
    return print_card(cli, code, answer);
}

// Asks METHOD on a path of cli_path, which is taken as the body is.
static int ask_path_take(struct cli *cli, json_t **answer, const char *method, char *path, json_t *body)
{
    *answer = NULL;
    int code = path != NULL ? cli_ask_take(cli, answer, method, path, body) : EXIT_FAILED;
    free(path);
    return code;
}

static int run_change(struct cli *cli)
{
    json_t *answer = NULL;
    const struct args *args = &cli->args;
    json_t *body = json_pack("{s:s*, s:s*, s:s*}", "url", args->word_count > 1 ? args->words[1] : NULL,
                             "name", args_text(args, "name"), "signature", args_text(args, "signature"));
    add_events(body, args);
    if (json_object_size(body) == 0) {
        json_decref(body);
        return cli_fail(EXIT_USAGE, "webhook change needs a URL, --name, --event or --signature");
    }
    int code = ask_path_take(cli, &answer, "PATCH", cli_path("/v1/webhooks/%s", args->words[0]), body);
    return print_card(cli, code, answer);
}

static int enable(struct cli *cli, bool enabled)
{
    json_t *answer = NULL;
    int code = ask_path_take(cli, &answer, "PATCH", cli_path("/v1/webhooks/%s", cli->args.words[0]),
                             json_pack("{s:b}", "enabled", enabled));
    return print_card(cli, code, answer);
}

static int run_enable(struct cli *cli)
{
    return enable(cli, true);
}

static int run_disable(struct cli *cli)
{
    return enable(cli, false);
}

static int run_rotate(struct cli *cli)
{
    json_t *answer = NULL, *body = json_object();
    struct args_error error;
    int64_t overlap = 86400;
    if (!args_int(&cli->args, "overlap", 0, 2592000, &overlap, &error)) {
        json_decref(body);
        cli_usage(&error);
        return EXIT_USAGE;
    }
    json_object_set_new(body, "overlap_s", json_integer(overlap));
    int code =
        ask_path_take(cli, &answer, "POST", cli_path("/v1/webhooks/%s/rotate", cli->args.words[0]), body);
    return print_card(cli, code, answer);
}

static int run_test(struct cli *cli)
{
    json_t *answer;
    int code = cli_act(cli, &answer, "POST", "/v1/webhooks/%s/test", cli->args.words[0]);
    if (code == EXIT_OK && cli->json)
        cli_print_json(answer);
    else if (code == EXIT_OK)
        printf("A sample is on its way. \"smsquitto webhook log %s\" shows what becomes of it.\n",
               cli->args.words[0]);
    json_decref(answer);
    return code;
}

static void print_log(const struct cli *cli, const json_t *body)
{
    struct view view = cli_view(cli);
    const char *cursor = words_string(body, "next_cursor");
    view_table(&view, log_fields, sizeof log_fields / sizeof *log_fields, json_object_get(body, "deliveries"),
               "No deliveries.");
    if (*cursor)
        printf("\nThere are more: --cursor %s\n", cursor);
}

static int run_log(struct cli *cli)
{
    json_t *body = NULL;
    char *list = cli_path("/v1/webhooks/%s/deliveries", cli->args.words[0]);
    char *path =
        list ? query_path(list, &cli->args, log_parameters, sizeof log_parameters / sizeof *log_parameters)
             : NULL;
    int code = path ? cli_get(cli, &body, path) : cli_fail(EXIT_FAILED, "out of memory");
    free(path);
    free(list);
    if (code == EXIT_OK && cli->json)
        cli_print_json(body);
    else if (code == EXIT_OK)
        print_log(cli, body);
    json_decref(body);
    return code;
}

static int run_replay(struct cli *cli)
{
    json_t *answer = NULL;
    char *from = cli_when(cli, "from"), *to = cli_when(cli, "to");
    json_t *body = json_pack("{s:s*, s:s*, s:s*, s:s*}", "delivery", args_text(&cli->args, "delivery"),
                             "state", args_flag(&cli->args, "dead") ? "dead" : NULL, "from", from, "to", to);
    free(from);
    free(to);
    int code =
        ask_path_take(cli, &answer, "POST", cli_path("/v1/webhooks/%s/replay", cli->args.words[0]), body);
    if (code == EXIT_OK && cli->json)
        cli_print_json(answer);
    else if (code == EXIT_OK)
        printf("%lld are made again.\n", (long long)json_integer_value(json_object_get(answer, "replayed")));
    json_decref(answer);
    return code;
}

static int run_remove(struct cli *cli)
{
    json_t *nothing;
    int code = cli_act(cli, &nothing, "DELETE", "/v1/webhooks/%s", cli->args.words[0]);
    if (code == EXIT_OK && !cli->json)
        puts("Removed, with its deliveries.");
    json_decref(nothing);
    return code;
}

#define NAMED .words = "ID", .words_min = 1, .words_max = 1

const struct command command_webhook_add = {
    .group = "webhook",
    .name = "add",
    .words = "URL",
    .words_min = 1,
    .words_max = 1,
    .help = "have an address told what happens; its secret is shown this once",
    COMMAND_OPTIONS(add_options),
    .run = run_add,
};
const struct command command_webhook_list = {
    .group = "webhook", .name = "list", .words = "", .help = "list who is told what", .run = run_list};
const struct command command_webhook_show = {.group = "webhook",
                                             .name = "show",
                                             NAMED,
                                             .help = "show a webhook and how much waits for it",
                                             .run = run_show};
const struct command command_webhook_change = {
    .group = "webhook",
    .name = "change",
    .words = "ID [URL]",
    .words_min = 1,
    .words_max = 2,
    .help = "change a webhook's address, name, events or signature",
    COMMAND_OPTIONS(change_options),
    .run = run_change,
};
const struct command command_webhook_enable = {.group = "webhook",
                                               .name = "enable",
                                               NAMED,
                                               .help = "switch a webhook on, or end its pause",
                                               .run = run_enable};
const struct command command_webhook_disable = {
    .group = "webhook", .name = "disable", NAMED, .help = "switch a webhook off", .run = run_disable};
const struct command command_webhook_rotate = {
    .group = "webhook",
    .name = "rotate",
    NAMED,
    .help = "give a webhook a new secret, shown this once",
    COMMAND_OPTIONS(rotate_options),
    .run = run_rotate,
};
const struct command command_webhook_test = {
    .group = "webhook", .name = "test", NAMED, .help = "post a sample", .run = run_test};
const struct command command_webhook_log = {
    .group = "webhook",
    .name = "log",
    NAMED,
    .help = "show the newest deliveries and what became of them",
    COMMAND_OPTIONS(log_options),
    .run = run_log,
};
const struct command command_webhook_replay = {
    .group = "webhook",
    .name = "replay",
    NAMED,
    .help = "make deliveries again: one, the dead ones, or those of a time",
    COMMAND_OPTIONS(replay_options),
    .run = run_replay,
};
const struct command command_webhook_remove = {.group = "webhook",
                                               .name = "remove",
                                               NAMED,
                                               .help = "remove a webhook and its deliveries",
                                               .run = run_remove};
