// Live event streams (server-sent events): each follows the event table at its own pace and holds one bounded
// buffer.
#include "bridge/http/http_internal.h"

#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUFFER_BYTES = 32768,
    EVENT_MAX_BYTES = 2048,
    WINDOW = 64, // events read at once
    KEEP_ALIVE_MS = 15000,
    BLOCK_BYTES = 4096,
};

struct stream {
    struct http_server *server;
    struct MHD_Connection *mhd;
    struct stream *next, *previous;
    int64_t account, after_n;
    struct stream_filter filter;
    stream_format format;
    char buffer[BUFFER_BYTES];
    size_t start, length; // what of the buffer is to be sent
    bool suspended, over;
    int64_t next_keep_alive_ms;
};

static bool wanted(const struct stream *stream, const struct event *event)
{
    if (event->account != stream->account)
        return false;
    for (size_t i = 0; i < stream->filter.count; i++)
        if (stream->filter.kinds[i] == event->kind)
            return true;
    return stream->filter.count == 0;
}

static void append_event(struct stream *stream, const struct event_view *view)
{
    json_t *json = stream->format(view);
    char *data = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (data == NULL)
        return;
    int written = snprintf(stream->buffer + stream->length, BUFFER_BYTES - stream->length,
                           "id: %lld\nevent: %s\ndata: %s\n\n", (long long)view->event.n,
                           event_name(view->event.kind), data);
    free(data);
    stream->length += (size_t)written;
}

// Reads on from the store for as long as there is room for one more event.
static void fill(struct stream *stream)
{
    struct event_view window[WINDOW];
    size_t count = WINDOW;
    if (stream->start == stream->length)
        stream->start = stream->length = 0;
    while (count == WINDOW && BUFFER_BYTES - stream->length > EVENT_MAX_BYTES) {
        if (query_events(stream->server->store, window, WINDOW, &count, stream->after_n) != QUERY_OK)
            return;
        for (size_t i = 0; i < count && BUFFER_BYTES - stream->length > EVENT_MAX_BYTES; i++) {
            if (wanted(stream, &window[i].event))
                append_event(stream, &window[i]);
            stream->after_n = window[i].event.n;
        }
    }
}

static ssize_t on_read(void *context, uint64_t position, char *out, size_t max)
{
    struct stream *stream = context;
    (void)position;
    if (stream->over)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (stream->start == stream->length)
        fill(stream);
    size_t length = stream->length - stream->start;
    if (length == 0) {
        stream->suspended = true;
        MHD_suspend_connection(stream->mhd);
        return 0;
    }
    length = length < max ? length : max;
    memcpy(out, stream->buffer + stream->start, length);
    stream->start += length;
    stream->next_keep_alive_ms = clock_mono_ms() + KEEP_ALIVE_MS;
    return (ssize_t)length;
}

static void on_free(void *context)
{
    struct stream *stream = context;
    struct http_server *server = stream->server;
    *(stream->previous != NULL ? &stream->previous->next : &server->streams) = stream->next;
    if (stream->next != NULL)
        stream->next->previous = stream->previous;
    server->stream_count--;
    free(stream);
}

static void resume(struct stream *stream)
{
    stream->suspended = false;
    MHD_resume_connection(stream->mhd);
}

void http_feed_streams(struct http_server *server, int64_t last_event, int64_t now_ms)
{
    for (struct stream *stream = server->streams, *next; stream != NULL; stream = next) {
        next = stream->next;
        if (!stream->suspended)
            continue;
        if (stream->after_n < last_event)
            fill(stream);
        if (stream->length == stream->start && now_ms >= stream->next_keep_alive_ms) {
            stream->start = 0;
            stream->length = (size_t)snprintf(stream->buffer, BUFFER_BYTES, ": still here\n\n");
        }
        if (stream->length != stream->start)
            resume(stream);
    }
}

void http_end_streams(struct http_server *server)
{
    for (struct stream *stream = server->streams; stream != NULL; stream = stream->next) {
        stream->over = true;
        if (stream->suspended)
            resume(stream);
    }
}

static void link_stream(struct http_server *server, struct stream *stream)
{
    stream->next = server->streams;
    if (stream->next != NULL)
        stream->next->previous = stream;
    server->streams = stream;
    server->stream_count++;
}

void request_reply_stream(struct request *request, int64_t after_n, const struct stream_filter *filter,
                          stream_format format)
{
    struct http_server *server = request->server;
    struct stream *stream =
        server->stream_count < server->options.streams_max ? calloc(1, sizeof(*stream)) : NULL;
    struct MHD_Response *response =
        stream != NULL
            ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, on_read, stream, on_free)
            : NULL;
    if (response == NULL) {
        free(stream);
        request_unavailable(request);
        return;
    }
    *stream = (struct stream){
        .server = server,
        .mhd = request->mhd,
        .account = request->principal.account,
        .after_n = after_n,
        .filter = *filter,
        .format = format,
        .length = 3,
        .buffer = ":\n\n", // so that the client sees at once that it is connected
        .next_keep_alive_ms = clock_mono_ms() + KEEP_ALIVE_MS,
    };
    link_stream(server, stream);
    request_add_header(request, "X-Accel-Buffering", "no");
    http_reply_take(request, MHD_HTTP_OK, response, "text/event-stream");
}
