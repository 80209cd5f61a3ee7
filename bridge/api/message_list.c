// /v1/messages: listing and showing.
#include "bridge/api/api_internal.h"

#include <stdlib.h>
#include <string.h>

enum { TIMELINE_MAX = 200 };

void api_messages_page(struct request *request, const struct message_filter *filter, int64_t limit)
{
    char cursor[ID_SIZE] = "";
    size_t count;
    struct message_view *views = calloc((size_t)limit, sizeof(*views));
    if (views == NULL ||
        query_messages(request_store(request), views, (size_t)limit, &count, cursor, filter) != QUERY_OK) {
        free(views);
        request_unavailable(request);
        return;
    }
    struct json_out out = {0};
    json_out_open(&out, NULL, '{');
    json_out_open(&out, "messages", '[');
    for (size_t i = 0; i < count; i++) {
        api_message_json(&out, &views[i], NULL);
        message_view_clear(&views[i]);
    }
    free(views);
    json_out_close(&out, ']');
    api_put_text(&out, "next_cursor", cursor);
    json_out_close(&out, '}');
    request_reply_out_take(request, 200, &out);
}

void api_messages_list(struct request *request)
{
    struct message_filter filter;
    int64_t limit = API_PAGE_DEFAULT;
    if (api_filter_query(request, &filter, &limit, false))
        api_messages_page(request, &filter, limit);
}

static bool put_timeline(struct json_out *out, struct query *store, const struct message *message)
{
    struct event_view *events = calloc(TIMELINE_MAX, sizeof(*events));
    size_t count = 0;
    bool read = events != NULL && query_timeline(store, events, TIMELINE_MAX, &count, message->n) == QUERY_OK;
    json_out_open(out, "timeline", '[');
    for (size_t i = 0; i < count; i++)
        api_timeline_json(out, &events[i]);
    json_out_close(out, ']');
    free(events);
    return read;
}

void api_messages_show(struct request *request)
{
    struct message_view view;
    struct json_out out = {0};
    struct query *store = request_store(request);
    enum query_status status =
        query_message(store, &view, request_principal(request)->account, request_param(request, 0));
    if (status == QUERY_NONE)
        request_not_found(request, "there is no such message");
    else if (status == QUERY_FAILED)
        request_unavailable(request);
    if (status != QUERY_OK)
        return;
    json_out_open(&out, NULL, '{');
    api_message_members(&out, &view, store);
    out.failed |= !put_timeline(&out, store, &view.message);
    json_out_close(&out, '}');
    message_view_clear(&view);
    request_reply_out_take(request, 200, &out);
}
