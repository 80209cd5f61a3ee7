// A ring of events in the order of their numbers.
#include "bridge/http/feed.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    ITEMS = 512,  // events in the window
    AT_ONCE = 64, // read in one step
    STEPS = 4,    // in one call
};

struct feed {
    stream_format format;
    struct feed_item items[ITEMS];
    size_t first, count;
    int64_t from, last; // the window holds the events behind from, up to last
};

struct feed *feed_new(stream_format format)
{
    struct feed *feed = calloc(1, sizeof(*feed));
    if (feed != NULL)
        feed->format = format;
    return feed;
}

static struct feed_item *item_at(struct feed *feed, size_t i)
{
    return &feed->items[(feed->first + i) % ITEMS];
}

static void drop_first(struct feed *feed)
{
    struct feed_item *item = item_at(feed, 0);
    feed->from = item->view.event.n;
    free(item->text);
    item->text = NULL;
    feed->first = (feed->first + 1) % ITEMS;
    feed->count--;
}

void feed_start(struct feed *feed, int64_t n)
{
    while (feed->count > 0)
        drop_first(feed);
    feed->from = feed->last = n;
}

void feed_free(struct feed *feed)
{
    if (feed == NULL)
        return;
    feed_start(feed, 0);
    free(feed);
}

bool feed_pump(struct feed *feed, struct query *store)
{
    struct event_view views[AT_ONCE];
    size_t count = AT_ONCE;
    for (int step = 0; step < STEPS && count == AT_ONCE; step++) {
        if (query_events(store, views, AT_ONCE, &count, feed->last) != QUERY_OK)
            return false;
        for (size_t i = 0; i < count; i++) {
            if (feed->count == ITEMS)
                drop_first(feed);
            *item_at(feed, feed->count++) = (struct feed_item){.view = views[i]};
            feed->last = views[i].event.n;
        }
    }
    return count == AT_ONCE;
}

int64_t feed_last(const struct feed *feed)
{
    return feed->last;
}

bool feed_covers(const struct feed *feed, int64_t n)
{
    return n >= feed->from;
}

struct feed_item *feed_next(struct feed *feed, int64_t n)
{
    size_t low = 0, high = feed->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (item_at(feed, middle)->view.event.n <= n)
            low = middle + 1;
        else
            high = middle;
    }
    return low < feed->count ? item_at(feed, low) : NULL;
}

char *feed_format(stream_format format, const struct event_view *view, size_t *length)
{
    char *data = format(view), *text = NULL;
    int written = data != NULL ? asprintf(&text, "id: %lld\nevent: %s\ndata: %s\n\n",
                                          (long long)view->event.n, event_name(view->event.kind), data)
                               : -1;
    free(data);
    if (written < 0)
        return NULL;
    *length = (size_t)written;
    return text;
}

const char *feed_text(const struct feed *feed, struct feed_item *item, size_t *length)
{
    if (item->text == NULL)
        item->text = feed_format(feed->format, &item->view, &item->length);
    *length = item->length;
    return item->text;
}
