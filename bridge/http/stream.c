// Live event streams (server-sent events): each has a place in the event table and one bounded buffer. Those
// that have caught up are served from the feed, which reads once for all; the others read on by themselves, a
// little each turn, so that nobody waits for a long catching up.
#include "bridge/http/feed.h"
#include "bridge/http/live.h"

#include "common/clock.h"

#include <stdlib.h>

enum {
    BUFFER_BYTES = 16384,
    EVENT_MAX_BYTES = 2048,
    CATCH_UP = 64, // events that a stream reads by itself in one turn
    BLOCK_BYTES = 4096,
};

struct stream {
    struct live live;
    struct principal principal;
    int64_t after_n;
    struct stream_filter filter;
    bool behind; // there is more to read at once
    char buffer[BUFFER_BYTES];
};

static struct stream *stream_of(struct live *live)
{
    return (struct stream *)live;
}

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
    return BUFFER_BYTES - stream->live.length > EVENT_MAX_BYTES;
}

// Appends one event. False when memory ran out: it is tried again later.
static bool append(struct stream *stream, const char *text, size_t length)
{
    return text != NULL && live_say(&stream->live, text, length);
}

// Takes what the feed has.
static void follow(struct stream *stream)
{
    struct feed *feed = stream->live.server->feed;
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
    if (query_events(stream->live.server->store, views, CATCH_UP, &count, stream->after_n) != QUERY_OK)
        return;
    stream->behind = count > 0;
    for (size_t i = 0; i < count && has_room(stream); i++) {
        if (wanted(stream, &views[i].event)) {
            size_t length = 0;
            char *text = feed_format(stream->live.server->format, &views[i], &length);
            bool appended = append(stream, text, length);
            free(text);
            if (!appended)
                return;
        }
        stream->after_n = views[i].event.n;
    }
}

static void fill(struct live *live)
{
    struct stream *stream = stream_of(live);
    stream->behind = false;
    if (feed_covers(live->server->feed, stream->after_n))
        follow(stream);
    else if (has_room(stream))
        catch_up(stream);
}

static void left(struct live *live)
{
    live->server->stream_count--;
    free(stream_of(live));
}

// Says something to a silent reader, so that both sides notice when the other is gone; ends one whose key has
// expired.
static void keep_alive(struct stream *stream)
{
    static const char WORD[] = ": still here\n\n";
    int64_t expires_at = stream->principal.expires_at;
    stream->live.over = expires_at != 0 && expires_at <= clock_wall_ms();
    (void)live_say(&stream->live, WORD, sizeof(WORD) - 1);
}

bool http_feed_streams(struct http_server *server, int64_t last_event, int64_t now_ms)
{
    bool more = server->streams != NULL && feed_last(server->feed) < last_event &&
                feed_pump(server->feed, server->store);
    for (struct live *live = server->streams; live != NULL; live = live->next) {
        if (!live->suspended)
            continue;
        fill(live);
        if (live->suspended && now_ms >= live->next_keep_alive_ms)
            keep_alive(stream_of(live));
        more = more || stream_of(live)->behind;
    }
    return more;
}

void http_check_streams(struct http_server *server)
{
    for (struct live *live = server->streams; live != NULL; live = live->next) {
        const struct principal *principal = &stream_of(live)->principal;
        struct app_key key;
        if (principal->key != 0 &&
            (query_key_by_hash(server->store, &key, principal->hash) != QUERY_OK || key.revoked_at != 0))
            live_end(live);
    }
}

void http_drop_left_streams(struct http_server *server)
{
    for (struct live *live = server->streams; live != NULL; live = live->next)
        if (live->suspended && http_gone(live->connection))
            live_end(live);
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
    if (stream != NULL) {
        stream->live.buffer = stream->buffer;
        stream->live.room = sizeof(stream->buffer);
        stream->live.fill = fill;
        stream->live.left = left;
    }
    struct MHD_Response *response =
        stream != NULL ? live_response(&stream->live, request, BLOCK_BYTES) : NULL;
    if (response == NULL) {
        free(stream);
        request_unavailable(request);
        return;
    }
    stream->principal = request->principal;
    stream->after_n = after_n;
    stream->filter = *filter;
    server->stream_count++;
    live_reply_take(request, &stream->live, &server->streams, response);
}
