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
    json_t *messages = json_array();
    for (size_t i = 0; i < count; i++) {
        json_list_add_take(&messages, api_message_json(&views[i], NULL));
        message_view_clear(&views[i]);
    }
    free(views);
    request_reply_json_take(request, 200,
                            json_pack("{s:o, s:o}", "messages", messages, "next_cursor", api_text(cursor)));
}

void api_messages_list(struct request *request)
{
    struct message_filter filter;
    int64_t limit = API_PAGE_DEFAULT;
    if (api_filter_query(request, &filter, &limit, false))
        api_messages_page(request, &filter, limit);
}

static json_t *timeline(struct query *store, const struct message *message)
{
    struct event_view *events = calloc(TIMELINE_MAX, sizeof(*events));
    json_t *list = json_array();
    size_t count = 0;
    if (events == NULL || query_timeline(store, events, TIMELINE_MAX, &count, message->n) != QUERY_OK) {
        json_decref(list);
        free(events);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        json_t *event = api_event_json(&events[i]);
        json_t *state = json_object_get(json_object_get(event, "message"), "state");
        if (state != NULL)
            json_object_set(event, "state", state);
        json_object_del(event, "message");
        json_list_add_take(&list, event);
    }
    free(events);
    return list;
}

void api_messages_show(struct request *request)
{
    struct message_view view;
    struct query *store = request_store(request);
    enum query_status status =
        query_message(store, &view, request_principal(request)->account, request_param(request, 0));
    if (status == QUERY_NONE)
        request_not_found(request, "there is no such message");
    else if (status == QUERY_FAILED)
        request_unavailable(request);
    if (status != QUERY_OK)
        return;
    json_t *json = api_message_json(&view, store), *events = timeline(store, &view.message);
    bool whole = events != NULL && json_object_set_new(json, "timeline", events) == 0;
    message_view_clear(&view);
    if (whole) {
        request_reply_json_take(request, 200, json);
    } else {
        json_decref(json);
        request_unavailable(request);
    }
}
