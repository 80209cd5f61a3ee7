// device add --show-key and rotate: a new key, shown once, as words and as a QR code for the phone.
#include "admin-cli/commands/device_key.h"
#include "admin-cli/commands/commands.h"
#include "admin-cli/commands/device_view.h"
#include "admin-cli/pair.h"
#include "admin-cli/qr.h"
#include "admin-cli/words.h"
#include "common/secret.h"

#include <stdlib.h>
#include <string.h>

enum { PORT_TLS = 8883, PORT_PLAIN = 1883 };

static const struct option_spec rotate_options[] = {DEVICE_KEY_OPTIONS};

// Where the phone connects: the options, else what the bridge is configured to tell, else a guess for this
// machine. own_host is room for the guess. Returns false when there is nothing to go by.
static bool find_broker(struct pair *pair, char own_host[PAIR_HOST_SIZE], const struct cli *cli,
                        const json_t *device, struct args_error *error)
{
    const struct args *args = &cli->args;
    const json_t *told = json_object_get(device, "mqtt");
    const char *host = args_text(args, "host");
    pair->tls = told ? json_is_true(json_object_get(told, "tls")) : true;
    if (args_flag(args, "tls") || args_flag(args, "no-tls"))
        pair->tls = args_flag(args, "tls");
    int64_t port = told ? json_integer_value(json_object_get(told, "port")) : 0;
    if (port == 0)
        port = pair->tls ? PORT_TLS : PORT_PLAIN;
    if (!args_int(args, "port", 1, 65535, &port, error))
        return false;
    pair->port = (int)port;
    pair->host = host ? host : words_string(told, "host");
    if (!*pair->host && !cli->target.url) {
        pair_own_host(own_host);
        pair->host = own_host;
    }
    return true;
}

static void print_code(const struct cli *cli, const struct pair *pair)
{
    char *uri = pair_uri(pair);
    char *code = uri && !args_flag(&cli->args, "no-qr") ? qr_render(uri, cli->color) : NULL;
    if (uri)
        printf("Pairing: %s\n", uri);
    if (code)
        printf("\n%s\n", code);
    if (uri)
        secret_clear(uri, strlen(uri));
    if (code)
        secret_clear(code, strlen(code));
    free(uri);
    free(code);
}

// The key is shown this once; the store has only its hash.
static int print_with_key(struct cli *cli, const json_t *device)
{
    char own_host[PAIR_HOST_SIZE];
    struct args_error error;
    struct pair pair = {.device = words_string(device, "id"), .key = words_string(device, "key")};
    device_print(cli, device);
    printf("\nKey:     %s\n", pair.key);
    if (!find_broker(&pair, own_host, cli, device, &error))
        return cli_usage(&error);
    if (*pair.host) {
        printf("Broker:  %s port %d%s%s\n", pair.host, pair.port, pair.tls ? " with TLS" : ", no TLS",
               pair.host == own_host
                   ? " (a guess; [phones] in the bridge's configuration, or --host, tells it)"
                   : "");
        print_code(cli, &pair);
    } else {
        puts("The bridge does not say where phones connect: --host gives the QR code its address.");
    }
    puts("The key is not shown again. \"smsquitto device rotate\" makes a new one.");
    return EXIT_OK;
}

// Bad options are found before the bridge makes something.
static bool check_options(const struct args *args, struct args_error *error)
{
    int64_t port = 0;
    if (args_flag(args, "tls") && args_flag(args, "no-tls")) {
        *error = (struct args_error){.text = "--tls and --no-tls exclude each other"};
        return false;
    }
    return args_int(args, "port", 1, 65535, &port, error);
}

static int call_and_print(struct cli *cli, const char *path, const json_t *body)
{
    struct response response;
    struct args_error error;
    if (!check_options(&cli->args, &error))
        return cli_usage(&error);
    int code = cli_call(cli, &response, &(struct request){.method = "POST", .path = path, .body = body});
    if (code == EXIT_OK)
        code = cli->json ? cli_print_json(response.body) : print_with_key(cli, response.body);
    response_clear(&response);
    return code;
}

int device_key_add(struct cli *cli)
{
    const char *id = args_text(&cli->args, "id");
    json_t *body = json_pack("{s:s, s:s*}", "name", cli->args.words[0], "id", id);
    if (!body)
        return cli_fail(EXIT_INVALID, "name: is not UTF-8");
    int code = call_and_print(cli, "/v1/devices", body);
    json_decref(body);
    return code;
}

static int run_rotate(struct cli *cli)
{
    char *path = cli_path("/v1/devices/%s/rotate", cli->args.words[0]);
    int code = path ? call_and_print(cli, path, NULL) : cli_fail(EXIT_FAILED, "out of memory");
    free(path);
    return code;
}

const struct command command_device_rotate = {
    .group = "device",
    .name = "rotate",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "give a device a new key; the old one stops working at once",
    COMMAND_OPTIONS(rotate_options),
    .run = run_rotate,
};
