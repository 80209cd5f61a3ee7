// /v1/messages: listing and showing.
#include "bridge/api/api_internal.h"

#include <stdlib.h>
#include <string.h>

enum { TIMELINE_MAX = 200 };

// Reads to or from: the other side, and which way the messages went.
static bool read_peer(struct request *request, struct message_filter *filter, struct field_error *error)
{
    const char *to = request_query(request, "to"), *from = request_query(request, "from");
    const char *peer = to != NULL ? to : from, *name = to != NULL ? "to" : "from";
    int direction = to != NULL ? DIRECTION_OUTBOUND : DIRECTION_INBOUND;
    if (peer == NULL)
        return true;
    if (to != NULL && from != NULL)
        return field_fail(error, "from", "excludes to: give one of them");
    if (filter->direction >= 0 && filter->direction != direction)
        return field_fail(error, "direction", "does not go with %s", name);
    filter->direction = direction;
    enum number_status status =
        number_normalize(filter->peer, peer, strlen(peer), request_options(request)->default_country);
    if (status == NUMBER_OK)
        return true;
    if (to != NULL)
        return field_fail(error, "to", "%s", number_status_text(status));
    if (strlen(from) >= sizeof(filter->peer))
        return field_fail(error, "from", "is longer than a sender can be");
    api_copy(filter->peer, sizeof(filter->peer), from); // a sender that is no number
    return true;
}

// Reads the filter of a list. False after replying.
static bool read_filter(struct request *request, struct message_filter *filter, int64_t *limit)
{
    static const char *const NAMES[] = {"state",        "direction",  "to",    "from",   "batch", "device",
                                        "created_from", "created_to", "limit", "cursor", NULL};
    struct field_error error = {.path = ""};
    const char *state = request_query(request, "state"), *direction = request_query(request, "direction");
    const char *batch = request_query(request, "batch"), *cursor = request_query(request, "cursor");
    enum state parsed;
    if (!request_query_check(request, NAMES) || !api_query_int(request, limit, "limit", 1, API_PAGE_MAX) ||
        !api_query_time(request, &filter->created_from, "created_from") ||
        !api_query_time(request, &filter->created_to, "created_to"))
        return false;
    if (state != NULL && !state_parse(&parsed, state, strlen(state)))
        field_fail(&error, "state", "is no state of a message");
    else if (direction != NULL && strcmp(direction, "inbound") != 0 && strcmp(direction, "outbound") != 0)
        field_fail(&error, "direction", "must be inbound or outbound");
    else if (batch != NULL && !id_valid(batch, strlen(batch), ID_BATCH))
        field_fail(&error, "batch", "is no id of a batch");
    else if (cursor != NULL && !id_valid(cursor, strlen(cursor), ID_MESSAGE))
        field_fail(&error, "cursor", "is no cursor of this list");
    filter->direction = direction == NULL ? -1 : direction[0] == 'i' ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
    if (error.path[0] != '\0' || !read_peer(request, filter, &error)) {
        request_invalid(request, &error);
        return false;
    }
    filter->state = state != NULL ? (int)parsed : 0;
    api_copy(filter->batch, sizeof(filter->batch), batch);
    api_copy(filter->before, sizeof(filter->before), cursor);
    return true;
}

// Replaces the device's id by its number. False after replying.
static bool find_device(struct request *request, struct message_filter *filter)
{
    const char *id = request_query(request, "device");
    struct device_view view;
    if (id == NULL)
        return true;
    enum query_status status = query_device(request_store(request), &view, filter->account, id);
    if (status == QUERY_OK) {
        filter->device = view.device.n;
        device_view_clear(&view);
        return true;
    }
    struct field_error error;
    field_fail(&error, "device", "there is no such device");
    if (status == QUERY_NONE)
        request_invalid(request, &error);
    else
        request_unavailable(request);
    return false;
}

void api_messages_list(struct request *request)
{
    struct message_filter filter = {.account = request_principal(request)->account};
    int64_t limit = API_PAGE_DEFAULT;
    char cursor[ID_SIZE] = "";
    size_t count;
    if (!read_filter(request, &filter, &limit) || !find_device(request, &filter))
        return;
    struct message_view *views = calloc((size_t)limit, sizeof(*views));
    if (views == NULL ||
        query_messages(request_store(request), views, (size_t)limit, &count, cursor, &filter) != QUERY_OK) {
        free(views);
        request_unavailable(request);
        return;
    }
    json_t *messages = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(messages, api_message_json(&views[i], NULL));
        message_view_clear(&views[i]);
    }
    free(views);
    request_reply_json_take(request, 200,
                            json_pack("{s:o, s:o}", "messages", messages, "next_cursor", api_text(cursor)));
}

static json_t *timeline(struct query *store, const struct message *message)
{
    struct event_view *events = calloc(TIMELINE_MAX, sizeof(*events));
    json_t *list = json_array();
    size_t count = 0;
    if (events == NULL || query_timeline(store, events, TIMELINE_MAX, &count, message->n) != QUERY_OK)
        count = 0;
    for (size_t i = 0; i < count; i++) {
        json_t *event = api_event_json(&events[i]);
        json_t *state = json_object_get(json_object_get(event, "message"), "state");
        if (state != NULL)
            json_object_set(event, "state", state);
        json_object_del(event, "message");
        json_array_append_new(list, event);
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
    json_t *json = api_message_json(&view, store);
    json_object_set_new(json, "timeline", timeline(store, &view.message));
    message_view_clear(&view);
    request_reply_json_take(request, 200, json);
}
