// send --wait: follows messages by the event stream.
//
// The stream tells what happens from its opening on; what happened before is asked for then. What both tell
// is printed once.
#include "admin-cli/commands/wait.h"

#include "admin-cli/events.h"
#include "admin-cli/follow.h"
#include "admin-cli/words.h"
#include "common/clock.h"
#include "common/state.h"

#include <stdlib.h>
#include <string.h>

struct waited {
    const char *id; // borrowed from the answer to the request
    enum state enough;
    bool done, good;
    json_t *seen; // object: a member for each event that was printed
};

struct wait {
    struct cli *cli;
    struct client *asker; // the cli's own is busy with the stream
    struct waited *messages;
    size_t count, open;
};

// The state from which on this message is well: no more is to come.
static enum state enough_for(const json_t *message)
{
    if (json_integer_value(json_object_get(message, "qos")) == 0)
        return STATE_DISPATCHED;
    return json_is_false(json_object_get(message, "report")) ? STATE_SENT : STATE_DELIVERED;
}

static void take_state(struct wait *wait, struct waited *waited, const char *name)
{
    enum state state;
    if (waited->done || !state_parse(&state, name, strlen(name)))
        return;
    bool far_enough = !state_final(state) && state_rank(state) >= state_rank(waited->enough);
    waited->good = state == STATE_DELIVERED || far_enough;
    waited->done = state_final(state) || far_enough;
    wait->open -= waited->done;
}

// Prints the event unless it was printed before.
static void show_once(struct wait *wait, struct waited *waited, const json_t *event)
{
    char key[128];
    snprintf(key, sizeof key, "%s|%s|%lld|%lld", words_string(event, "event"), words_string(event, "at"),
             (long long)json_integer_value(json_object_get(event, "lease")),
             (long long)json_integer_value(json_object_get(event, "part")));
    if (json_object_get(waited->seen, key))
        return;
    json_object_set_new(waited->seen, key, json_true());
    if (wait->cli->json)
        return;
    events_put_line(stdout, event, false);
    fflush(stdout);
}

// Asks how the message is now. Returns false when the bridge cannot say; the stream goes on then.
static bool catch_up(struct wait *wait, struct waited *waited)
{
    struct response response;
    size_t index;
    json_t *event;
    char *path = cli_path("/v1/messages/%s", waited->id);
    bool asked =
        path && client_call(wait->asker, &response, &(struct request){.method = "GET", .path = path});
    free(path);
    if (!asked)
        return false;
    json_t *named = json_pack("{s:s, s:s}", "id", waited->id, "to", words_string(response.body, "to"));
    json_array_foreach(json_object_get(response.body, "timeline"), index, event)
    {
        json_object_set(event, "message", named);
        show_once(wait, waited, event);
    }
    json_decref(named);
    take_state(wait, waited, words_string(response.body, "state"));
    response_clear(&response);
    return true;
}

static bool on_open(void *context)
{
    struct wait *wait = context;
    for (size_t i = 0; i < wait->count; i++) {
        if (!wait->messages[i].done && !catch_up(wait, &wait->messages[i]))
            break;
    }
    return wait->open > 0;
}

static bool on_event(void *context, const struct follow_event *event)
{
    struct wait *wait = context;
    const char *id = words_string(event->data, "message.id");
    for (size_t i = 0; i < wait->count; i++) {
        if (strcmp(wait->messages[i].id, id) != 0 || wait->messages[i].done)
            continue;
        show_once(wait, &wait->messages[i], event->data);
        take_state(wait, &wait->messages[i], words_string(event->data, "message.state"));
    }
    return wait->open > 0;
}

// The messages as they are in the end, for programs.
static void print_messages(struct wait *wait)
{
    json_t *all = json_array();
    for (size_t i = 0; i < wait->count; i++) {
        json_t *message = NULL;
        if (cli_act(wait->cli, &message, "GET", "/v1/messages/%s", wait->messages[i].id) == EXIT_OK)
            json_array_append(all, message);
        json_decref(message);
    }
    json_t *out = json_pack("{s:O}", "messages", all);
    cli_print_json(wait->count == 1 ? json_array_get(all, 0) : out);
    json_decref(out);
    json_decref(all);
}

static int judge(const struct wait *wait, enum follow_end end, int code)
{
    size_t bad = 0;
    for (size_t i = 0; i < wait->count; i++)
        bad += wait->messages[i].done && !wait->messages[i].good;
    if (end == FOLLOW_FAILED)
        return code;
    if (end == FOLLOW_DEADLINE)
        return cli_fail(EXIT_LATER,
                        "%zu of %zu messages have not ended in this time; \"messages show\" goes on",
                        wait->open, wait->count);
    return bad == 0
               ? EXIT_OK
               : cli_fail(EXIT_NOT_DELIVERED, "%zu of %zu messages were not delivered", bad, wait->count);
}

static int follow_messages(struct wait *wait, int64_t timeout_ms)
{
    int code = EXIT_OK;
    const struct follow follow = {
        .path = "/v1/events",
        .deadline_ms = timeout_ms > 0 ? clock_mono_ms() + timeout_ms : 0,
        .opened = on_open,
        .event = on_event,
        .context = wait,
    };
    enum follow_end end = follow_run(wait->cli, &follow, &code);
    if (wait->cli->json && end != FOLLOW_FAILED)
        print_messages(wait);
    return judge(wait, end, code);
}

int wait_for_messages(struct cli *cli, const json_t *messages, int64_t timeout_ms)
{
    struct wait wait = {.cli = cli, .count = json_array_size(messages), .open = json_array_size(messages)};
    int code = EXIT_FAILED;
    wait.asker = client_open(&cli->target);
    wait.messages = calloc(wait.count + 1, sizeof *wait.messages);
    for (size_t i = 0; wait.messages && i < wait.count; i++) {
        const json_t *message = json_array_get(messages, i);
        wait.messages[i] = (struct waited){
            .id = words_string(message, "id"), .enough = enough_for(message), .seen = json_object()};
    }
    if (wait.asker && wait.messages)
        code = follow_messages(&wait, timeout_ms);
    else
        cli_fail(EXIT_FAILED, "out of memory");
    for (size_t i = 0; wait.messages && i < wait.count; i++)
        json_decref(wait.messages[i].seen);
    free(wait.messages);
    client_close(wait.asker);
    return code;
}
