// device list, show, inbox, pause, resume, remove. (add and rotate, which show a key, are in pairing.c.)
#include "admin-cli/commands/commands.h"
#include "admin-cli/commands/device_view.h"
#include "admin-cli/text.h"
#include "admin-cli/words.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put_battery(FILE *file, const json_t *device, int64_t now_ms)
{
    (void)now_ms;
    const json_t *level = words_member(device, "battery.level");
    if (json_is_integer(level))
        fprintf(file, "%lld %%%s", (long long)json_integer_value(level),
                json_is_true(words_member(device, "battery.charging")) ? " charging" : "");
}

static void put_sims(FILE *file, const json_t *device, int64_t now_ms)
{
    (void)now_ms;
    size_t index;
    json_t *sim;
    json_array_foreach(json_object_get(device, "sims"), index, sim)
    {
        const json_t *signal = json_object_get(sim, "signal");
        fprintf(file, "%s%lld", index > 0 ? "; " : "",
                (long long)json_integer_value(json_object_get(sim, "slot")));
        if (*words_string(sim, "carrier"))
            fprintf(file, " %s", words_string(sim, "carrier"));
        if (*words_string(sim, "number"))
            fprintf(file, " %s", words_string(sim, "number"));
        if (json_integer_value(signal) >= 0 && json_is_integer(signal))
            fprintf(file, " %lld %%", (long long)json_integer_value(signal));
    }
}

static const struct view_field list_fields[] = {
    {"ID", "id", VIEW_TEXT, false, NULL},
    {"NAME", "name", VIEW_TEXT, true, NULL},
    {"STATE", "state", VIEW_TEXT, false, NULL},
    {"SINCE", "since", VIEW_SINCE, false, NULL},
    {"SEEN", "seen_at", VIEW_SINCE, false, NULL},
    {"BATTERY", NULL, VIEW_TEXT, false, put_battery},
    {"WAITING", "queue.waiting", VIEW_NUMBER, false, NULL},
    {"OUT", "queue.out", VIEW_NUMBER, false, NULL},
    {"SIMS", NULL, VIEW_TEXT, true, put_sims},
    {"WARNINGS", "warnings", VIEW_LIST, true, NULL},
};

static const struct view_field card_fields[] = {
    {"Device", "id", VIEW_TEXT, false, NULL},
    {"Name", "name", VIEW_TEXT, false, NULL},
    {"State", "state", VIEW_TEXT, false, NULL},
    {"Because", "reason", VIEW_TEXT, false, NULL},
    {"Online", "online", VIEW_YES, false, NULL},
    {"Since", "since", VIEW_SINCE, false, NULL},
    {"Last word", "seen_at", VIEW_SINCE, false, NULL},
    {"Created", "created_at", VIEW_SINCE, false, NULL},
    {"Tags", "tags", VIEW_LIST, false, NULL},
    {"Software", "software", VIEW_TEXT, false, NULL},
    {"Radio", "radio", VIEW_TEXT, false, NULL},
    {"QoS at most", "qos_max", VIEW_NUMBER, false, NULL},
    {"Battery", NULL, VIEW_TEXT, false, put_battery},
    {"SIMs", NULL, VIEW_TEXT, false, put_sims},
    {"Waiting for it", "queue.waiting", VIEW_NUMBER, false, NULL},
    {"Given, not sent", "queue.out", VIEW_NUMBER, false, NULL},
    {"In its journal", "queue.on_device", VIEW_NUMBER, false, NULL},
    {"Warnings", "warnings", VIEW_LIST, false, NULL},
};

void device_print(const struct cli *cli, const json_t *device)
{
    struct view view = cli_view(cli);
    view_card(&view, card_fields, sizeof card_fields / sizeof *card_fields, device);
}

static int run_list(struct cli *cli)
{
    return cli_list(cli, "/v1/devices", "devices", list_fields, sizeof list_fields / sizeof *list_fields,
                    "No devices. \"smsquitto device add NAME\" makes one.");
}

// Asks the bridge and shows the device that it answers with.
static int act_and_show(struct cli *cli, const char *method, const char *format)
{
    json_t *device;
    int code = cli_act(cli, &device, method, format, cli->args.words[0]);
    if (code == EXIT_OK && cli->json)
        cli_print_json(device);
    else if (code == EXIT_OK)
        device_print(cli, device);
    json_decref(device);
    return code;
}

static int run_show(struct cli *cli)
{
    return act_and_show(cli, "GET", "/v1/devices/%s");
}

static const struct option_spec inbox_options[] = {
    {"from", "TIME", "the texts that came in from then on: RFC 3339, or -2d counted from now"},
    {"to", "TIME", "and before then; until now otherwise"},
};
static const struct view_field inbox_fields[] = {
    {"Device", "device", VIEW_TEXT, false, NULL},   {"From", "from", VIEW_TIME, false, NULL},
    {"To", "to", VIEW_TIME, false, NULL},           {"State", "state", VIEW_TEXT, false, NULL},
    {"Asked", "asked_at", VIEW_SINCE, false, NULL}, {"Told", "told_at", VIEW_SINCE, false, NULL},
    {"Taken", "taken_at", VIEW_SINCE, false, NULL},
};

// With --from asks, without shows what was asked.
static int run_inbox(struct cli *cli)
{
    json_t *answer = NULL;
    bool asks = args_flag(&cli->args, "from");
    struct view view = cli_view(cli);
    if (!asks && args_flag(&cli->args, "to"))
        return cli_fail(EXIT_USAGE, "device inbox needs --from TIME with --to");
    char *path = cli_path("/v1/devices/%s/inbox", cli->args.words[0]);
    char *from = cli_when(cli, "from"), *to = cli_when(cli, "to");
    int code =
        path == NULL ? cli_fail(EXIT_FAILED, "out of memory")
        : asks ? cli_ask_take(cli, &answer, "POST", path, json_pack("{s:s*, s:s*}", "from", from, "to", to))
               : cli_get(cli, &answer, path);
    free(path);
    free(from);
    free(to);
    if (code == EXIT_OK && cli->json)
        cli_print_json(answer);
    else if (code == EXIT_OK)
        view_card(&view, inbox_fields, sizeof inbox_fields / sizeof *inbox_fields, answer);
    json_decref(answer);
    return code;
}

static int run_pause(struct cli *cli)
{
    return act_and_show(cli, "POST", "/v1/devices/%s/pause");
}

static int run_resume(struct cli *cli)
{
    return act_and_show(cli, "POST", "/v1/devices/%s/resume");
}

static const struct option_spec remove_options[] = {{"yes", NULL, "do not ask"}};

// Has the person say yes: EXIT_OK. Without a terminal there is nobody to ask.
static int confirm(const struct cli *cli)
{
    char answer[16] = "";
    if (args_flag(&cli->args, "yes"))
        return EXIT_OK;
    if (!isatty(STDIN_FILENO))
        return cli_fail(EXIT_USAGE, "device remove needs --yes when nobody can be asked");
    fprintf(stderr, "Remove %s? Its key stops working, and messages that wait for it fail. [y/N] ",
            cli->args.words[0]);
    if (fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
        return EXIT_OK;
    return cli_fail(EXIT_FAILED, "nothing was removed");
}

static int run_remove(struct cli *cli)
{
    json_t *nothing = NULL;
    int code = confirm(cli);
    if (code != EXIT_OK)
        return code;
    code = cli_act(cli, &nothing, "DELETE", "/v1/devices/%s", cli->args.words[0]);
    if (code == EXIT_OK && !cli->json)
        puts("Removed.");
    json_decref(nothing);
    return code;
}

const struct command command_device_list = {
    .group = "device",
    .name = "list",
    .words = "",
    .help = "list the devices",
    .run = run_list,
};

const struct command command_device_show = {
    .group = "device",
    .name = "show",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "show a device: SIMs, battery, signal, queue",
    .run = run_show,
};

const struct command command_device_inbox = {
    .group = "device",
    .name = "inbox",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "have a device read its inbox again, or show what it was asked",
    .more = "What is stored already is not stored again. A device that is away is asked when it is back.",
    COMMAND_OPTIONS(inbox_options),
    .run = run_inbox,
};

const struct command command_device_pause = {
    .group = "device",
    .name = "pause",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "give a device no more messages",
    .run = run_pause,
};

const struct command command_device_resume = {
    .group = "device",
    .name = "resume",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "give a paused device messages again",
    .run = run_resume,
};

const struct command command_device_remove = {
    .group = "device",
    .name = "remove",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "remove a device; its key stops working at once",
    COMMAND_OPTIONS(remove_options),
    .run = run_remove,
};
