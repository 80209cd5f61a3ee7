// stats: what happened, by hour or day, device, SIM and lane.
#include "admin-cli/commands/commands.h"
#include "admin-cli/query.h"
#include "admin-cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_spec options[] = {
    {"from", "TIME", "from then on: RFC 3339, or -2h counted from now; the last day otherwise"},
    {"to", "TIME", "until then"},
    {"by", "total|hour|day", "one row for all of it, or one an hour or a day"},
    {"per", "device|sim|lane", "a row for each; several with commas between"},
    {"device", "ID", "only of this device"},
    {"lane", "otp|high|normal|bulk", "only of this lane"},
    {"zone", "ZONE", "whose days these are, such as Europe/Berlin"},
};

static void put_rate(FILE *file, const json_t *row, int64_t now_ms)
{
    (void)now_ms;
    const json_t *rate = json_object_get(row, "delivery_rate");
    if (json_is_number(rate))
        fprintf(file, "%.1f%%", json_number_value(rate) * 100);
}

static void put_delay(FILE *file, const json_t *row, int64_t now_ms)
{
    (void)now_ms;
    const json_t *delay = json_object_get(row, "seconds_to_deliver");
    if (json_is_object(delay))
        fprintf(file, "%.1f / %.1f / %.1f s", json_number_value(json_object_get(delay, "p50")),
                json_number_value(json_object_get(delay, "p95")),
                json_number_value(json_object_get(delay, "p99")));
}

static const struct view_field keys[] = {
    {"FROM", "from", VIEW_TIME, false, NULL},
    {"DEVICE", "device", VIEW_TEXT, false, NULL},
    {"SIM", "sim", VIEW_NUMBER, false, NULL},
    {"LANE", "lane", VIEW_TEXT, false, NULL},
};
static const char *const key_names[] = {"from", "device", "sim", "lane"};
static const struct view_field figures[] = {
    {"ACCEPTED", "accepted", VIEW_NUMBER, false, NULL},
    {"SENT", "sent", VIEW_NUMBER, false, NULL},
    {"PARTS", "parts", VIEW_NUMBER, false, NULL},
    {"DELIVERED", "delivered", VIEW_NUMBER, false, NULL},
    {"RATE", NULL, VIEW_TEXT, false, put_rate},
    {"UNDELIVERED", "undelivered", VIEW_NUMBER, false, NULL},
    {"FAILED", "failed", VIEW_NUMBER, false, NULL},
    {"EXPIRED", "expired", VIEW_NUMBER, false, NULL},
    {"UNKNOWN", "unknown", VIEW_NUMBER, false, NULL},
    {"RECEIVED", "received", VIEW_NUMBER, false, NULL},
    {"DELIVERED IN (P50/P95/P99)", NULL, VIEW_TEXT, false, put_delay},
};
enum { KEY_COUNT = sizeof keys / sizeof *keys, FIGURE_COUNT = sizeof figures / sizeof *figures };

// Only the keys that the rows have.
static void print_rows(const struct cli *cli, const json_t *rows)
{
    struct view_field columns[KEY_COUNT + FIGURE_COUNT];
    struct view view = cli_view(cli);
    size_t count = 0;
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (json_object_get(json_array_get(rows, 0), key_names[i]))
            columns[count++] = keys[i];
    memcpy(columns + count, figures, sizeof figures);
    view_table(&view, columns, count + FIGURE_COUNT, rows, "Nothing happened.");
}

static void print_webhooks(const json_t *webhooks)
{
    long long count = json_integer_value(json_object_get(webhooks, "count"));
    if (count > 0)
        printf("\nWebhooks: %lld, %lld paused; deliveries: %lld waiting, %lld dead.\n", count,
               (long long)json_integer_value(json_object_get(webhooks, "paused")),
               (long long)json_integer_value(json_object_get(webhooks, "waiting")),
               (long long)json_integer_value(json_object_get(webhooks, "dead")));
}

static int run(struct cli *cli)
{
    json_t *body = NULL;
    char *from = cli_when(cli, "from"), *to = cli_when(cli, "to");
    const struct query_value values[] = {{"from", from},
                                         {"to", to},
                                         {"by", args_text(&cli->args, "by")},
                                         {"per", args_text(&cli->args, "per")},
                                         {"device", args_text(&cli->args, "device")},
                                         {"lane", args_text(&cli->args, "lane")},
                                         {"zone", args_text(&cli->args, "zone")}};
    char *path = query_values_path("/v1/stats", values, sizeof values / sizeof *values);
    int code = path ? cli_get(cli, &body, path) : cli_fail(EXIT_FAILED, "out of memory");
    if (code == EXIT_OK && cli->json) {
        cli_print_json(body);
    } else if (code == EXIT_OK) {
        print_rows(cli, json_object_get(body, "rows"));
        print_webhooks(json_object_get(body, "webhooks"));
    }
    json_decref(body);
    free(path);
    free(from);
    free(to);
    return code;
}

const struct command command_stats = {
    .name = "stats",
    .words = "",
    .help = "count what was sent, delivered and received, and how fast",
    COMMAND_OPTIONS(options),
    .run = run,
};
