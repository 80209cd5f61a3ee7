// messages tail: the live log of what happens.
#include "admin-cli/commands/commands.h"
#include "admin-cli/events.h"
#include "admin-cli/follow.h"
#include "admin-cli/query.h"

#include <stdlib.h>

static const struct option_spec options[] = {
    {"types", "TYPE,...", "only these events, such as message.sent,message.delivered,device.offline"},
    {"since", "N", "begin behind the event of this number (0 = with the oldest) instead of now"},
    {"numbers", NULL, "show whole phone numbers"},
};

static const struct query_parameter parameters[] = {{"types", "types"}};

// For programs: the event with its number, by which --since goes on, and phone numbers as they are.
static void print_json(const struct follow_event *event)
{
    json_t *line = json_pack("{s:s}", "id", event->id);
    json_object_update(line, (json_t *)event->data);
    cli_print_json(line);
    json_decref(line);
}

static bool on_event(void *context, const struct follow_event *event)
{
    const struct cli *cli = context;
    if (cli->json)
        print_json(event);
    else
        events_put_line(stdout, event->data, args_flag(&cli->args, "numbers"));
    return fflush(stdout) == 0;
}

static int run_tail(struct cli *cli)
{
    struct args_error error;
    int64_t since = 0;
    int code = EXIT_OK;
    if (!args_int(&cli->args, "since", 0, INT64_MAX, &since, &error))
        return cli_usage(&error);
    char *path = query_path("/v1/events", &cli->args, parameters, sizeof parameters / sizeof *parameters);
    if (!path)
        return cli_fail(EXIT_FAILED, "out of memory");
    struct follow follow = {
        .path = path, .after = args_text(&cli->args, "since"), .event = on_event, .context = cli};
    follow_run(cli, &follow, &code);
    free(path);
    return code;
}

const struct command command_messages_tail = {
    .group = "messages",
    .name = "tail",
    .words = "",
    .help = "show what happens as it happens, until Ctrl-C",
    .more = "A lost connection is made again where it broke off. With --json every event is one line;\n"
            "its \"id\" is what --since takes.",
    COMMAND_OPTIONS(options),
    .run = run_tail,
};
