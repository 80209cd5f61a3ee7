// send and messages reply: a text to one or several people, and an answer to one that came in.
#include "admin-cli/commands/commands.h"
#include "admin-cli/commands/wait.h"
#include "admin-cli/pairs.h"
#include "admin-cli/words.h"
#include "common/clock.h"
#include "common/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX_BYTES = 64 * 1024, KEY_SIZE = 40 };

static const struct option_spec options[] = {
    {"text", "TEXT", "the text; - reads it from standard input"},
    {"template", "NAME", "the template that makes the text, instead of --text"},
    {"var", "NAME=VALUE...", "the value of a variable of the template; may be given several times"},
    {"language", "LANGUAGE", "of the template's text, such as fr or fr-CH"},
    {"from", "POOL|DEVICE|NUMBER|tag:TAG", "who sends: a pool, a device, a SIM by its number, or a tag"},
    {"device", "ID", "through this device only"},
    {"sim", "N", "with the SIM in this slot, from 1"},
    {"qos", "0|1|2",
     "0 at most once, 1 at least once (default), 2 at most once and in doubt reported as unknown"},
    {"lane", "otp|high|normal|bulk", "how urgent it is (default normal)"},
    {"ttl", "TIME", "give up when it was not sent after this time, such as 90s, 10m, 2h, 7d"},
    {"send-at", "TIME", "not before this time: RFC 3339, or +10m counted from now"},
    {"expires-at", "TIME", "give up at this time, instead of --ttl"},
    {"metadata", "NAME=VALUE...", "keep this with the message; may be given several times"},
    {"callback-url", "URL", "tell this address, too, what becomes of it"},
    {"no-report", NULL, "ask the network for no delivery report"},
    {"idempotency-key", "KEY", "the same key is the same message, however often it is sent"},
    {"wait", "[SECONDS]", "follow it until it is delivered or has ended otherwise, and print each step"},
};

static const struct option_spec reply_options[] = {
    {"template", "NAME", "the template that makes the text, instead of TEXT"},
    {"var", "NAME=VALUE...", "the value of a variable of the template; may be given several times"},
    {"language", "LANGUAGE", "of the template's text, such as fr or fr-CH"},
    {"idempotency-key", "KEY", "the same key is the same message, however often it is sent"},
    {"wait", "[SECONDS]", "follow it until it is delivered or has ended otherwise, and print each step"},
};

// The text of --text: as given, or standard input without its last line break. Owned; NULL with *error set.
static json_t *text_of(const char *given, struct args_error *error)
{
    if (strcmp(given, "-") != 0)
        return json_string(given);
    char *text = malloc(TEXT_MAX_BYTES + 1);
    size_t length = text ? fread(text, 1, TEXT_MAX_BYTES + 1, stdin) : 0;
    json_t *json = NULL;
    if (length > TEXT_MAX_BYTES)
        *error = (struct args_error){.text = "the text on standard input is longer than 64 KiB"};
    else
        json = json_stringn(text, length > 0 && text[length - 1] == '\n' ? length - 1 : length);
    free(text);
    return json;
}

static json_t *recipients(const struct args *args)
{
    if (args->word_count == 1)
        return json_string(args->words[0]);
    json_t *list = json_array();
    for (size_t i = 0; i < args->word_count; i++)
        json_array_append_new(list, json_string(args->words[i]));
    return list;
}

// The members that are whole numbers. What they may be is the bridge's to say.
static bool add_numbers(json_t *body, const struct args *args, struct args_error *error)
{
    static const char *const names[] = {"sim", "qos"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int64_t value = 0;
        if (!args_int(args, names[i], INT64_MIN, INT64_MAX, &value, error))
            return false;
        if (args_flag(args, names[i]))
            json_object_set_new(body, names[i], json_integer(value));
    }
    const char *ttl = args_text(args, "ttl");
    int64_t ttl_ms = 0;
    if (ttl && !args_duration(&ttl_ms, ttl)) {
        snprintf(error->text, sizeof error->text, "--ttl: \"%.40s\" is no time such as 90s, 10m, 2h or 7d",
                 ttl);
        return false;
    }
    if (ttl)
        json_object_set_new(body, "ttl", json_integer(ttl_ms / 1000));
    return true;
}

static void add_texts(json_t *body, const struct args *args)
{
    static const struct {
        const char *option, *name;
        bool time;
    } members[] = {{"from", "from", false},         {"device", "device", false},
                   {"lane", "lane", false},         {"callback-url", "callback_url", false},
                   {"template", "template", false}, {"language", "language", false},
                   {"send-at", "send_at", true},    {"expires-at", "expires_at", true}};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const char *given = args_text(args, members[i].option);
        char *when = given && members[i].time ? words_when(given, clock_wall_ms()) : NULL;
        if (given)
            json_object_set_new(body, members[i].name, json_string(when ? when : given));
        free(when);
    }
    if (args_flag(args, "no-report"))
        json_object_set_new(body, "report", json_false());
}

// The request from the command line; owned, NULL with *error set.
static json_t *make_body(const struct args *args, struct args_error *error)
{
    const char *given = args_text(args, "text");
    if (!given && !args_flag(args, "template")) {
        *error = (struct args_error){
            .text = "send needs --text TEXT (or --text - for standard input), or --template NAME"};
        return NULL;
    }
    *error = (struct args_error){.text = "the numbers and the text must be UTF-8"};
    json_t *body = json_pack("{s:o}", "to", recipients(args));
    bool good = body && (!given || json_object_set_new(body, "text", text_of(given, error)) == 0);
    if (good) {
        add_texts(body, args);
        good = add_numbers(body, args, error) && pairs_add(body, "metadata", args, "metadata", error) &&
               pairs_add(body, "variables", args, "var", error);
    }
    if (good)
        return body;
    json_decref(body);
    return NULL;
}

// One message of an answer as a list of one, so that both answers read alike. Owned.
static json_t *messages_of(const json_t *answer)
{
    json_t *messages = json_object_get(answer, "messages");
    return messages ? json_incref(messages) : json_pack("[O]", answer);
}

static const struct view_field fields[] = {
    {"ID", "id", VIEW_TEXT, false, NULL},
    {"TO", "to", VIEW_TEXT, false, NULL},
    {"STATE", "state", VIEW_TEXT, false, NULL},
    {"PARTS", "segments.count", VIEW_NUMBER, false, NULL},
    {"EXPIRES", "expires_at", VIEW_SINCE, false, NULL},
};

static int show_accepted(struct cli *cli, const json_t *answer, int64_t wait_ms)
{
    struct view view = cli_view(cli);
    bool wait = args_flag(&cli->args, "wait");
    json_t *messages = messages_of(answer);
    int code = EXIT_OK;
    if (!cli->json)
        view_table(&view, fields, sizeof fields / sizeof *fields, messages, "Nothing was accepted.");
    else if (!wait)
        cli_print_json(answer);
    fflush(stdout);
    if (wait)
        code = wait_for_messages(cli, messages, wait_ms);
    json_decref(messages);
    return code;
}

// A key of our own makes it safe to say the same again when no answer came.
static bool make_key(char key[KEY_SIZE])
{
    unsigned char bytes[16];
    if (!secret_random(bytes, sizeof bytes))
        return false;
    int used = snprintf(key, KEY_SIZE, "cli-");
    for (size_t i = 0; i < sizeof bytes; i++)
        used += snprintf(key + used, KEY_SIZE - (size_t)used, "%02x", bytes[i]);
    return true;
}

static int send_body(struct cli *cli, const char *path, const json_t *body, int64_t wait_ms)
{
    char own_key[KEY_SIZE];
    const char *key = args_text(&cli->args, "idempotency-key");
    struct response response;
    if (!key && !make_key(own_key))
        return cli_fail(EXIT_FAILED, "the system has no randomness");
    key = key ? key : own_key;
    const struct request request = {.method = "POST", .path = path, .body = body, .idempotency_key = key};
    int code = cli_call(cli, &response, &request);
    if (code == EXIT_UNREACHABLE && response.sent)
        fprintf(stderr, "It may have been accepted. To be sure, say the same with --idempotency-key %s\n",
                key);
    if (code == EXIT_OK)
        code = show_accepted(cli, response.body, wait_ms);
    response_clear(&response);
    return code;
}

// The time of --wait, 0 without one. False with *error set.
static bool wait_time(const struct args *args, int64_t *wait_ms, struct args_error *error)
{
    const char *wait = args_text(args, "wait");
    *wait_ms = 0;
    if (!wait || args_duration(wait_ms, wait))
        return true;
    snprintf(error->text, sizeof error->text, "--wait: \"%.40s\" is no time such as 30 or 5m", wait);
    return false;
}

static int run_send(struct cli *cli)
{
    struct args_error error;
    int64_t wait_ms;
    json_t *body = wait_time(&cli->args, &wait_ms, &error) ? make_body(&cli->args, &error) : NULL;
    if (!body)
        return cli_usage(&error);
    int code = send_body(cli, "/v1/messages", body, wait_ms);
    json_decref(body);
    return code;
}

// The answer from the command line; owned, NULL with *error set.
static json_t *make_answer(const struct args *args, struct args_error *error)
{
    bool text = args->word_count > 1;
    if (!text && !args_flag(args, "template")) {
        *error = (struct args_error){
            .text = "messages reply needs TEXT (- for standard input), or --template NAME"};
        return NULL;
    }
    *error = (struct args_error){.text = "the text must be UTF-8"};
    json_t *body = json_object();
    if (body && (!text || json_object_set_new(body, "text", text_of(args->words[1], error)) == 0)) {
        add_texts(body, args);
        if (pairs_add(body, "variables", args, "var", error))
            return body;
    }
    json_decref(body);
    return NULL;
}

static int run_reply(struct cli *cli)
{
    struct args_error error;
    int64_t wait_ms;
    json_t *body = wait_time(&cli->args, &wait_ms, &error) ? make_answer(&cli->args, &error) : NULL;
    if (!body)
        return cli_usage(&error);
    char *path = cli_path("/v1/messages/%s/reply", cli->args.words[0]);
    int code = path ? send_body(cli, path, body, wait_ms) : cli_fail(EXIT_FAILED, "out of memory");
    free(path);
    json_decref(body);
    return code;
}

const struct command command_send = {
    .name = "send",
    .words = "TO...",
    .words_min = 1,
    .words_max = COMMAND_ANY,
    .help = "send a text to one or several numbers",
    .more = "Numbers are written as +491701234567, or as in the bridge's default country.",
    COMMAND_OPTIONS(options),
    .run = run_send,
};

const struct command command_messages_reply = {
    .group = "messages",
    .name = "reply",
    .words = "ID [TEXT]",
    .words_min = 1,
    .words_max = 2,
    .help = "answer a text that came in, from the device and SIM that it came to",
    .more = "TEXT - reads the text from standard input.",
    COMMAND_OPTIONS(reply_options),
    .run = run_reply,
};
