// What all live streams do: they send what their buffer has, and sleep while it has nothing.
#include "bridge/http/live.h"

#include "common/clock.h"

#include <string.h>

enum {
    KEEP_ALIVE_MS = 15000,
    STALLED_MS = 20000, // a reader that takes nothing for this long is cut
};

static void sleep_until_said(struct live *live)
{
    live->suspended = true;
    live->connection->deadline_ms = 0;
    MHD_suspend_connection(live->mhd);
}

static ssize_t on_read(void *context, uint64_t position, char *out, size_t max)
{
    struct live *live = context;
    (void)position;
    if (live->over)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (live->start == live->length) {
        live->start = live->length = 0;
        if (live->fill != NULL)
            live->fill(live);
    }
    size_t length = live->length - live->start;
    if (length == 0) {
        sleep_until_said(live);
        return 0;
    }
    length = length < max ? length : max;
    memcpy(out, live->buffer + live->start, length);
    live->start += length;
    int64_t now_ms = clock_mono_ms();
    live->next_keep_alive_ms = now_ms + KEEP_ALIVE_MS;
    live->connection->deadline_ms = now_ms + STALLED_MS;
    return (ssize_t)length;
}

static void on_free(void *context)
{
    struct live *live = context;
    *live->link = live->next;
    if (live->next != NULL)
        live->next->link = live->link;
    live->left(live);
}

struct MHD_Response *live_response(struct live *live, const struct request *request, size_t block)
{
    live->server = request->server;
    live->mhd = request->mhd;
    live->connection = request->connection;
    live->next_keep_alive_ms = clock_mono_ms() + KEEP_ALIVE_MS;
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, block, on_read, live, on_free);
}

void live_reply_take(struct request *request, struct live *live, struct live **list,
                     struct MHD_Response *response)
{
    live->next = *list;
    live->link = list;
    if (live->next != NULL)
        live->next->link = &live->next;
    *list = live;
    (void)live_say(live, ":\n\n", 3); // so that the client sees at once that it is connected
    request_add_header(request, "X-Accel-Buffering", "no");
    http_reply_take(request, MHD_HTTP_OK, response, "text/event-stream");
}

bool live_say(struct live *live, const char *text, size_t length)
{
    if (live->start == live->length)
        live->start = live->length = 0;
    if (length > live->room - live->length)
        return false;
    memcpy(live->buffer + live->length, text, length);
    live->length += length;
    live_resume(live);
    return true;
}

void live_resume(struct live *live)
{
    if (!live->suspended)
        return;
    live->suspended = false;
    MHD_resume_connection(live->mhd);
}

void live_end(struct live *live)
{
    live->over = true;
    live_resume(live);
}

void live_end_all(struct live *list)
{
    for (; list != NULL; list = list->next)
        live_end(list);
}
