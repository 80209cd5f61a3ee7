// Streams of events for one listener each, such as a phone: a word now and then, and signs of life. Each has
// a small buffer; who does not take what is said is cut.
#include "bridge/http/http_internal.h"

#include "common/clock.h"
#include "common/fnv1a.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUFFER_BYTES = 1024,
    BLOCK_BYTES = 1024,
    KEEP_ALIVE_MS = 15000,
    ALIVE_MS = 45000, // between two words to the owner that the listener is there
    STALLED_MS = 20000,
    LOOK_MS = 2000, // between two looks whether the listener has gone
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
    struct http_server *server;
    struct MHD_Connection *mhd;
    struct connection *connection;
    struct push_stream *next, *previous; // of all
    struct push_stream *next_of_name;
    char name[PUSH_NAME_SIZE];
    struct push_listener listener;
    char buffer[BUFFER_BYTES];
    size_t start, length;
    bool suspended, over;
    int64_t next_look_ms, next_keep_alive_ms, next_alive_ms;
};

struct push {
    struct push_stream *streams;
    struct push_stream *buckets[BUCKETS];
    // under the server's lock
    struct push_note *notes, **notes_end;
    size_t note_count;
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
    if (note == NULL)
        return;
    snprintf(note->name, sizeof(note->name), "%s", name);
    if (event != NULL)
        snprintf(note->text, sizeof(note->text), "event: %s\ndata: %s\n\n", event, data);
    pthread_mutex_lock(&server->lock);
    bool room = push->note_count < QUEUED_MAX;
    if (room) {
        *push->notes_end = note;
        push->notes_end = &note->next;
        push->note_count++;
    }
    pthread_mutex_unlock(&server->lock);
    if (room)
        http_wake(server);
    else
        free(note);
}

static struct push_stream **bucket_of(struct push *push, const char *name)
{
    return &push->buckets[fnv1a(name) % BUCKETS];
}

static void resume(struct push_stream *stream)
{
    if (!stream->suspended)
        return;
    stream->suspended = false;
    MHD_resume_connection(stream->mhd);
}

// What finds no room is dropped: the listener comes for everything that waits when it hears anything.
static void say(struct push_stream *stream, const char *text)
{
    size_t length = strlen(text);
    if (stream->start == stream->length)
        stream->start = stream->length = 0;
    if (length > BUFFER_BYTES - stream->length)
        return;
    memcpy(stream->buffer + stream->length, text, length);
    stream->length += length;
    resume(stream);
}

static ssize_t on_read(void *context, uint64_t position, char *out, size_t max)
{
    struct push_stream *stream = context;
    (void)position;
    if (stream->over)
        return MHD_CONTENT_READER_END_OF_STREAM;
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
    struct push_stream *stream = context, **link = bucket_of(stream->server->push, stream->name);
    while (*link != stream)
        link = &(*link)->next_of_name;
    *link = stream->next_of_name;
    *(stream->previous != NULL ? &stream->previous->next : &stream->server->push->streams) = stream->next;
    if (stream->next != NULL)
        stream->next->previous = stream->previous;
    if (!push_listens(stream->server, stream->name))
        stream->listener.gone(stream->server->engine, stream->name);
    free(stream);
}

bool push_listens(const struct http_server *server, const char *name)
{
    const struct push_stream *each = *bucket_of(server->push, name);
    while (each != NULL && (each->over || strcmp(each->name, name) != 0))
        each = each->next_of_name;
    return each != NULL;
}

bool request_listens(const struct request *request, const char *name)
{
    return push_listens(request->server, name);
}

static void end(struct push_stream *stream)
{
    stream->over = true;
    resume(stream);
}

void request_end_push(struct request *request, const char *name)
{
    for (struct push_stream *each = *bucket_of(request->server->push, name); each != NULL;
         each = each->next_of_name)
        if (strcmp(each->name, name) == 0)
            end(each);
}

// A listener that comes again has lost its old stream, whatever that looks like from here.
void request_reply_push(struct request *request, const char *name, const struct push_listener *listener)
{
    struct http_server *server = request->server;
    struct push *push = server->push;
    struct push_stream *stream = calloc(1, sizeof(*stream));
    struct MHD_Response *response =
        stream != NULL
            ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, on_read, stream, on_free)
            : NULL;
    if (response == NULL) {
        free(stream);
        request_unavailable(request);
        return;
    }
    request_end_push(request, name);
    snprintf(stream->name, sizeof(stream->name), "%s", name);
    stream->server = server;
    stream->mhd = request->mhd;
    stream->connection = request->connection;
    stream->listener = *listener;
    stream->next_keep_alive_ms = clock_mono_ms() + KEEP_ALIVE_MS;
    stream->next_alive_ms = clock_mono_ms() + ALIVE_MS;
    struct push_stream **bucket = bucket_of(push, name);
    stream->next_of_name = *bucket;
    *bucket = stream;
    stream->next = push->streams;
    if (stream->next != NULL)
        stream->next->previous = stream;
    push->streams = stream;
    say(stream, ":\n\n"); // so that it sees at once that it is connected
    request_add_header(request, "X-Accel-Buffering", "no");
    http_reply_take(request, MHD_HTTP_OK, response, "text/event-stream");
}

static void deliver(struct push *push, const struct push_note *note)
{
    struct push_stream *each = *bucket_of(push, note->name);
    for (; each != NULL; each = each->next_of_name)
        if (strcmp(each->name, note->name) == 0 && note->text[0] == '\0')
            end(each);
        else if (strcmp(each->name, note->name) == 0 && !each->over)
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
    pthread_mutex_unlock(&server->lock);
    for (struct push_note *next; notes != NULL; notes = next) {
        next = notes->next;
        deliver(push, notes);
        free(notes);
    }
}

static void look_at(struct push_stream *stream, int64_t now_ms)
{
    stream->next_look_ms = now_ms + LOOK_MS;
    if (stream->suspended && http_gone(stream->connection)) {
        end(stream);
        return;
    }
    if (now_ms >= stream->next_alive_ms) {
        stream->next_alive_ms = now_ms + ALIVE_MS;
        stream->listener.alive(stream->server->engine, stream->name);
    }
    if (stream->suspended && now_ms >= stream->next_keep_alive_ms)
        say(stream, ":\n\n");
}

void push_scan(struct http_server *server, int64_t now_ms)
{
    for (struct push_stream *stream = server->push->streams; stream != NULL; stream = stream->next)
        if (!stream->over && now_ms >= stream->next_look_ms)
            look_at(stream, now_ms);
}

void push_end_all(struct http_server *server)
{
    for (struct push_stream *stream = server->push->streams; stream != NULL; stream = stream->next)
        end(stream);
}
