// Sets up what commands share and turns answers into exit codes.
#include "admin-cli/cli.h"

#include "admin-cli/config.h"
#include "admin-cli/text.h"
#include "admin-cli/words.h"
#include "common/clock.h"
#include "common/secret.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { KEY_FILE_MAX_BYTES = 256 };

int cli_fail(int code, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fputs("smsquitto: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    return code;
}

int cli_usage(const struct args_error *error)
{
    return cli_fail(EXIT_USAGE, "%s", error->text);
}

int cli_print_json(const json_t *value)
{
    json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    putchar('\n');
    return EXIT_OK;
}

// An option, else a variable of the environment; NULL when neither says anything.
static const char *choose(const struct args *args, const char *option, const char *variable)
{
    const char *value = args_text(args, option);
    if (!value)
        value = getenv(variable);
    return value && *value ? value : NULL;
}

// Reads the first line of a key file into cli->key.
static int read_key(struct cli *cli, const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return cli_fail(EXIT_FAILED, "cannot read the key file %s: %s", path, strerror(errno));
    cli->key = calloc(1, KEY_FILE_MAX_BYTES);
    bool read = cli->key && fgets(cli->key, KEY_FILE_MAX_BYTES, file);
    fclose(file);
    if (!read)
        return cli_fail(EXIT_FAILED, "the key file %s is empty", path);
    cli->key[strcspn(cli->key, " \t\r\n")] = '\0';
    cli->target.key = cli->key;
    return EXIT_OK;
}

// Reads the bridge's configuration: the one that was named, which must be there, else the installed one, if
// it is. With a socket told there is no telling which configuration belongs to it, unless that was named too.
static int find_config(struct cli *cli, bool socket_told)
{
    const char *named = choose(&cli->args, "config", "SMSQUITTO_CONFIG");
    cli->config_path = named ? named : socket_told ? NULL : CONFIG_FILE;
    if (!cli->config_path || config_read(&cli->config, cli->config_path) || !named)
        return EXIT_OK;
    return cli_fail(EXIT_FAILED, "cannot read the configuration %s: %s", named, strerror(errno));
}

// Where a bridge on this machine listens.
static int find_socket(struct cli *cli)
{
    const char *told = choose(&cli->args, "socket", "SMSQUITTO_SOCKET");
    int code = find_config(cli, told != NULL);
    const char *configured = cli->config.http_socket[0] ? cli->config.http_socket : CONFIG_SOCKET;
    cli->target.socket = told ? told : configured;
    return code;
}

// Where the bridge is and who asks.
static int find_target(struct cli *cli)
{
    const struct args *args = &cli->args;
    const char *key_file = args_text(args, "key-file");
    if (args_flag(args, "key") && key_file)
        return cli_fail(EXIT_USAGE, "--key and --key-file exclude each other");
    if (args_flag(args, "url") && args_flag(args, "socket"))
        return cli_fail(EXIT_USAGE, "--url and --socket exclude each other");
    cli->target.url = args_flag(args, "socket") ? NULL : choose(args, "url", "SMSQUITTO_URL");
    cli->target.account = choose(args, "account", "SMSQUITTO_ACCOUNT");
    cli->target.key = choose(args, "key", "SMSQUITTO_KEY");
    int code = cli->target.url ? EXIT_OK : find_socket(cli);
    return code == EXIT_OK && key_file ? read_key(cli, key_file) : code;
}

static size_t terminal_width(void)
{
    struct winsize size = {0};
    if (!isatty(STDOUT_FILENO))
        return 0;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void cli_open(struct cli *cli)
{
    const char *no_color = getenv("NO_COLOR");
    cli->json = args_flag(&cli->args, "json");
    cli->width = terminal_width();
    cli->color = cli->width > 0 && !args_flag(&cli->args, "no-color") && !(no_color && *no_color);
}

void cli_close(struct cli *cli)
{
    client_close(cli->client);
    if (cli->key)
        secret_clear(cli->key, KEY_FILE_MAX_BYTES);
    free(cli->key);
    cli->client = NULL;
    cli->key = NULL;
}

int cli_connect(struct cli *cli)
{
    int code = cli->client ? EXIT_OK : find_target(cli);
    if (!cli->client && code == EXIT_OK)
        cli->client = client_open(&cli->target);
    return code != EXIT_OK || cli->client ? code : cli_fail(EXIT_FAILED, "out of memory");
}

int cli_call(struct cli *cli, struct response *response, const struct request *request)
{
    *response = (struct response){.retry_after_s = -1};
    int code = cli_connect(cli);
    if (code != EXIT_OK)
        return code;
    if (!client_call(cli->client, response, request))
        return cli_fail(EXIT_UNREACHABLE, "%s", response->error);
    if (response->status < 200 || response->status > 299)
        return cli_problem(cli, response);
    if (response->status != 204 && !response->body)
        return cli_fail(EXIT_FAILED, "the answer is not JSON: is this the address of a smsquitto bridge?");
    return EXIT_OK;
}

int cli_get(struct cli *cli, json_t **body, const char *path)
{
    struct response response;
    int code = cli_call(cli, &response, &(struct request){.method = "GET", .path = path});
    *body = code == EXIT_OK ? json_incref(response.body) : NULL;
    response_clear(&response);
    return code;
}

char *cli_when(const struct cli *cli, const char *option)
{
    const char *text = args_text(&cli->args, option);
    return text ? words_when(text, clock_wall_ms()) : NULL;
}

char *cli_path(const char *format, const char *id)
{
    char *encoded = client_encode(id), *path = NULL;
    if (encoded && asprintf(&path, format, encoded) < 0)
        path = NULL;
    free(encoded);
    return path;
}

int cli_act(struct cli *cli, json_t **body, const char *method, const char *format, const char *id)
{
    struct response response;
    char *path = cli_path(format, id);
    if (!path)
        return cli_fail(EXIT_FAILED, "out of memory");
    int code = cli_call(cli, &response, &(struct request){.method = method, .path = path});
    *body = code == EXIT_OK ? json_incref(response.body) : NULL;
    response_clear(&response);
    free(path);
    return code;
}

// One page behind *cursor (owned, "" = the first), which becomes the next one.
static int get_page(struct cli *cli, json_t *all, char **cursor, const char *path, const char *member)
{
    char *encoded = client_encode(*cursor), *page = NULL;
    json_t *body = NULL;
    if (!encoded || asprintf(&page, **cursor ? "%s?limit=200&cursor=%s" : "%s?limit=200", path, encoded) < 0)
        page = NULL;
    int code = page ? cli_get(cli, &body, page) : cli_fail(EXIT_FAILED, "out of memory");
    json_array_extend(all, json_object_get(body, member));
    const char *next = json_string_value(json_object_get(body, "next_cursor"));
    free(*cursor);
    *cursor = next ? strdup(next) : NULL;
    json_decref(body);
    free(encoded);
    free(page);
    return code;
}

int cli_ask_take(struct cli *cli, json_t **answer, const char *method, const char *path, json_t *body)
{
    struct response response;
    *answer = NULL;
    if (body == NULL)
        return cli_fail(EXIT_USAGE, "the words are not UTF-8");
    int code = cli_call(cli, &response, &(struct request){.method = method, .path = path, .body = body});
    if (code == EXIT_OK)
        *answer = json_incref(response.body);
    response_clear(&response);
    json_decref(body);
    return code;
}

int cli_get_all(struct cli *cli, json_t **body, const char *path, const char *member)
{
    char *cursor = strdup("");
    json_t *all = json_array();
    int code = EXIT_OK;
    while (cursor && code == EXIT_OK)
        code = get_page(cli, all, &cursor, path, member);
    free(cursor);
    *body = code == EXIT_OK ? json_pack("{s:o}", member, all) : NULL;
    if (code != EXIT_OK)
        json_decref(all);
    return code;
}

int cli_list(struct cli *cli, const char *path, const char *member, const struct view_field *fields,
             size_t count, const char *none)
{
    json_t *body;
    struct view view = cli_view(cli);
    int code = cli_get_all(cli, &body, path, member);
    if (code == EXIT_OK && cli->json)
        cli_print_json(body);
    else if (code == EXIT_OK)
        view_table(&view, fields, count, json_object_get(body, member), none);
    json_decref(body);
    return code;
}

struct view cli_view(const struct cli *cli)
{
    return (struct view){.file = stdout, .width = cli->width, .now_ms = clock_wall_ms()};
}

// What an HTTP status means to the caller of a command.
static const struct {
    long status;
    int code;
    const char *local, *remote; // what to do next, over the socket and over a URL
} meanings[] = {
    {401, EXIT_REFUSED, "Over the socket the bridge lets in root and the user that it runs as.",
     "Give a valid app key with --key-file or in SMSQUITTO_KEY."},
    {403, EXIT_REFUSED, "Over the socket the bridge lets in root and the user that it runs as.",
     "The key lacks the scope for this: \"smsquitto key list\" shows what it may do."},
    {404, EXIT_NOT_FOUND, "The list command shows what there is in this account.",
     "The list command shows what there is in this account."},
    {429, EXIT_LATER, "Too many at once for this key.", "Too many at once for this key."},
    {503, EXIT_LATER, "The bridge could not take it now; nothing was changed.",
     "The bridge could not take it now; nothing was changed."},
};

static int code_of(long status)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (meanings[i].status == status)
            return meanings[i].code;
    }
    return status >= 400 && status <= 499 ? EXIT_INVALID : EXIT_FAILED;
}

static void print_hint(const struct cli *cli, const struct response *response)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (meanings[i].status == response->status)
            fprintf(stderr, "%s\n", cli->target.url ? meanings[i].remote : meanings[i].local);
    }
    if (code_of(response->status) == EXIT_LATER && response->retry_after_s >= 0)
        fprintf(stderr, "Try again in %lld s.\n", (long long)response->retry_after_s);
}

// The words of the problem document go through text_clean: they may quote what a stranger sent.
int cli_problem(const struct cli *cli, const struct response *response)
{
    const char *detail = json_string_value(json_object_get(response->body, "detail"));
    const char *message = json_string_value(json_object_get(response->body, "message")); // of SMSGate's paths
    const char *title = json_string_value(json_object_get(response->body, "title"));
    const char *field = json_string_value(json_object_get(response->body, "field"));
    detail = detail ? detail : message;
    char *words = text_clean(detail ? detail : title ? title : "");
    char *place = text_clean(field ? field : "");
    if (cli->json && response->body)
        cli_print_json(response->body);
    fprintf(stderr, "smsquitto: %s%s%s%s", place && *place ? place : "", place && *place ? ": " : "",
            words && *words ? words : "the bridge answered with an error", detail ? "" : " (");
    if (!detail)
        fprintf(stderr, "HTTP %ld)", response->status);
    fputc('\n', stderr);
    print_hint(cli, response);
    free(words);
    free(place);
    return code_of(response->status);
}
