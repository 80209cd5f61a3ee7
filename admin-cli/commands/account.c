// account create, list: the tenants of a gateway. Over the bridge's socket only.
#include "admin-cli/commands/commands.h"
#include "admin-cli/words.h"

static const struct view_field fields[] = {
    {"ID", "id", VIEW_TEXT, false, NULL},
    {"NAME", "name", VIEW_TEXT, true, NULL},
    {"CREATED", "created_at", VIEW_TIME, false, NULL},
};

static int run_create(struct cli *cli)
{
    struct response response;
    json_t *body = json_pack("{s:s}", "name", cli->args.words[0]);
    if (!body)
        return cli_fail(EXIT_INVALID, "name: is not UTF-8");
    int code =
        cli_call(cli, &response, &(struct request){.method = "POST", .path = "/v1/accounts", .body = body});
    if (code == EXIT_OK && cli->json)
        cli_print_json(response.body);
    else if (code == EXIT_OK)
        printf("Account: %s\nChoose it with --account or SMSQUITTO_ACCOUNT.\n",
               words_string(response.body, "id"));
    response_clear(&response);
    json_decref(body);
    return code;
}

static int run_list(struct cli *cli)
{
    json_t *body;
    struct view view = cli_view(cli);
    int code = cli_get_all(cli, &body, "/v1/accounts", "accounts");
    if (code == EXIT_OK && cli->json)
        cli_print_json(body);
    else if (code == EXIT_OK)
        view_table(&view, fields, sizeof fields / sizeof *fields, json_object_get(body, "accounts"),
                   "No accounts.");
    json_decref(body);
    return code;
}

const struct command command_account_create = {
    .group = "account",
    .name = "create",
    .words = "NAME",
    .words_min = 1,
    .words_max = 1,
    .help = "make an account, with keys, devices and messages of its own",
    .more = "Accounts are made and listed on the gateway's own machine only.",
    .run = run_create,
};

const struct command command_account_list = {
    .group = "account",
    .name = "list",
    .words = "",
    .help = "list the accounts",
    .run = run_list,
};
