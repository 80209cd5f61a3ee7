// key create, list, revoke: the keys of apps.
#include "admin-cli/commands/commands.h"
#include "admin-cli/words.h"

#include <stdlib.h>
#include <string.h>

static const struct option_spec create_options[] = {
    {"scope",
     "messages:send|messages:read|devices:read|devices:write|keys:write|events:read|metrics:read|webhooks:"
     "write|"
     "otp:write|contacts:write|routing:write|templates:write|stats:read...",
     "what it may do, once for each scope; everything otherwise"},
    {"rate", "N", "sends a minute, 0 = no limit"},
    {"expires", "TIME", "when it ends: RFC 3339, or +90d counted from now"},
    {"twilio", NULL,
     "show it as apps of Twilio need it: account, token and base URL; may send, read and check codes"},
    {"smsgate", NULL, "show it as apps of SMSGate need it: user name, password and base URL"},
};

static const struct view_field fields[] = {
    {"ID", "id", VIEW_TEXT, false, NULL},
    {"NAME", "name", VIEW_TEXT, true, NULL},
    {"BEGINS", "hint", VIEW_TEXT, false, NULL},
    {"RATE", "rate_per_minute", VIEW_NUMBER, false, NULL},
    {"USED", "used_at", VIEW_SINCE, false, NULL},
    {"EXPIRES", "expires_at", VIEW_SINCE, false, NULL},
    {"REVOKED", "revoked_at", VIEW_SINCE, false, NULL},
    {"SCOPES", "scopes", VIEW_LIST, true, NULL},
};

static json_t *given_scopes(const struct args *args)
{
    json_t *scopes = json_array();
    for (size_t i = 0; i < args->given_count; i++) {
        if (strcmp(args->given[i].option->name, "scope") == 0)
            json_array_append_new(scopes, json_string(args->given[i].value));
    }
    return scopes;
}

// The body from the command line; owned, NULL after printing what is wrong.
static json_t *make_body(const struct cli *cli)
{
    struct args_error error;
    int64_t rate = 0;
    if (!args_int(&cli->args, "rate", 0, INT64_MAX, &rate, &error)) {
        cli_usage(&error);
        return NULL;
    }
    char *when = cli_when(cli, "expires");
    json_t *body = json_pack("{s:s, s:s*}", "name", cli->args.words[0], "expires_at", when);
    free(when);
    if (!body)
        cli_fail(EXIT_USAGE, "the name or the time is not UTF-8");
    if (body && args_flag(&cli->args, "rate"))
        json_object_set_new(body, "rate_per_minute", json_integer(rate));
    if (body && args_flag(&cli->args, "twilio"))
        json_object_set_new(body, "twilio", json_true());
    if (body && args_flag(&cli->args, "smsgate"))
        json_object_set_new(body, "scopes",
                            json_pack("[s, s, s, s, s]", "messages:send", "messages:read", "devices:read",
                                      "devices:write", "webhooks:write")); // what that API can do
    if (body && args_flag(&cli->args, "scope"))
        json_object_set_new(body, "scopes", given_scopes(&cli->args));
    return body;
}

static void print_key(const json_t *key)
{
    printf("Key:  %s\nId:   %s\n", words_string(key, "key"), words_string(key, "id"));
    puts("The key is not shown again. Apps send it as \"Authorization: Bearer KEY\".");
}

// A path of the gateway's own address behind its name; the address stands for itself when nobody knows it.
static void print_base(const char *name, const json_t *key, const char *path)
{
    const char *url = words_string(key, "url");
    printf("%s%s%s\n", name, *url ? url : "http://GATEWAY", path);
}

static void print_smsgate(const json_t *key)
{
    printf("Login:    %s\nPassword: %s\n", words_string(key, "id"), words_string(key, "key"));
    print_base("Base URL: ", key, "/3rdparty/v1");
    puts("The password is not shown again.");
}

// The SDKs take a base URL only after they were made.
static void print_twilio(const json_t *key)
{
    const json_t *twilio = json_object_get(key, "twilio");
    const char *account = words_string(twilio, "account_sid"), *token = words_string(twilio, "auth_token");
    const char *known = words_string(key, "url"), *url = *known ? known : "http://GATEWAY";
    printf("Account SID: %s\nAuth token:  %s\n", account, token);
    printf("Key SID:     %s\nKey secret:  %s\n", words_string(twilio, "key_sid"),
           words_string(twilio, "key_secret"));
    printf("\nNode:   const client = twilio(\"%s\", \"%s\"); client.api.baseUrl = client.verify.baseUrl = "
           "\"%s\";\n",
           account, token, url);
    printf("Python: client = Client(\"%s\", \"%s\"); client.api.base_url = client.verify.base_url = \"%s\"\n",
           account, token, url);
    puts(json_is_true(json_object_get(twilio, "signs"))
             ? "\nCallbacks are signed with this token. It is not shown again."
             : "\nCallbacks go on being signed with the token of an older key. This one is not shown again.");
}

typedef void (*printer)(const json_t *key);

static printer print_as(const struct cli *cli)
{
    if (args_flag(&cli->args, "twilio"))
        return print_twilio;
    return args_flag(&cli->args, "smsgate") ? print_smsgate : print_key;
}

static int run_create(struct cli *cli)
{
    struct response response;
    json_t *body = make_body(cli);
    if (!body)
        return EXIT_USAGE;
    int code =
        cli_call(cli, &response, &(struct request){.method = "POST", .path = "/v1/keys", .body = body});
    if (code == EXIT_OK && cli->json)
        cli_print_json(response.body);
    else if (code == EXIT_OK)
        print_as(cli)(response.body);
    response_clear(&response);
    json_decref(body);
    return code;
}

static int run_list(struct cli *cli)
{
    return cli_list(cli, "/v1/keys", "keys", fields, sizeof fields / sizeof *fields,
                    "No keys. \"smsquitto key create NAME\" makes one.");
}

static int run_revoke(struct cli *cli)
{
    json_t *nothing;
    int code = cli_act(cli, &nothing, "DELETE", "/v1/keys/%s", cli->args.words[0]);
    if (code == EXIT_OK && !cli->json)
        puts("Revoked.");
    json_decref(nothing);
    return code;
}

const struct command command_key_create = {
    .group = "key",
    .name = "create",
    .words = "NAME",
    .words_min = 1,
    .words_max = 1,
    .help = "make an app key; it is shown this once",
    COMMAND_OPTIONS(create_options),
    .run = run_create,
};

const struct command command_key_list = {
    .group = "key",
    .name = "list",
    .words = "",
    .help = "list the app keys and when they were used last",
    .run = run_list,
};

const struct command command_key_revoke = {
    .group = "key",
    .name = "revoke",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    .help = "end an app key at once",
    .run = run_revoke,
};
