// account create, list, retention: the tenants of a gateway. Made and listed over the bridge's socket only.
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
    return cli_list(cli, "/v1/accounts", "accounts", fields, sizeof fields / sizeof *fields, "No accounts.");
}

static const struct option_spec retention_options[] = {
    {"text-days", "N", "erase texts after so many days"},
    {"number-days", "N", "erase numbers after so many days"},
    {"delete-days", "N", "delete messages after so many days, 7 at least"},
    {"keep", NULL, "keep everything"},
};
// "after 30 days", or "never".
static void print_days(const char *words, const json_t *answer, const char *member)
{
    const json_t *days = json_object_get(answer, member);
    if (json_is_integer(days))
        printf("%s after %lld days\n", words, (long long)json_integer_value(days));
    else
        printf("%s never\n", words);
}

// What the options ask for; NULL when they ask for nothing. Owned. False after printing what is wrong.
static bool retention_body(const struct cli *cli, json_t **body)
{
    static const char *const NAMES[][2] = {
        {"text-days", "text_days"}, {"number-days", "number_days"}, {"delete-days", "delete_days"}};
    struct args_error error;
    *body = args_flag(&cli->args, "keep") ? json_object() : NULL;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        int64_t days = 0;
        if (!args_int(&cli->args, NAMES[i][0], 1, 3650, &days, &error)) {
            json_decref(*body);
            cli_usage(&error);
            return false;
        }
        if (days == 0)
            continue;
        if (!*body)
            *body = json_object();
        json_object_set_new(*body, NAMES[i][1], json_integer(days));
    }
    return true;
}

static int run_retention(struct cli *cli)
{
    json_t *body, *answer = NULL;
    if (!retention_body(cli, &body))
        return EXIT_USAGE;
    int code = body ? cli_ask_take(cli, &answer, "PUT", "/v1/account/retention", body)
                    : cli_get(cli, &answer, "/v1/account/retention");
    if (code == EXIT_OK && cli->json)
        cli_print_json(answer);
    else if (code == EXIT_OK) {
        print_days("Texts are erased   ", answer, "text_days");
        print_days("Numbers are erased ", answer, "number_days");
        print_days("Messages deleted   ", answer, "delete_days");
    }
    json_decref(answer);
    return code;
}

const struct command command_account_retention = {
    .group = "account",
    .name = "retention",
    .words = "",
    .help = "show or set how long messages are kept",
    COMMAND_OPTIONS(retention_options),
    .run = run_retention,
};

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
