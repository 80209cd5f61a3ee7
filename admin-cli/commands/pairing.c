// device add, pair and code, pairing list and cancel: a code that a device exchanges for its credentials.
#include "admin-cli/commands/commands.h"
#include "admin-cli/commands/device_key.h"
#include "admin-cli/qr.h"
#include "admin-cli/words.h"
#include "common/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_spec add_options[] = {
    {"id", "ID", "its id, 1-21 of a-z, 0-9 and -; made from the name otherwise"},
    {"ttl", "SECONDS", "how long the code can be used; 10 minutes otherwise"},
    {"show-key", NULL, "show the device's key in place of a code, for devices that cannot pair"},
    DEVICE_KEY_OPTIONS};
static const struct option_spec pair_options[] = {
    {"ttl", "SECONDS", "how long the code can be used; 10 minutes otherwise"},
    {"no-qr", NULL, "print no QR code"},
};

static const struct view_field list_fields[] = {
    {"ID", "id", VIEW_TEXT, false, NULL},
    {"NAME", "name", VIEW_TEXT, true, NULL},
    {"DEVICE", "device", VIEW_TEXT, false, NULL},
    {"STATE", "state", VIEW_TEXT, false, NULL},
    {"CREATED", "created_at", VIEW_SINCE, false, NULL},
    {"UNTIL", "expires_at", VIEW_SINCE, false, NULL},
};

static void print_pairing(const struct cli *cli, const json_t *pairing)
{
    char time[WORDS_TIME_SIZE];
    const char *url = words_string(pairing, "url"), *name = words_string(pairing, "name");
    if (!*name)
        name = words_string(pairing, "device");
    words_time(time, words_member_ms(pairing, "expires_at"));
    printf("%s can be paired until %s, once:\n\n  Code:  %s\n", *name ? name : "A device", time,
           words_string(pairing, "code"));
    if (!*url) {
        puts("\nThe bridge does not know where phones reach it: [phones] url in its configuration tells it.");
        return;
    }
    printf("  URL:   %s\n\nOn a computer: smsquitto-device --pair '%s'\n", url, url);
    char *code = args_flag(&cli->args, "no-qr") ? NULL : qr_render(url, cli->color);
    if (!code)
        return;
    printf("On a phone, scan this:\n\n%s\n", code);
    secret_clear(code, strlen(code));
    free(code);
}

// Makes a code with that body, which is taken, and shows it.
static int make_take(struct cli *cli, json_t *body)
{
    struct args_error error;
    json_t *answer = NULL;
    int64_t ttl = 0;
    if (!args_int(&cli->args, "ttl", 10, 86400, &ttl, &error)) {
        json_decref(body);
        return cli_usage(&error);
    }
    if (ttl != 0)
        json_object_set_new(body, "ttl", json_integer(ttl));
    int code = cli_ask_take(cli, &answer, "POST", "/v1/devices/pairings", body);
    if (code == EXIT_OK && cli->json)
        cli_print_json(answer);
    else if (code == EXIT_OK)
        print_pairing(cli, answer);
    json_decref(answer);
    return code;
}

static int run_add(struct cli *cli)
{
    if (args_flag(&cli->args, "show-key"))
        return device_key_add(cli);
    if (args_flag(&cli->args, "host") || args_flag(&cli->args, "port") || args_flag(&cli->args, "tls") ||
        args_flag(&cli->args, "no-tls"))
        return cli_fail(
            EXIT_USAGE,
            "--host, --port, --tls and --no-tls go with --show-key; a code gets them from the bridge");
    return make_take(cli,
                     json_pack("{s:s, s:s*}", "name", cli->args.words[0], "id", args_text(&cli->args, "id")));
}

static int run_pair(struct cli *cli)
{
    return make_take(cli, json_pack("{s:s}", "device", cli->args.words[0]));
}

static void print_phone_code(const json_t *answer)
{
    char time[WORDS_TIME_SIZE];
    const char *url = words_string(answer, "url");
    words_time(time, words_member_ms(answer, "validUntil"));
    printf("One phone with SMSGate's app can register until %s:\n\n  API URL:  %s\n  Code:     %s\n", time,
           *url ? url : "https://GATEWAY/mobile/v1", words_string(answer, "code"));
    if (strncmp(url, "http://", 7) == 0)
        puts("\nThe app refuses plain http: [phones] url tells the bridge by which https:// phones come.");
}

// The six digits for SMSGate's app: that app knows nothing of the codes above.
static int run_code(struct cli *cli)
{
    json_t *answer = NULL;
    int code = cli_get(cli, &answer, "/mobile/v1/user/code");
    if (code == EXIT_OK && cli->json)
        cli_print_json(answer);
    else if (code == EXIT_OK)
        print_phone_code(answer);
    json_decref(answer);
    return code;
}

static int run_list(struct cli *cli)
{
    return cli_list(cli, "/v1/devices/pairings", "pairings", list_fields,
                    sizeof list_fields / sizeof *list_fields,
                    "No codes. \"smsquitto device add NAME\" makes one.");
}

static int run_cancel(struct cli *cli)
{
    json_t *nothing;
    int code = cli_act(cli, &nothing, "DELETE", "/v1/devices/pairings/%s", cli->args.words[0]);
    if (code == EXIT_OK && !cli->json)
        puts("Cancelled: the code works no more.");
    json_decref(nothing);
    return code;
}

const struct command command_device_add = {
    .group = "device",
    .name = "add",
    .words = "NAME",
    .words_min = 1,
    .words_max = 1,
    .help = "let a new phone or modem pair itself: shows a code that works once",
    .more =
        "With --show-key the device is made at once and its key shown; where phones connect is then told\n"
        "by the bridge's configuration or by --host, --port and --tls or --no-tls.",
    COMMAND_OPTIONS(add_options),
    .run = run_add,
};
const struct command command_device_pair = {
    .group = "device",
    .name = "pair",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "make a code by which a device that is there gets a new key",
    COMMAND_OPTIONS(pair_options),
    .run = run_pair,
};
const struct command command_device_code = {
    .group = "device",
    .name = "code",
    .words = "",
    .help = "make a code of six digits by which a phone with SMSGate's app registers",
    .more = "It lives for a minute and is good for one phone. All other devices: device add.",
    .run = run_code,
};
const struct command command_pairing_list = {.group = "pairing",
                                             .name = "list",
                                             .words = "",
                                             .help = "list the codes and what became of them",
                                             .run = run_list};
const struct command command_pairing_cancel = {
    .group = "pairing",
    .name = "cancel",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "make a code work no more",
    .run = run_cancel,
};
