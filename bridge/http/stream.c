// Live event streams (server-sent events): each has a place in the event table and one bounded buffer. Those
// that have caught up are served from the feed, which reads once for all; the others read on by themselves, a
// little each turn, so that nobody waits for a long catching up.
#include "bridge/http/feed.h"
#include "bridge/http/http_internal.h"

#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUFFER_BYTES = 16384,
    EVENT_MAX_BYTES = 2048,
    CATCH_UP = 64, // events that a stream reads by itself in one turn
    KEEP_ALIVE_MS = 15000,
    STALLED_MS = 20000, // a reader that takes nothing for this long is cut
    BLOCK_BYTES = 4096,
};

struct stream {
    struct http_server *server;
    struct MHD_Connection *mhd;
    struct connection *connection;
    struct stream *next, *previous;
    struct principal principal;
    int64_t after_n;
    struct stream_filter filter;
    char buffer[BUFFER_BYTES];
    size_t start, length; // what of the buffer is to be sent
    bool suspended, over;
    bool behind; // there is more to read at once
    int64_t next_keep_alive_ms;
};

static bool wanted(const struct stream *stream, const struct event *event)
{
    if (event->account != stream->principal.account)
        return false;
    for (size_t i = 0; i < stream->filter.count; i++)
        if (stream->filter.kinds[i] == event->kind)
            return true;
    return stream->filter.count == 0;
}

static bool has_room(const struct stream *stream)
{
    return BUFFER_BYTES - stream->length > EVENT_MAX_BYTES;
}

// Appends one event. False when memory ran out: it is tried again later.
static bool append(struct stream *stream, const char *text, size_t length)
{
    if (text == NULL || length > BUFFER_BYTES - stream->length)
        return false;
    memcpy(stream->buffer + stream->length, text, length);
    stream->length += length;
    return true;
}

// Takes what the feed has.
static void follow(struct stream *stream)
{
    struct feed *feed = stream->server->feed;
    struct feed_item *item;
    while (has_room(stream) && (item = feed_next(feed, stream->after_n)) != NULL) {
        if (wanted(stream, &item->view.event)) {
            size_t length = 0;
            const char *text = feed_text(feed, item, &length);
            if (!append(stream, text, length))
                return;
        }
        stream->after_n = item->view.event.n;
    }
}

// Reads a little of what the feed no longer has.
static void catch_up(struct stream *stream)
{
    struct event_view views[CATCH_UP];
    size_t count = 0;
    if (query_events(stream->server->store, views, CATCH_UP, &count, stream->after_n) != QUERY_OK)
        return;
    stream->behind = count > 0;
    for (size_t i = 0; i < count && has_room(stream); i++) {
        if (wanted(stream, &views[i].event)) {
            size_t length = 0;
            char *text = feed_format(stream->server->format, &views[i], &length);
            bool appended = append(stream, text, length);
            free(text);
            if (!appended)
                return;
        }
        stream->after_n = views[i].event.n;
    }
}

static void fill(struct stream *stream)
{
    if (stream->start == stream->length)
        stream->start = stream->length = 0;
    stream->behind = false;
    if (feed_covers(stream->server->feed, stream->after_n))
        follow(stream);
    else if (has_room(stream))
        catch_up(stream);
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
        stream->connection->deadline_ms = 0;
        MHD_suspend_connection(stream->mhd);
        return 0;
    }
    length = length < max ? length : max;
    memcpy(out, stream->buffer + stream->start, length);
    stream->start += length;
    int64_t now_ms = clock_mono_ms();
    stream->next_keep_alive_ms = now_ms + KEEP_ALIVE_MS;
    stream->connection->deadline_ms = now_ms + STALLED_MS;
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

// Says something to a silent reader, so that both sides notice when the other is gone; ends one whose key has
// expired.
static void keep_alive(struct stream *stream)
{
    int64_t expires_at = stream->principal.expires_at;
    stream->over = expires_at != 0 && expires_at <= clock_wall_ms();
    stream->start = 0;
    stream->length = (size_t)snprintf(stream->buffer, BUFFER_BYTES, ": still here\n\n");
}

bool http_feed_streams(struct http_server *server, int64_t last_event, int64_t now_ms)
{
    bool more = server->streams != NULL && feed_last(server->feed) < last_event &&
                feed_pump(server->feed, server->store);
    for (struct stream *stream = server->streams; stream != NULL; stream = stream->next) {
        if (!stream->suspended)
            continue;
        fill(stream);
        if (stream->length == stream->start && now_ms >= stream->next_keep_alive_ms)
            keep_alive(stream);
        if (stream->length != stream->start)
            resume(stream);
        more = more || stream->behind;
    }
    return more;
}

static void end(struct stream *stream)
{
    stream->over = true;
    if (stream->suspended)
        resume(stream);
}

void http_end_streams(struct http_server *server)
{
    for (struct stream *stream = server->streams; stream != NULL; stream = stream->next)
        end(stream);
}

void http_check_streams(struct http_server *server)
{
    for (struct stream *stream = server->streams; stream != NULL; stream = stream->next) {
        struct app_key key;
        if (stream->principal.key != 0 &&
            (query_key_by_hash(server->store, &key, stream->principal.hash) != QUERY_OK ||
             key.revoked_at != 0))
            end(stream);
    }
}

void http_drop_left_streams(struct http_server *server)
{
    for (struct stream *stream = server->streams; stream != NULL; stream = stream->next)
        if (stream->suspended && http_gone(stream->connection))
            end(stream);
}

// The first stream starts the feed with what comes next; older events each stream reads by itself.
static bool start_feed(struct http_server *server, stream_format format)
{
    int64_t last;
    if (server->streams != NULL)
        return true;
    server->format = format;
    if (server->feed == NULL)
        server->feed = feed_new(format);
    if (server->feed == NULL || query_event_last(server->store, &last) != QUERY_OK)
        return false;
    feed_start(server->feed, last);
    return true;
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
    if (server->stream_count >= server->options.streams_max) {
        request_add_header(request, "Retry-After", "15");
        request_problem(request, 503, "unavailable", "Try again later", "", "too many live streams are open");
        return;
    }
    struct stream *stream = start_feed(server, format) ? calloc(1, sizeof(*stream)) : NULL;
    struct MHD_Response *response =
        stream != NULL
            ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, on_read, stream, on_free)
            : NULL;
    if (response == NULL) {
        free(stream);
        request_unavailable(request);
        return;
    }
    stream->server = server;
    stream->mhd = request->mhd;
    stream->connection = request->connection;
    stream->principal = request->principal;
    stream->after_n = after_n;
    stream->filter = *filter;
    append(stream, ":\n\n", 3); // so that the client sees at once that it is connected
    stream->next_keep_alive_ms = clock_mono_ms() + KEEP_ALIVE_MS;
    link_stream(server, stream);
    request_add_header(request, "X-Accel-Buffering", "no");
    http_reply_take(request, MHD_HTTP_OK, response, "text/event-stream");
}
