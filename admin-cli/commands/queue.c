// queue list, show, release, retry, drop: what waits, what is held, and what ended badly.
#include "admin-cli/commands/commands.h"
#include "admin-cli/query.h"
#include "admin-cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILTERS                                                                                              \
    {"to", "NUMBER", "only texts to this number"}, {"batch", "ID", "only messages of this batch"},           \
        {"device", "ID", "only messages of this device"}, {"pool", "POOL", "only messages for this pool"},   \
        {"lane", "otp|high|normal|bulk", "only messages of this lane"},                                      \
        {"reason", "CODE", "only what waits, or ended, for this reason"},                                    \
        {"created-from", "TIME", "only from this time on, such as 2026-11-21T08:30:00Z"},                    \
    {                                                                                                        \
        "created-to", "TIME", "only before this time"                                                        \
    }

static const struct option_spec show_options[] = {
    FILTERS,
    {"limit", "N", "how many on one page"},
    {"cursor", "CURSOR", "go on behind an earlier page"},
};
static const struct option_spec act_options[] = {FILTERS, {"all", NULL, "every message of the queue"}};
static const struct option_spec retry_options[] = {
    FILTERS,
    {"all", NULL, "every message of the queue"},
    {"force", NULL, "also those that may have been sent already"},
};

static const struct query_parameter parameters[] = {
    {"to", "to"},
    {"batch", "batch"},
    {"device", "device"},
    {"pool", "pool"},
    {"lane", "lane"},
    {"reason", "reason"},
    {"created-from", "created_from"},
    {"created-to", "created_to"},
    {"limit", "limit"},
    {"cursor", "cursor"},
};
enum { FILTER_COUNT = 8, PARAMETER_COUNT = sizeof parameters / sizeof *parameters };

static const struct view_field list_fields[] = {
    {"QUEUE", "name", VIEW_TEXT, false, NULL},
    {"MESSAGES", "count", VIEW_NUMBER, false, NULL},
};

static void put_why(FILE *file, const json_t *message, int64_t now_ms)
{
    (void)now_ms;
    const char *waits = words_string(message, "waiting.text");
    fputs(*waits ? waits : words_string(message, "error.text"), file);
}

static const struct view_field show_fields[] = {
    {"ID", "id", VIEW_TEXT, false, NULL},         {"CREATED", "created_at", VIEW_SINCE, false, NULL},
    {"NUMBER", "to", VIEW_TEXT, false, NULL},     {"STATE", "state", VIEW_TEXT, false, NULL},
    {"DEVICE", "device", VIEW_TEXT, false, NULL}, {"LANE", "lane", VIEW_TEXT, false, NULL},
    {"WHY", NULL, VIEW_TEXT, true, put_why},
};

static int run_list(struct cli *cli)
{
    json_t *body;
    struct view view = cli_view(cli);
    int code = cli_get(cli, &body, "/v1/queues");
    if (code == EXIT_OK && cli->json)
        cli_print_json(body);
    else if (code == EXIT_OK)
        view_table(&view, list_fields, sizeof list_fields / sizeof *list_fields,
                   json_object_get(body, "queues"), "");
    json_decref(body);
    return code;
}

static int run_show(struct cli *cli)
{
    json_t *body = NULL;
    struct view view = cli_view(cli);
    char *list = cli_path("/v1/queues/%s", cli->args.words[0]);
    char *path = list ? query_path(list, &cli->args, parameters, PARAMETER_COUNT) : NULL;
    int code = path ? cli_get(cli, &body, path) : cli_fail(EXIT_FAILED, "out of memory");
    free(path);
    free(list);
    const char *cursor = words_string(body, "next_cursor");
    if (code == EXIT_OK && cli->json)
        cli_print_json(body);
    else if (code == EXIT_OK) {
        view_table(&view, show_fields, sizeof show_fields / sizeof *show_fields,
                   json_object_get(body, "messages"), "The queue is empty.");
        if (*cursor)
            printf("\nThere are more: --cursor %s\n", cursor);
    }
    json_decref(body);
    return code;
}

// The ids of the command line, or what the options say. Owned; NULL after printing what is missing.
static json_t *act_body(const struct cli *cli, size_t first_word)
{
    json_t *body = json_object(), *ids = json_array(), *filter = json_object();
    for (size_t i = first_word; i < cli->args.word_count; i++)
        json_array_append_new(ids, json_string(cli->args.words[i]));
    for (size_t i = 0; i < FILTER_COUNT; i++)
        if (args_text(&cli->args, parameters[i].option))
            json_object_set_new(filter, parameters[i].name,
                                json_string(args_text(&cli->args, parameters[i].option)));
    bool by_filter = json_object_size(filter) > 0 || args_flag(&cli->args, "all");
    bool right = by_filter != (json_array_size(ids) > 0);
    json_object_set(body, by_filter ? "filter" : "ids", by_filter ? filter : ids);
    if (args_flag(&cli->args, "force"))
        json_object_set_new(body, "force", json_true());
    json_decref(ids);
    json_decref(filter);
    if (right)
        return body;
    cli_fail(EXIT_USAGE, "say which messages: their ids, a filter such as --device, or --all");
    json_decref(body);
    return NULL;
}

// Prints what was not done; returns how many that are.
static size_t print_refused(const json_t *results)
{
    size_t i, refused = 0;
    json_t *item;
    json_array_foreach(results, i, item)
    {
        const char *again = words_string(item, "retried_as");
        if (!json_is_true(json_object_get(item, "done"))) {
            printf("%s: %s\n", words_string(item, "id"), words_string(item, "why"));
            refused++;
        } else if (*again) {
            printf("%s: sent again as %s\n", words_string(item, "id"), again);
        }
    }
    return refused;
}

// Acts page by page until the filter fits nothing more.
static int act(struct cli *cli, const char *queue, const char *verb, const char *past, size_t first_word)
{
    char path[64];
    long long done = 0;
    size_t refused = 0;
    json_t *answer = NULL, *body = act_body(cli, first_word), *all = json_array();
    int code = body ? EXIT_OK : EXIT_USAGE;
    char *queue_path = cli_path("/v1/queues/%s", queue);
    snprintf(path, sizeof path, "%s/%s", queue_path ? queue_path : "", verb);
    for (bool more = true; more && code == EXIT_OK;) {
        code = cli_ask_take(cli, &answer, "POST", path, json_incref(body));
        if (code != EXIT_OK)
            break;
        json_array_extend(all, json_object_get(answer, "results"));
        done += json_integer_value(json_object_get(answer, "done"));
        if (!cli->json)
            refused += print_refused(json_object_get(answer, "results"));
        json_t *cursor = json_object_get(answer, "next_cursor");
        more = json_is_string(cursor);
        if (more)
            json_object_set(json_object_get(body, "filter"), "cursor", cursor);
        json_decref(answer);
    }
    json_t *summary = json_pack("{s:I, s:O}", "done", (json_int_t)done, "results", all);
    if (code == EXIT_OK && cli->json)
        cli_print_json(summary);
    else if (code == EXIT_OK)
        printf("%lld %s%s.\n", done, past, refused > 0 ? ", the others stay where they are" : "");
    json_decref(summary);
    json_decref(all);
    json_decref(body);
    free(queue_path);
    return code;
}

static int run_release(struct cli *cli)
{
    return act(cli, "held", "release", "released", 0);
}

static int run_retry(struct cli *cli)
{
    return act(cli, "dead", "retry", "sent again", 0);
}

static int run_drop(struct cli *cli)
{
    return act(cli, cli->args.words[0], "drop", "dropped", 1);
}

const struct command command_queue_list = {.group = "queue",
                                           .name = "list",
                                           .words = "",
                                           .help = "say how many messages are in each queue",
                                           .run = run_list};
const struct command command_queue_show = {
    .group = "queue",
    .name = "show",
    .words = "QUEUE",
    .words_min = 1,
    .words_max = 1,
    .help = "list the messages of a queue and why they are there",
    COMMAND_OPTIONS(show_options),
    .run = run_show,
};
const struct command command_queue_release = {
    .group = "queue",
    .name = "release",
    .words = "ID...",
    .words_min = 0,
    .words_max = COMMAND_ANY,
    .help = "let held messages go now, also in quiet hours",
    COMMAND_OPTIONS(act_options),
    .run = run_release,
};
const struct command command_queue_retry = {
    .group = "queue",
    .name = "retry",
    .words = "ID...",
    .words_min = 0,
    .words_max = COMMAND_ANY,
    .help = "send dead letters again, each as a new message",
    COMMAND_OPTIONS(retry_options),
    .run = run_retry,
};
const struct command command_queue_drop = {
    .group = "queue",
    .name = "drop",
    .words = "QUEUE ID...",
    .words_min = 1,
    .words_max = COMMAND_ANY,
    .help = "withdraw messages that wait, or put dead letters away",
    COMMAND_OPTIONS(act_options),
    .run = run_drop,
};
