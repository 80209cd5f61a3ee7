// The newest events, read once from the store for all live streams. HTTP thread only.
#ifndef SMSQUITTO_BRIDGE_HTTP_FEED_H
#define SMSQUITTO_BRIDGE_HTTP_FEED_H

#include "bridge/http/request.h"

struct feed;

// One event of the window. Borrowed until the next feed_pump or feed_start.
struct feed_item {
    struct event_view view;
    char *text; // owned by the feed: as it is sent, NULL until somebody wanted it
    size_t length;
};

// format makes the JSON of each event. NULL when memory runs out.
struct feed *feed_new(stream_format format);
void feed_free(struct feed *feed);

// Empties the window; it then holds what comes behind event n.
void feed_start(struct feed *feed, int64_t n);
// Reads on, a bounded number of events. Returns whether there may be more to read at once (false also when
// the store cannot be read now).
bool feed_pump(struct feed *feed, struct query *store);
// Number of the newest event that was read.
int64_t feed_last(const struct feed *feed);

// Whether every event behind n is in the window, or yet to come into it.
bool feed_covers(const struct feed *feed, int64_t n);
// The first event behind n, NULL when there is none yet.
struct feed_item *feed_next(struct feed *feed, int64_t n);

// The event as it is sent ("id: …"), borrowed like the item; NULL when memory runs out.
const char *feed_text(const struct feed *feed, struct feed_item *item, size_t *length);
// The same as an owned text, for an event that is not in the window.
char *feed_format(stream_format format, const struct event_view *view, size_t *length);

#endif
