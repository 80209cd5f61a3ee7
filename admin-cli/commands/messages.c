// messages list, show, cancel: what became of texts.
#include "admin-cli/commands/commands.h"
#include "admin-cli/events.h"
#include "admin-cli/query.h"
#include "admin-cli/table.h"
#include "admin-cli/words.h"

#include <stdlib.h>
#include <string.h>

static void put_peer(FILE *file, const json_t *message, int64_t now_ms)
{
    (void)now_ms;
    const char *to = words_string(message, "to");
    fprintf(file, "%s%s", *to ? "→ " : "← ", *to ? to : words_string(message, "from"));
}

static const struct view_field list_fields[] = {
    {"ID", "id", VIEW_TEXT, false, NULL},         {"CREATED", "created_at", VIEW_SINCE, false, NULL},
    {"NUMBER", NULL, VIEW_TEXT, false, put_peer}, {"STATE", "state", VIEW_TEXT, false, NULL},
    {"DEVICE", "device", VIEW_TEXT, false, NULL}, {"PARTS", "segments.count", VIEW_NUMBER, false, NULL},
    {"TEXT", "text", VIEW_TEXT, true, NULL},
};

static const struct option_spec list_options[] = {
    {"state",
     "scheduled|queued|held|dispatched|accepted|sent|delivered|undelivered|failed|expired|cancelled|unknown|"
     "received",
     "only messages in this state"},
    {"direction", "outbound|inbound", "only texts that went out, or that came in"},
    {"to", "NUMBER", "only texts to this number"},
    {"from", "NUMBER", "only texts from this number"},
    {"batch", "ID", "only messages of this batch"},
    {"device", "ID", "only messages of this device"},
    {"created-from", "TIME", "only from this time on, such as 2026-11-21T08:30:00Z"},
    {"created-to", "TIME", "only before this time"},
    {"limit", "N", "how many on one page"},
    {"cursor", "CURSOR", "go on behind an earlier page"},
};

static const struct query_parameter list_parameters[] = {
    {"state", "state"},
    {"direction", "direction"},
    {"to", "to"},
    {"from", "from"},
    {"batch", "batch"},
    {"device", "device"},
    {"limit", "limit"},
    {"cursor", "cursor"},
    {"created-from", "created_from"},
    {"created-to", "created_to"},
};

static void print_page(const struct cli *cli, const json_t *body)
{
    struct view view = cli_view(cli);
    const char *cursor = words_string(body, "next_cursor");
    view_table(&view, list_fields, sizeof list_fields / sizeof *list_fields,
               json_object_get(body, "messages"), "No messages.");
    if (*cursor)
        printf("\nThere are more: --cursor %s\n", cursor);
}

static int run_list(struct cli *cli)
{
    json_t *body;
    char *path = query_path("/v1/messages", &cli->args, list_parameters,
                            sizeof list_parameters / sizeof *list_parameters);
    if (!path)
        return cli_fail(EXIT_FAILED, "out of memory");
    int code = cli_get(cli, &body, path);
    if (code == EXIT_OK && cli->json)
        cli_print_json(body);
    else if (code == EXIT_OK)
        print_page(cli, body);
    json_decref(body);
    free(path);
    return code;
}

static void put_segments(FILE *file, const json_t *message, int64_t now_ms)
{
    (void)now_ms;
    fprintf(file, "%lld (%s)", (long long)json_integer_value(words_member(message, "segments.count")),
            words_string(message, "segments.encoding"));
}

static void put_error(FILE *file, const json_t *message, int64_t now_ms)
{
    (void)now_ms;
    const char *text = words_string(message, "error.text"), *code = words_string(message, "error.code");
    fprintf(file, "%s%s%s%s", *text ? text : code, *text && *code ? " (" : "", *text ? code : "",
            *text && *code ? ")" : "");
}

// Why it waits, in words, and until when.
static void put_waiting(FILE *file, const json_t *message, int64_t now_ms)
{
    char span[WORDS_SPAN_SIZE], time[WORDS_TIME_SIZE];
    int64_t until_ms = words_member_ms(message, "waiting.until");
    fputs(words_string(message, "waiting.text"), file);
    if (until_ms > 0) {
        words_since(span, until_ms, now_ms);
        words_time(time, until_ms);
        fprintf(file, " (at most until %s, %s)", time, span);
    }
}

static const struct view_field card_fields[] = {
    {"Message", "id", VIEW_TEXT, false, NULL},
    {"Batch", "batch", VIEW_TEXT, false, NULL},
    {"Schedule", "schedule", VIEW_TEXT, false, NULL},
    {"To", "to", VIEW_TEXT, false, NULL},
    {"From", "from", VIEW_TEXT, false, NULL},
    {"State", "state", VIEW_TEXT, false, NULL},
    {"Waits", NULL, VIEW_TEXT, false, put_waiting},
    {"Error", NULL, VIEW_TEXT, false, put_error},
    {"Text", "text", VIEW_TEXT, false, NULL},
    {"Parts", NULL, VIEW_TEXT, false, put_segments},
    {"Device", "device", VIEW_TEXT, false, NULL},
    {"SIM", "sim", VIEW_NUMBER, false, NULL},
    {"Lane", "lane", VIEW_TEXT, false, NULL},
    {"QoS", "qos", VIEW_NUMBER, false, NULL},
    {"Failed attempts", "attempts", VIEW_NUMBER, false, NULL},
    {"Metadata", "metadata", VIEW_LIST, false, NULL},
    {"Created", "created_at", VIEW_SINCE, false, NULL},
    {"Send at", "send_at", VIEW_SINCE, false, NULL},
    {"Expires", "expires_at", VIEW_SINCE, false, NULL},
};

static void put_event(FILE *file, const json_t *event, int64_t now_ms)
{
    (void)now_ms;
    events_put_words(file, event);
}

static const struct view_field timeline_fields[] = {
    {"WHEN", "at", VIEW_TIME, false, NULL},
    {"WHAT", NULL, VIEW_TEXT, true, put_event},
};

static void print_message(const struct cli *cli, const json_t *message)
{
    struct view view = cli_view(cli);
    view_card(&view, card_fields, sizeof card_fields / sizeof *card_fields, message);
    putchar('\n');
    view_table(&view, timeline_fields, sizeof timeline_fields / sizeof *timeline_fields,
               json_object_get(message, "timeline"), "Nothing has happened to it.");
}

static int run_show(struct cli *cli)
{
    json_t *message;
    int code = cli_act(cli, &message, "GET", "/v1/messages/%s", cli->args.words[0]);
    if (code == EXIT_OK && cli->json)
        cli_print_json(message);
    else if (code == EXIT_OK)
        print_message(cli, message);
    json_decref(message);
    return code;
}

static int run_cancel(struct cli *cli)
{
    json_t *message;
    int code = cli_act(cli, &message, "DELETE", "/v1/messages/%s", cli->args.words[0]);
    if (code == EXIT_OK && cli->json)
        cli_print_json(message);
    else if (code == EXIT_OK && strcmp(words_string(message, "state"), "cancelled") == 0)
        puts("Cancelled.");
    else if (code == EXIT_OK)
        puts("The device that has it was asked to drop it; \"messages show\" tells what came of it.");
    json_decref(message);
    return code;
}

const struct command command_messages_list = {
    .group = "messages",
    .name = "list",
    .words = "",
    .help = "list messages, the newest first",
    COMMAND_OPTIONS(list_options),
    .run = run_list,
};

const struct command command_messages_show = {
    .group = "messages",
    .name = "show",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "show a message, all that happened to it, and why it waits",
    .run = run_show,
};

const struct command command_messages_cancel = {
    .group = "messages",
    .name = "cancel",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "withdraw a message that was not sent yet",
    .run = run_cancel,
};
