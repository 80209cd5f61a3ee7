// Joins the client's stream and the parser, and keeps the place in the stream.
#include "admin-cli/follow.h"

#include "admin-cli/sse.h"
#include "common/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PAUSE_FIRST_MS = 250, PAUSE_MAX_MS = 5000 };

struct run {
    const struct follow *follow;
    struct sse *sse; // of the connection under way
    char last_id[SSE_ID_SIZE];
    bool ever_open, open, stopped;
};

static bool on_event(void *context, const struct sse_event *event)
{
    struct run *run = context;
    snprintf(run->last_id, sizeof run->last_id, "%s", event->id);
    json_t *data = json_loads(event->data, 0, NULL);
    struct follow_event out = {.id = event->id, .type = event->type, .data = data};
    run->stopped = json_is_object(data) && !run->follow->event(run->follow->context, &out);
    json_decref(data);
    return !run->stopped;
}

static bool on_data(void *context, const char *bytes, size_t length)
{
    struct run *run = context;
    return sse_feed(run->sse, bytes, length);
}

static bool on_open(void *context)
{
    struct run *run = context;
    run->ever_open = run->open = true;
    run->stopped = run->follow->opened && !run->follow->opened(run->follow->context);
    return !run->stopped;
}

// Milliseconds left, 0 when there is no deadline, -1 when it has passed.
static int64_t time_left(const struct follow *follow)
{
    int64_t left = follow->deadline_ms - clock_mono_ms();
    return follow->deadline_ms == 0 ? 0 : left > 0 ? left : -1;
}

static void pause_for(const struct follow *follow, int64_t ms)
{
    int64_t left = time_left(follow);
    if (left != 0 && left < ms)
        ms = left > 0 ? left : 0;
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

// One connection, from its making to its end.
static enum stream_end connect_once(struct cli *cli, struct run *run, struct response *response)
{
    const struct stream_handler handler = {.opened = on_open, .data = on_data, .context = run};
    run->open = false;
    run->sse = sse_new(on_event, run);
    *response = (struct response){.error = "out of memory"};
    enum stream_end end = STREAM_LOST;
    if (run->sse)
        end = client_stream(cli->client, response, run->follow->path, run->last_id, time_left(run->follow),
                            &handler);
    sse_free(run->sse);
    return end;
}

// What a broken connection means: an exit code when it is for good, EXIT_OK when it is worth another try.
static int judge(const struct cli *cli, const struct run *run, enum stream_end end,
                 const struct response *response)
{
    bool later = response->status == 429 || response->status == 503;
    if (end == STREAM_REFUSED && !(run->ever_open && later))
        return cli_problem(cli, response);
    if (!run->ever_open)
        return cli_fail(EXIT_UNREACHABLE, "%s", response->error);
    return EXIT_OK;
}

enum follow_end follow_run(struct cli *cli, const struct follow *follow, int *code)
{
    struct run run = {.follow = follow};
    int64_t pause_ms = PAUSE_FIRST_MS;
    snprintf(run.last_id, sizeof run.last_id, "%s", follow->after ? follow->after : "");
    *code = cli_connect(cli);
    if (*code != EXIT_OK)
        return FOLLOW_FAILED;
    for (;;) {
        struct response response;
        enum stream_end end = connect_once(cli, &run, &response);
        *code = EXIT_OK;
        bool late = time_left(follow) < 0;
        if (!run.stopped && !late)
            *code = judge(cli, &run, end, &response);
        if (*code == EXIT_OK && !run.stopped && !late && run.open)
            fprintf(stderr, "smsquitto: the event stream ended, connecting again\n");
        response_clear(&response);
        if (run.stopped || late || *code != EXIT_OK)
            return run.stopped ? FOLLOW_STOPPED : late ? FOLLOW_DEADLINE : FOLLOW_FAILED;
        pause_ms = run.open ? PAUSE_FIRST_MS : pause_ms < PAUSE_MAX_MS ? 2 * pause_ms : PAUSE_MAX_MS;
        pause_for(follow, pause_ms);
    }
}
