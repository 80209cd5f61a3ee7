// device telemetry: how a device was, an hour a row.
#include "admin-cli/commands/commands.h"
#include "admin-cli/query.h"
#include "admin-cli/words.h"

#include <stdlib.h>

static const struct option_spec options[] = {
    {"from", "TIME", "from then on: RFC 3339, or -2h counted from now; the last day otherwise"},
    {"to", "TIME", "until then"},
};

static const struct view_field fields[] = {
    {"FROM", "from", VIEW_TIME, false, NULL},
    {"BATTERY", "battery.level", VIEW_NUMBER, false, NULL},
    {"LOWEST", "battery.min", VIEW_NUMBER, false, NULL},
    {"SIGNAL", "signal.level", VIEW_NUMBER, false, NULL},
    {"LOWEST", "signal.min", VIEW_NUMBER, false, NULL},
    {"SENT", "sent", VIEW_NUMBER, false, NULL},
    {"FAILED", "failed", VIEW_NUMBER, false, NULL},
    {"TOLD", "told", VIEW_NUMBER, false, NULL},
};

static int run(struct cli *cli)
{
    json_t *body = NULL;
    struct view view = cli_view(cli);
    char *from = cli_when(cli, "from"), *to = cli_when(cli, "to");
    const struct query_value values[] = {{"from", from}, {"to", to}};
    char *list = cli_path("/v1/devices/%s/telemetry", cli->args.words[0]);
    char *path = list ? query_values_path(list, values, sizeof values / sizeof *values) : NULL;
    int code = path ? cli_get(cli, &body, path) : cli_fail(EXIT_FAILED, "out of memory");
    if (code == EXIT_OK && cli->json)
        cli_print_json(body);
    else if (code == EXIT_OK)
        view_table(&view, fields, sizeof fields / sizeof *fields, json_object_get(body, "hours"),
                   "It has told nothing in that time.");
    json_decref(body);
    free(path);
    free(list);
    free(from);
    free(to);
    return code;
}

const struct command command_device_telemetry = {
    .group = "device",
    .name = "telemetry",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "show battery, signal and what was sent, hour by hour",
    COMMAND_OPTIONS(options),
    .run = run,
};
