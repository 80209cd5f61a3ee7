// init: a data folder with a configuration for the bridge and one for the broker.
#include "admin-cli/commands/commands.h"
#include "admin-cli/files.h"
#include "admin-cli/pair.h"
#include "admin-cli/templates.h"
#include "admin-cli/words.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOCKET_PATH_MAX = 107, VALUE_SIZE = 24 };

static const struct option_spec options[] = {
    {"dir", "DIR", "the folder, made when it is missing (default smsquitto)"},
    {"name", "NAME", "the bridge's name at the broker (default bridge)"},
    {"listen", "ADDRESS",
     "where phones may connect (default 127.0.0.1; 0.0.0.0 is every network, without TLS)"},
    {"http-port", "N", "port of the REST API on 127.0.0.1 (default 8080)"},
    {"mqtt-port", "N", "port for phones (default 1883)"},
    {"plugin", "FILE", "the broker's plugin, smsquitto.so"},
};

struct plan {
    char dir[PATH_MAX], plugin[PATH_MAX];
    char user[64], phones_host[PAIR_HOST_SIZE];
    const char *name, *listen;
    char http_port[VALUE_SIZE], mqtt_port[VALUE_SIZE];
};

// The plugin as installed, or as built next to this program.
static void find_plugin(char plugin[PATH_MAX])
{
    if (!files_near(plugin, "../" SMSQUITTO_LIBDIR "/smsquitto/smsquitto.so") &&
        !files_near(plugin, "../plugin/smsquitto.so"))
        snprintf(plugin, PATH_MAX, "%s", SMSQUITTO_PLUGIN);
}

static int make_folder(struct plan *plan, const char *dir)
{
    char state[PATH_MAX + 8];
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return cli_fail(EXIT_FAILED, "cannot make the folder %s: %s", dir, strerror(errno));
    if (!realpath(dir, plan->dir))
        return cli_fail(EXIT_FAILED, "cannot use the folder %s: %s", dir, strerror(errno));
    if (strlen(plan->dir) + strlen("/broker.sock") > SOCKET_PATH_MAX || strpbrk(plan->dir, "\r\n"))
        return cli_fail(EXIT_USAGE, "--dir: %s is too long for the sockets inside it (%d characters)",
                        plan->dir, SOCKET_PATH_MAX - (int)strlen("/broker.sock"));
    snprintf(state, sizeof state, "%s/broker", plan->dir);
    if (mkdir(state, 0700) != 0 && errno != EEXIST)
        return cli_fail(EXIT_FAILED, "cannot make the folder %s: %s", state, strerror(errno));
    return EXIT_OK;
}

// Where phones of the network would find a broker that listens on this address.
static void find_phones_host(struct plan *plan)
{
    bool everywhere = strcmp(plan->listen, "0.0.0.0") == 0 || strcmp(plan->listen, "::") == 0;
    if (everywhere)
        pair_own_host(plan->phones_host);
    else
        snprintf(plan->phones_host, sizeof plan->phones_host, "%s", plan->listen);
}

static int read_options(struct plan *plan, const struct args *args)
{
    struct args_error error;
    int64_t http_port = 8080, mqtt_port = 1883;
    const char *plugin = args_text(args, "plugin"), *name = args_text(args, "name"),
               *listen = args_text(args, "listen");
    const struct passwd *user = getpwuid(geteuid());
    if (!args_int(args, "http-port", 1, 65535, &http_port, &error) ||
        !args_int(args, "mqtt-port", 1, 65535, &mqtt_port, &error))
        return cli_usage(&error);
    plan->name = name ? name : "bridge";
    plan->listen = listen ? listen : "127.0.0.1";
    if (strpbrk(plan->name, "\r\n") || strpbrk(plan->listen, " \r\n"))
        return cli_fail(EXIT_USAGE, "--name and --listen must be one word");
    if (!plugin)
        find_plugin(plan->plugin);
    else if (!realpath(plugin, plan->plugin))
        return cli_fail(EXIT_USAGE, "--plugin: %s: %s", plugin, strerror(errno));
    snprintf(plan->http_port, sizeof plan->http_port, "%lld", (long long)http_port);
    snprintf(plan->mqtt_port, sizeof plan->mqtt_port, "%lld", (long long)mqtt_port);
    snprintf(plan->user, sizeof plan->user, "%s", user ? user->pw_name : "mosquitto");
    find_phones_host(plan);
    return EXIT_OK;
}

static int make_file(const struct plan *plan, const char *name, const char *template)
{
    char path[PATH_MAX + 32], socket[PATH_MAX + 32], state[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/%s", plan->dir, name);
    snprintf(socket, sizeof socket, "%s/broker.sock", plan->dir);
    snprintf(state, sizeof state, "%s/broker", plan->dir);
    const struct files_place places[] = {
        {"@PLUGIN@", plan->plugin},
        {"@DATA@", plan->dir},
        {"@STATE@", state},
        {"@SOCKET@", socket},
        {"@ADDRESS@", plan->listen},
        {"@PORT@", plan->mqtt_port},
        {"@USER@", plan->user},
        {"@NAME@", plan->name},
        {"@HTTP_PORT@", plan->http_port},
        {"@PHONES_HOST@", plan->phones_host},
    };
    char *text = files_fill(template, places, sizeof places / sizeof *places);
    bool made = text && files_create(path, text, 0600);
    int cause = errno;
    free(text);
    if (!made && cause != EEXIST)
        return cli_fail(EXIT_FAILED, "cannot make %s: %s", path, strerror(cause));
    printf("%s %s\n", made ? "made" : "kept", path);
    return EXIT_OK;
}

// Tells about the account when the bridge of this folder runs already; it makes one at its first start.
static void tell_account(const struct plan *plan)
{
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/bridge.sock", plan->dir);
    const struct client_target target = {.socket = path};
    struct response response = {0};
    struct client *client = client_open(&target);
    if (client && client_call(client, &response, &(struct request){.method = "GET", .path = "/v1/account"}) &&
        response.status == 200)
        printf("\nThe bridge runs. Account: %s (%s)\n", words_string(response.body, "id"),
               words_string(response.body, "name"));
    else
        printf("\nThe bridge does not run yet. Its first start makes the account \"main\".\n");
    response_clear(&response);
    client_close(client);
}

static void tell_next(const struct plan *plan)
{
    const char *dir = plan->dir;
    printf("\nStart the broker and the bridge, each in its own terminal:\n"
           "  /usr/sbin/mosquitto -c %s/mosquitto.conf\n  smsquitto-bridge --config %s/smsquitto.conf\n"
           "then make a key for your app, and a device:\n"
           "  export SMSQUITTO_CONFIG=%s/smsquitto.conf\n"
           "  smsquitto key create my-app\n  smsquitto device add phone-1\n  smsquitto doctor\n",
           dir, dir, dir);
}

static int run_init(struct cli *cli)
{
    struct plan plan = {0};
    const char *dir = args_text(&cli->args, "dir");
    int code = read_options(&plan, &cli->args);
    if (code == EXIT_OK)
        code = make_folder(&plan, dir ? dir : "smsquitto");
    if (code == EXIT_OK)
        code = make_file(&plan, "smsquitto.conf", templates_smsquitto_conf);
    if (code == EXIT_OK)
        code = make_file(&plan, "mosquitto.conf", templates_mosquitto_conf);
    if (code != EXIT_OK)
        return code;
    tell_account(&plan);
    tell_next(&plan);
    return EXIT_OK;
}

const struct command command_init = {
    .name = "init",
    .words = "",
    .help = "make a data folder with configurations for bridge and broker",
    .more = "Files that are there already are kept as they are.",
    COMMAND_OPTIONS(options),
    .run = run_init,
};
