// status: how the gateway is, in a few lines.
#include "admin-cli/commands/commands.h"
#include "admin-cli/words.h"

static void put_uptime(FILE *file, const json_t *status, int64_t now_ms)
{
    char span[WORDS_SPAN_SIZE];
    const json_t *seconds = json_object_get(status, "uptime_seconds");
    if (!json_is_integer(seconds))
        return;
    words_since(span, now_ms - 1000 * json_integer_value(seconds), now_ms);
    fprintf(file, "since %s", span);
}

static void put_devices(FILE *file, const json_t *status, int64_t now_ms)
{
    (void)now_ms;
    fprintf(file, "%lld of %lld online",
            (long long)json_integer_value(words_member(status, "devices.online")),
            (long long)json_integer_value(words_member(status, "devices.count")));
}

static const struct view_field fields[] = {
    {"Bridge", "version", VIEW_TEXT, false, NULL},
    {"Schema", "schema", VIEW_NUMBER, false, NULL},
    {"Time", "time", VIEW_TIME, false, NULL},
    {"Runs", NULL, VIEW_TEXT, false, put_uptime},
    {"Store works", "store_ok", VIEW_YES, false, NULL},
    {"Broker connected", "broker_connected", VIEW_YES, false, NULL},
    {"Plugin answers", "plugin_ok", VIEW_YES, false, NULL},
    {"Devices", NULL, VIEW_TEXT, false, put_devices},
    {"Messages waiting", "messages.waiting", VIEW_NUMBER, false, NULL},
    {"Given to devices", "messages.out", VIEW_NUMBER, false, NULL},
    {"Not final", "messages.open", VIEW_NUMBER, false, NULL},
    {"Longest waiting", "messages.oldest_waiting_at", VIEW_SINCE, false, NULL},
    {"Engine queue", "engine.queue", VIEW_NUMBER, false, NULL},
    {"Sent again", "counters.redeliveries", VIEW_NUMBER, false, NULL},
    {"Retries", "counters.retries", VIEW_NUMBER, false, NULL},
    {"Bad reports", "counters.bad_reports", VIEW_NUMBER, false, NULL},
};

static int run_status(struct cli *cli)
{
    json_t *status;
    struct view view = cli_view(cli);
    int code = cli_get(cli, &status, "/v1/status");
    if (code == EXIT_OK && cli->json)
        cli_print_json(status);
    else if (code == EXIT_OK)
        view_card(&view, fields, sizeof fields / sizeof *fields, status);
    json_decref(status);
    return code;
}

const struct command command_status = {
    .name = "status",
    .words = "",
    .help = "show how the gateway is",
    .run = run_status,
};
