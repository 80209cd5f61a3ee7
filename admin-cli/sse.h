// A parser of server-sent events (the text/event-stream of the HTML standard), fed with bytes as they come.
//
// Pure logic; one thread.
#ifndef SMSQUITTO_ADMIN_CLI_SSE_H
#define SMSQUITTO_ADMIN_CLI_SSE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    SSE_LINE_MAX_BYTES = 64 * 1024, // one line; longer is an error
    SSE_DATA_MAX_BYTES = 64 * 1024, // the data of one event
    SSE_ID_SIZE = 128,
    SSE_TYPE_SIZE = 64,
};

struct sse_event {
    const char *id;   // the last id seen, "" = none yet
    const char *type; // "message" when the stream named none
    const char *data; // lines joined by '\n'
};

// Returns false to stop: sse_feed then returns false at once.
typedef bool sse_handler(void *context, const struct sse_event *event);

struct sse;

// Owned; NULL when memory runs out. Calls handler for every whole event; its strings are borrowed until it
// returns.
struct sse *sse_new(sse_handler *handler, void *context);
void sse_free(struct sse *sse);

// Takes data[length]. Returns false when the handler said stop, a limit was passed or memory ran out; the
// parser must then not be fed again.
bool sse_feed(struct sse *sse, const char *data, size_t length) __attribute__((warn_unused_result));

#endif
