// device limits: how much the SIMs of a device may send.
#include "admin-cli/commands/commands.h"
#include "admin-cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_spec options[] = {
    {"sim", "N", "of the SIM in this slot, from 1; without, of all SIMs together"},
    {"per-minute", "PARTS", "0 for no limit, as for all below"},
    {"per-hour", "PARTS", "in an hour of the clock"},
    {"per-day", "PARTS", "from midnight to midnight"},
    {"recipients-day", "N", "different numbers a day"},
    {"recipients-month", "N", "different numbers a month"},
    {"gap", "SECONDS", "least time between two messages"},
    {"jitter", "SECONDS", "up to so much more, by chance"},
    {"opens", "HH:MM", "it sends from here on; \"\" for always"},
    {"closes", "HH:MM", "to here"},
    {"zone", "ZONE", "whose hours and days these are, such as Europe/Berlin"},
};

// The options that are numbers, and the members that they set.
static const struct number {
    const char *option, *member;
} numbers[] = {
    {"per-minute", "per_minute"},
    {"per-hour", "per_hour"},
    {"per-day", "per_day"},
    {"recipients-day", "recipients_per_day"},
    {"recipients-month", "recipients_per_month"},
    {"gap", "gap_s"},
    {"jitter", "jitter_s"},
};

static int64_t member(const json_t *limit, const char *path)
{
    return (int64_t)json_integer_value(words_member(limit, path));
}

static void put_sim(FILE *file, const json_t *limit, int64_t now_ms)
{
    (void)now_ms;
    if (member(limit, "sim") != 0)
        fprintf(file, "%lld", (long long)member(limit, "sim"));
    else
        fputs("all", file);
}

// "12 of 60" for each that has a limit.
static void put_used(FILE *file, const json_t *limit, const char *const (*rows)[3], size_t count)
{
    const char *between = "";
    for (size_t i = 0; i < count; i++) {
        int64_t most = member(limit, rows[i][0]);
        if (most == 0)
            continue;
        fprintf(file, "%s%lld of %lld %s", between, (long long)member(limit, rows[i][1]), (long long)most,
                rows[i][2]);
        between = ", ";
    }
}

static void put_parts(FILE *file, const json_t *limit, int64_t now_ms)
{
    static const char *const rows[][3] = {{"per_minute", "used.minute", "a minute"},
                                          {"per_hour", "used.hour", "an hour"},
                                          {"per_day", "used.day", "a day"}};
    (void)now_ms;
    put_used(file, limit, rows, sizeof rows / sizeof *rows);
}

static void put_recipients(FILE *file, const json_t *limit, int64_t now_ms)
{
    static const char *const rows[][3] = {{"recipients_per_day", "used.recipients_day", "a day"},
                                          {"recipients_per_month", "used.recipients_month", "a month"}};
    (void)now_ms;
    put_used(file, limit, rows, sizeof rows / sizeof *rows);
}

static void put_gap(FILE *file, const json_t *limit, int64_t now_ms)
{
    (void)now_ms;
    if (member(limit, "gap_s") + member(limit, "jitter_s") == 0)
        return;
    fprintf(file, "%lld s", (long long)member(limit, "gap_s"));
    if (member(limit, "jitter_s") != 0)
        fprintf(file, " + up to %lld s", (long long)member(limit, "jitter_s"));
}

static void put_hours(FILE *file, const json_t *limit, int64_t now_ms)
{
    (void)now_ms;
    if (json_is_string(json_object_get(limit, "opens")))
        fprintf(file, "%s-%s", words_string(limit, "opens"), words_string(limit, "closes"));
}

static const struct view_field fields[] = {
    {"SIM", NULL, VIEW_TEXT, false, put_sim},
    {"PARTS", NULL, VIEW_TEXT, false, put_parts},
    {"RECIPIENTS", NULL, VIEW_TEXT, false, put_recipients},
    {"GAP", NULL, VIEW_TEXT, false, put_gap},
    {"HOURS", NULL, VIEW_TEXT, false, put_hours},
    {"ZONE", "zone", VIEW_TEXT, false, NULL},
};

static int show(struct cli *cli, const json_t *answer)
{
    struct view view = cli_view(cli);
    if (cli->json)
        return cli_print_json(answer);
    view_table(&view, fields, sizeof fields / sizeof *fields, json_object_get(answer, "limits"),
               "No limits.");
    return EXIT_OK;
}

// The limit of the slot as it is, as a body; {"sim": slot} when there is none. Owned.
static json_t *limit_of(const json_t *answer, int64_t slot)
{
    size_t i;
    json_t *limit, *body = NULL;
    json_array_foreach(json_object_get(answer, "limits"), i, limit)
    {
        if (member(limit, "sim") == slot)
            body = json_copy(limit);
    }
    if (body == NULL)
        body = json_object();
    json_object_del(body, "used");
    json_object_set_new(body, "sim", json_integer(slot));
    return body;
}

// Puts what the options say into the body. False with *error set.
static bool change(json_t *body, const struct args *args, struct args_error *error)
{
    static const char *const texts[] = {"opens", "closes", "zone"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int64_t value = 0;
        if (!args_int(args, numbers[i].option, 0, INT64_MAX, &value, error))
            return false;
        if (args_flag(args, numbers[i].option))
            json_object_set_new(body, numbers[i].member, json_integer(value));
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *text = args_text(args, texts[i]);
        if (text && json_object_set_new(body, texts[i], *text ? json_string(text) : json_null()) != 0) {
            snprintf(error->text, sizeof error->text, "--%s is not UTF-8", texts[i]);
            return false;
        }
    }
    const char *opens = args_text(args, "opens");
    if (opens && !*opens)
        json_object_set_new(body, "closes", json_null());
    return true;
}

// Whether an option says what to set.
static bool sets_something(const struct args *args)
{
    bool sets = false;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        sets |= strcmp(options[i].name, "sim") != 0 && args_flag(args, options[i].name);
    return sets;
}

// Sets the limit of the slot: as *answer has it, with what the options change. *answer becomes what is then.
static int set(struct cli *cli, json_t **answer, const char *path, int64_t slot)
{
    struct args_error error;
    json_t *body = limit_of(*answer, slot);
    json_decref(*answer);
    *answer = NULL;
    if (change(body, &cli->args, &error))
        return cli_ask_take(cli, answer, "PUT", path, body);
    json_decref(body);
    return cli_usage(&error);
}

static int run(struct cli *cli)
{
    struct args_error error;
    int64_t slot = 0;
    json_t *answer = NULL;
    if (!args_int(&cli->args, "sim", 1, INT64_MAX, &slot, &error))
        return cli_usage(&error);
    char *path = cli_path("/v1/devices/%s/limits", cli->args.words[0]);
    int code = path != NULL ? cli_get(cli, &answer, path) : cli_fail(EXIT_FAILED, "out of memory");
    if (code == EXIT_OK && sets_something(&cli->args))
        code = set(cli, &answer, path, slot);
    if (code == EXIT_OK)
        code = show(cli, answer);
    json_decref(answer);
    free(path);
    return code;
}

const struct command command_device_limits = {
    .group = "device",
    .name = "limits",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "show how much its SIMs may send and have sent; with options, set a limit",
    .more = "What no option names stays as it is. A limit of nothing is removed.",
    COMMAND_OPTIONS(options),
    .run = run,
};
