// pool …, and device tag: devices that share work.
#include "admin-cli/commands/commands.h"
#include "admin-cli/commands/device_view.h"
#include "admin-cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLICIES "least_loaded|round_robin|weighted|sticky|prefix|carrier"

static const struct option_spec pool_options[] = {
    {"policy", POLICIES, "which device takes a message"},
    {"priority", "N", "0 to 9: of pools that share a device, the highest goes first"},
    {"fallback", "POOL", "the pool that takes over when no device here can send; \"\" for none"},
    {"fallback-after", "SECONDS", "how long no device can send until then"},
    {"tag", "TAG", "devices with this tag are in the pool; \"\" for none"},
    {"carrier", "PREFIX=NAME...", "recipients whose number begins so are with that carrier"},
    {"quiet", "HH:MM-HH:MM|account|none",
     "when its messages are held; as the account's (the default); or never, whatever the account's are"},
    {"quiet-day", "monday|tuesday|wednesday|thursday|friday|saturday|sunday...",
     "a day that is quiet as a whole"},
    {"quiet-zone", "ZONE", "whose clock counts, such as Europe/Berlin; the recipient's without"},
    {"name", "NAME", "another name"},
};

static const struct option_spec member_options[] = {
    {"sim", "N", "only the SIM in this slot, from 1"},
    {"weight", "N", "1 to 100, for the policy weighted"},
    {"prefix", "PREFIX...", "beginnings of recipients' numbers, such as +49151, for the policy prefix"},
};

static const struct option_spec drop_options[] = {
    {"sim", "N", "the slot that was put in; none for a device that was put in without"},
};

static const struct view_field list_fields[] = {
    {"NAME", "name", VIEW_TEXT, true, NULL},
    {"POLICY", "policy", VIEW_TEXT, false, NULL},
    {"PRIORITY", "priority", VIEW_NUMBER, false, NULL},
    {"MEMBERS", "members", VIEW_NUMBER, false, NULL},
    {"TAG", "tag", VIEW_TEXT, false, NULL},
    {"WAITING", "waiting", VIEW_NUMBER, false, NULL},
    {"FALLBACK", "fallback", VIEW_TEXT, false, NULL},
};

// "21:00-08:00 sunday (recipient)"; nothing for a pool that has none of its own.
static void put_quiet_hours(FILE *file, const json_t *pool, int64_t now_ms)
{
    const json_t *quiet = json_object_get(pool, "quiet_hours"), *days = json_object_get(quiet, "days");
    bool hours = json_is_string(json_object_get(quiet, "begins"));
    (void)now_ms;
    if (!json_is_object(quiet))
        return;
    if (!hours && json_array_size(days) == 0) {
        fputs("none", file);
        return;
    }
    if (hours)
        fprintf(file, "%s-%s ", words_string(quiet, "begins"), words_string(quiet, "ends"));
    for (size_t i = 0; i < json_array_size(days); i++)
        fprintf(file, "%s ", json_string_value(json_array_get(days, i)));
    fprintf(file, "(%s)", words_string(quiet, "zone"));
}

static const struct view_field card_fields[] = {
    {"Pool", "name", VIEW_TEXT, false, NULL},
    {"Id", "id", VIEW_TEXT, false, NULL},
    {"Policy", "policy", VIEW_TEXT, false, NULL},
    {"Priority", "priority", VIEW_NUMBER, false, NULL},
    {"Fallback", "fallback", VIEW_TEXT, false, NULL},
    {"After seconds", "fallback_after_s", VIEW_NUMBER, false, NULL},
    {"Tag", "tag", VIEW_TEXT, false, NULL},
    {"Quiet hours", NULL, VIEW_TEXT, false, put_quiet_hours},
    {"Waiting for it", "waiting", VIEW_NUMBER, false, NULL},
    {"Created", "created_at", VIEW_SINCE, false, NULL},
};

static const struct view_field member_fields[] = {
    {"DEVICE", "device", VIEW_TEXT, false, NULL},    {"SIM", "sim", VIEW_NUMBER, false, NULL},
    {"STATE", "state", VIEW_TEXT, false, NULL},      {"WEIGHT", "weight", VIEW_NUMBER, false, NULL},
    {"PREFIXES", "prefixes", VIEW_LIST, true, NULL},
};

static void print_pool(const struct cli *cli, const json_t *pool)
{
    struct view view = cli_view(cli);
    view_card(&view, card_fields, sizeof card_fields / sizeof *card_fields, pool);
}

// A text option as a member; "" becomes null.
static void put_text(json_t *body, const struct args *args, const char *option, const char *member)
{
    const char *text = args_text(args, option);
    if (text)
        json_object_set_new(body, member, *text ? json_string(text) : json_null());
}

// A number option as a member. False with *error set.
static bool put_number(json_t *body, const struct args *args, const char *option, const char *member,
                       struct args_error *error)
{
    int64_t number = 0;
    if (!args_int(args, option, 0, INT64_MAX, &number, error))
        return false;
    if (args_flag(args, option))
        json_object_set_new(body, member, json_integer(number));
    return true;
}

// --carrier PREFIX=NAME as an object. False with *error set.
static bool put_carriers(json_t *body, const struct args *args, struct args_error *error)
{
    for (size_t i = 0; i < args->given_count; i++) {
        const char *value = args->given[i].value;
        if (strcmp(args->given[i].option->name, "carrier") != 0)
            continue;
        const char *equals = strchr(value, '=');
        if (!equals) {
            snprintf(error->text, sizeof error->text, "--carrier: \"%.60s\" is not PREFIX=NAME", value);
            return false;
        }
        char *prefix = strndup(value, (size_t)(equals - value));
        if (!json_object_get(body, "carriers"))
            json_object_set_new(body, "carriers", json_object());
        json_object_set_new(json_object_get(body, "carriers"), prefix ? prefix : "", json_string(equals + 1));
        free(prefix);
    }
    return true;
}

// --quiet and what goes with it as an object, or null for the account's. False with *error set.
static bool put_quiet(json_t *body, const struct args *args, struct args_error *error)
{
    const char *hours = args_text(args, "quiet"), *zone = args_text(args, "quiet-zone");
    const char *dash = hours ? strchr(hours, '-') : NULL;
    bool none = hours && strcmp(hours, "none") == 0, account = hours && strcmp(hours, "account") == 0;
    bool days = args_flag(args, "quiet-day");
    *error = (struct args_error){.text = "--quiet must be HH:MM-HH:MM, account or none"};
    if (hours && !dash && !none && !account)
        return false;
    *error = (struct args_error){.text = "--quiet-day and --quiet-zone go with hours or days that are quiet"};
    if ((none || account) ? days || zone : zone && !hours && !days)
        return false;
    if (!hours && !days)
        return true;
    json_t *quiet = account ? json_null() : json_object();
    if (dash) {
        json_object_set_new(quiet, "begins", json_stringn(hours, (size_t)(dash - hours)));
        json_object_set_new(quiet, "ends", json_string(dash + 1));
    }
    for (size_t i = 0; days && i < args->given_count; i++) {
        if (strcmp(args->given[i].option->name, "quiet-day") != 0)
            continue;
        if (!json_object_get(quiet, "days"))
            json_object_set_new(quiet, "days", json_array());
        json_array_append_new(json_object_get(quiet, "days"), json_string(args->given[i].value));
    }
    if (zone)
        json_object_set_new(quiet, "zone", json_string(zone));
    json_object_set_new(body, "quiet_hours", quiet);
    return true;
}

static void put_prefixes(json_t *body, const struct args *args)
{
    for (size_t i = 0; i < args->given_count; i++) {
        if (strcmp(args->given[i].option->name, "prefix") != 0)
            continue;
        if (!json_object_get(body, "prefixes"))
            json_object_set_new(body, "prefixes", json_array());
        json_array_append_new(json_object_get(body, "prefixes"), json_string(args->given[i].value));
    }
}

// Sends a body (taken) and shows the pool that comes back.
static int send_body_take(struct cli *cli, const char *method, const char *path, json_t *body)
{
    struct response response;
    int code = cli_call(cli, &response, &(struct request){.method = method, .path = path, .body = body});
    if (code == EXIT_OK && cli->json)
        cli_print_json(response.body);
    else if (code == EXIT_OK)
        print_pool(cli, response.body);
    response_clear(&response);
    json_decref(body);
    return code;
}

// The fields of a pool from the options; owned, NULL after printing what is wrong.
static json_t *pool_body(const struct cli *cli)
{
    struct args_error error;
    json_t *body = json_object();
    put_text(body, &cli->args, "name", "name");
    put_text(body, &cli->args, "policy", "policy");
    put_text(body, &cli->args, "fallback", "fallback");
    put_text(body, &cli->args, "tag", "tag");
    if (put_number(body, &cli->args, "priority", "priority", &error) &&
        put_number(body, &cli->args, "fallback-after", "fallback_after_s", &error) &&
        put_carriers(body, &cli->args, &error) && put_quiet(body, &cli->args, &error))
        return body;
    cli_usage(&error);
    json_decref(body);
    return NULL;
}

static int run_create(struct cli *cli)
{
    json_t *body = pool_body(cli);
    if (!body)
        return EXIT_USAGE;
    json_object_set_new(body, "name", json_string(cli->args.words[0]));
    return send_body_take(cli, "POST", "/v1/pools", body);
}

static int run_change(struct cli *cli)
{
    json_t *body = pool_body(cli);
    if (!body)
        return EXIT_USAGE;
    char *path = cli_path("/v1/pools/%s", cli->args.words[0]);
    if (!path) {
        json_decref(body);
        return cli_fail(EXIT_FAILED, "out of memory");
    }
    int code = send_body_take(cli, "PATCH", path, body);
    free(path);
    return code;
}

static int run_list(struct cli *cli)
{
    return cli_list(cli, "/v1/pools", "pools", list_fields, sizeof list_fields / sizeof *list_fields,
                    "No pools. \"smsquitto pool create NAME\" makes one.");
}

// The members of the pool as {members: […]}, owned.
static int get_members(struct cli *cli, json_t **members)
{
    char *path = cli_path("/v1/pools/%s/members", cli->args.words[0]);
    int code = path ? cli_get_all(cli, members, path, "members") : EXIT_FAILED;
    free(path);
    return code;
}

static int run_show(struct cli *cli)
{
    struct view view = cli_view(cli);
    json_t *pool = NULL, *members = NULL;
    int code = cli_act(cli, &pool, "GET", "/v1/pools/%s", cli->args.words[0]);
    if (code == EXIT_OK)
        code = get_members(cli, &members);
    if (code == EXIT_OK && cli->json) {
        json_object_update(pool, members);
        cli_print_json(pool);
    } else if (code == EXIT_OK) {
        print_pool(cli, pool);
        puts("");
        view_table(&view, member_fields, sizeof member_fields / sizeof *member_fields,
                   json_object_get(members, "members"), "Nobody was put in by hand.");
    }
    json_decref(pool);
    json_decref(members);
    return code;
}

static int run_remove(struct cli *cli)
{
    json_t *nothing;
    int code = cli_act(cli, &nothing, "DELETE", "/v1/pools/%s", cli->args.words[0]);
    if (code == EXIT_OK && !cli->json)
        puts("Removed.");
    json_decref(nothing);
    return code;
}

// The path of a membership: pool and device are the first two words. Owned.
static char *member_path(const struct cli *cli, const char *query)
{
    char *pool = cli_path("/v1/pools/%s/members/", cli->args.words[0]);
    char *device = cli_path("%s", cli->args.words[1]), *path = NULL;
    size_t size = pool && device ? strlen(pool) + strlen(device) + strlen(query) + 1 : 0;
    if (size > 0 && (path = malloc(size)) != NULL)
        snprintf(path, size, "%s%s%s", pool, device, query);
    free(pool);
    free(device);
    return path;
}

static int run_add(struct cli *cli)
{
    struct args_error error;
    json_t *body = json_object();
    put_prefixes(body, &cli->args);
    if (!put_number(body, &cli->args, "sim", "sim", &error) ||
        !put_number(body, &cli->args, "weight", "weight", &error)) {
        json_decref(body);
        return cli_usage(&error);
    }
    char *path = member_path(cli, "");
    if (!path) {
        json_decref(body);
        return cli_fail(EXIT_FAILED, "out of memory");
    }
    int code = send_body_take(cli, "PUT", path, body);
    free(path);
    return code;
}

static int run_drop(struct cli *cli)
{
    struct args_error error;
    char query[32] = "";
    int64_t sim = 0;
    if (!args_int(&cli->args, "sim", 1, 8, &sim, &error))
        return cli_usage(&error);
    if (sim != 0)
        snprintf(query, sizeof query, "?sim=%d", (int)sim);
    char *path = member_path(cli, query);
    int code = path ? send_body_take(cli, "DELETE", path, NULL) : cli_fail(EXIT_FAILED, "out of memory");
    free(path);
    return code;
}

static int run_tag(struct cli *cli)
{
    struct response response;
    char *path = cli_path("/v1/devices/%s", cli->args.words[0]);
    json_t *tags = json_array();
    for (size_t i = 1; i < cli->args.word_count; i++)
        json_array_append_new(tags, json_string(cli->args.words[i]));
    json_t *body = json_pack("{s:o}", "tags", tags);
    int code = cli_call(cli, &response, &(struct request){.method = "PATCH", .path = path, .body = body});
    if (code == EXIT_OK && cli->json)
        cli_print_json(response.body);
    else if (code == EXIT_OK)
        device_print(cli, response.body);
    response_clear(&response);
    json_decref(body);
    free(path);
    return code;
}

const struct command command_pool_create = {
    .group = "pool",
    .name = "create",
    .words = "NAME",
    .words_min = 1,
    .words_max = 1,
    .help = "make a pool of devices",
    COMMAND_OPTIONS(pool_options),
    .run = run_create,
};

const struct command command_pool_list = {
    .group = "pool",
    .name = "list",
    .words = "",
    .help = "list the pools, and how much waits for them",
    .run = run_list,
};

const struct command command_pool_show = {
    .group = "pool",
    .name = "show",
    .words = "POOL",
    .words_min = 1,
    .words_max = 1,
    .help = "show a pool and who is in it",
    .run = run_show,
};

const struct command command_pool_change = {
    .group = "pool",
    .name = "change",
    .words = "POOL",
    .words_min = 1,
    .words_max = 1,
    .help = "change a pool's rules",
    COMMAND_OPTIONS(pool_options),
    .run = run_change,
};

const struct command command_pool_add = {
    .group = "pool",
    .name = "add",
    .words = "POOL DEVICE",
    .words_min = 2,
    .words_max = 2,
    .help = "put a device into a pool, or change how it is in it",
    COMMAND_OPTIONS(member_options),
    .run = run_add,
};

const struct command command_pool_drop = {
    .group = "pool",
    .name = "drop",
    .words = "POOL DEVICE",
    .words_min = 2,
    .words_max = 2,
    .help = "take a device out of a pool",
    COMMAND_OPTIONS(drop_options),
    .run = run_drop,
};

const struct command command_pool_remove = {
    .group = "pool",
    .name = "remove",
    .words = "POOL",
    .words_min = 1,
    .words_max = 1,
    .help = "remove a pool that nothing waits for",
    .run = run_remove,
};

const struct command command_device_tag = {
    .group = "device",
    .name = "tag",
    .words = "ID TAG...",
    .words_min = 1,
    .words_max = COMMAND_ANY,
    .help = "give a device these tags, in place of its own",
    .run = run_tag,
};
