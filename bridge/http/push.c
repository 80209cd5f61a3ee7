// Streams of events for one listener each, such as a phone: a word now and then, and signs of life. Each has
// a small buffer; who does not take what is said is cut.
#include "bridge/http/live.h"

#include "common/clock.h"
#include "common/fnv1a.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUFFER_BYTES = 1024,
    BLOCK_BYTES = 1024,
    ALIVE_MS = 45000, // between two words to the owner that the listener is there
    LOOK_MS = 2000,   // between two looks whether the listener has gone
    BUCKETS = 4096,
    QUEUED_MAX = 100000,
};

// An event that waits for the HTTP thread.
struct push_note {
    char name[PUSH_NAME_SIZE];
    char text[PUSH_TEXT_SIZE]; // "" = end the streams
    struct push_note *next;
};

struct push_stream {
    struct live live;
    struct push_stream *next_of_bucket;
    char name[PUSH_NAME_SIZE];
    struct push_listener listener;
    int64_t next_look_ms, next_alive_ms;
    char buffer[BUFFER_BYTES];
};

struct push {
    struct live *streams;
    struct push_stream *buckets[BUCKETS];
    // under the server's lock
    struct push_note *notes, **notes_end;
    size_t note_count;
    bool lost; // a note: who listens is sent away, and asks for all when it comes again
};

struct push *push_new(void)
{
    struct push *push = calloc(1, sizeof(*push));
    if (push != NULL)
        push->notes_end = &push->notes;
    return push;
}

void push_free(struct push *push)
{
    if (push == NULL)
        return;
    for (struct push_note *note = push->notes, *next; note != NULL; note = next) {
        next = note->next;
        free(note);
    }
    free(push);
}

void http_push(struct http_server *server, const char *name, const char *event, const char *data)
{
    struct push_note *note = calloc(1, sizeof(*note));
    struct push *push = server->push;
    if (note != NULL)
        snprintf(note->name, sizeof(note->name), "%s", name);
    if (note != NULL && event != NULL)
        snprintf(note->text, sizeof(note->text), "event: %s\ndata: %s\n\n", event, data);
    pthread_mutex_lock(&server->lock);
    bool room = note != NULL && push->note_count < QUEUED_MAX;
    if (room) {
        *push->notes_end = note;
        push->notes_end = &note->next;
        push->note_count++;
    }
    push->lost = push->lost || !room;
    pthread_mutex_unlock(&server->lock);
    if (!room)
        free(note);
    http_wake(server);
}

static struct push_stream **bucket_of(struct push *push, const char *name)
{
    return &push->buckets[fnv1a(name) % BUCKETS];
}

// What finds no room is dropped: the listener comes for everything that waits when it hears anything.
static void say(struct push_stream *stream, const char *text)
{
    (void)live_say(&stream->live, text, strlen(text));
}

static void left(struct live *live)
{
    struct push_stream *stream = (struct push_stream *)live,
                       **link = bucket_of(live->server->push, stream->name);
    while (*link != stream)
        link = &(*link)->next_of_bucket;
    *link = stream->next_of_bucket;
    if (!push_listens(live->server, stream->name))
        stream->listener.gone(live->server->engine, stream->name);
    free(stream);
}

bool push_listens(const struct http_server *server, const char *name)
{
    const struct push_stream *each = *bucket_of(server->push, name);
    while (each != NULL && (each->live.over || strcmp(each->name, name) != 0))
        each = each->next_of_bucket;
    return each != NULL;
}

bool request_listens(const struct request *request, const char *name)
{
    return push_listens(request->server, name);
}

void request_end_push(struct request *request, const char *name)
{
    for (struct push_stream *each = *bucket_of(request->server->push, name); each != NULL;
         each = each->next_of_bucket)
        if (strcmp(each->name, name) == 0)
            live_end(&each->live);
}

// A listener that comes again has lost its old stream, whatever that looks like from here.
void request_reply_push(struct request *request, const char *name, const struct push_listener *listener)
{
    struct http_server *server = request->server;
    struct push *push = server->push;
    struct push_stream *stream = calloc(1, sizeof(*stream));
    if (stream != NULL) {
        stream->live.buffer = stream->buffer;
        stream->live.room = sizeof(stream->buffer);
        stream->live.left = left;
    }
    struct MHD_Response *response =
        stream != NULL ? live_response(&stream->live, request, BLOCK_BYTES) : NULL;
    if (response == NULL) {
        free(stream);
        request_unavailable(request);
        return;
    }
    request_end_push(request, name);
    snprintf(stream->name, sizeof(stream->name), "%s", name);
    stream->listener = *listener;
    stream->next_alive_ms = clock_mono_ms() + ALIVE_MS;
    struct push_stream **bucket = bucket_of(push, name);
    stream->next_of_bucket = *bucket;
    *bucket = stream;
    live_reply_take(request, &stream->live, &push->streams, response);
}

static void deliver(struct push *push, const struct push_note *note)
{
    struct push_stream *each = *bucket_of(push, note->name);
    for (; each != NULL; each = each->next_of_bucket)
        if (strcmp(each->name, note->name) == 0 && note->text[0] == '\0')
            live_end(&each->live);
        else if (strcmp(each->name, note->name) == 0 && !each->live.over)
            say(each, note->text);
}

void push_deliver(struct http_server *server)
{
    struct push *push = server->push;
    pthread_mutex_lock(&server->lock);
    struct push_note *notes = push->notes;
    push->notes = NULL;
    push->notes_end = &push->notes;
    push->note_count = 0;
    bool lost = push->lost;
    push->lost = false;
    pthread_mutex_unlock(&server->lock);
    for (struct push_note *next; notes != NULL; notes = next) {
        next = notes->next;
        deliver(push, notes);
        free(notes);
    }
    if (lost)
        push_end_all(server);
}

static void look_at(struct push_stream *stream, int64_t now_ms)
{
    struct live *live = &stream->live;
    stream->next_look_ms = now_ms + LOOK_MS;
    if (live->suspended && http_gone(live->connection)) {
        live_end(live);
        return;
    }
    if (now_ms >= stream->next_alive_ms) {
        stream->next_alive_ms = now_ms + ALIVE_MS;
        stream->listener.alive(live->server->engine, stream->name);
    }
    if (live->suspended && now_ms >= live->next_keep_alive_ms)
        say(stream, ":\n\n");
}

void push_scan(struct http_server *server, int64_t now_ms)
{
    for (struct live *live = server->push->streams; live != NULL; live = live->next) {
        struct push_stream *stream = (struct push_stream *)live;
        if (!live->over && now_ms >= stream->next_look_ms)
            look_at(stream, now_ms);
    }
}

void push_end_all(struct http_server *server)
{
    live_end_all(server->push->streams);
}
