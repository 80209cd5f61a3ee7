// /v1/queues: what waits, what is held and what ended badly, and what to do with it.
#include "bridge/api/api_internal.h"

#include <stdlib.h>
#include <string.h>

enum { ACT_MAX = API_PAGE_MAX };

static const struct {
    const char *name;
    enum state states[3];
} QUEUES[] = {
    [BACKLOG_ACTIVE] = {"active", {STATE_QUEUED, STATE_DISPATCHED, STATE_ACCEPTED}},
    [BACKLOG_HELD] = {"held", {STATE_HELD}},
    [BACKLOG_DEAD] = {"dead", {0}},
};

struct body {
    json_t *ids, *filter;
    bool force;
};

static const struct field FIELDS[] = {
    {"ids", FIELD_ARRAY, offsetof(struct body, ids), false, 1, ACT_MAX},
    {"filter", FIELD_OBJECT, offsetof(struct body, filter), false, 0, 16},
    {"force", FIELD_BOOL, offsetof(struct body, force), false, 0, 0},
};

// The queue that the path names. False after replying.
static bool read_queue(struct request *request, enum backlog *queue)
{
    const char *name = request_param(request, 0);
    for (int i = BACKLOG_ACTIVE; i <= BACKLOG_DEAD; i++)
        if (strcmp(QUEUES[i].name, name) == 0) {
            *queue = (enum backlog)i;
            return true;
        }
    request_not_found(request, "there are the queues active, held and dead");
    return false;
}

static void narrow(struct message_filter *filter, enum backlog queue)
{
    memcpy(filter->states, QUEUES[queue].states, sizeof(filter->states));
    filter->dead = queue == BACKLOG_DEAD;
    filter->direction = DIRECTION_OUTBOUND;
}

static json_t *queue_json(enum backlog queue, int64_t count)
{
    return json_pack("{s:s, s:I}", "name", QUEUES[queue].name, "count", (json_int_t)count);
}

void api_queues_list(struct request *request)
{
    int64_t active, held, dead;
    if (query_queue_counts(request_store(request), &active, &held, &dead,
                           request_principal(request)->account) != QUERY_OK) {
        request_unavailable(request);
        return;
    }
    request_reply_json_take(request, 200,
                            json_pack("{s:[o, o, o]}", "queues", queue_json(BACKLOG_ACTIVE, active),
                                      queue_json(BACKLOG_HELD, held), queue_json(BACKLOG_DEAD, dead)));
}

void api_queues_show(struct request *request)
{
    enum backlog queue;
    struct message_filter filter;
    int64_t limit = API_PAGE_DEFAULT;
    if (!read_queue(request, &queue) || !api_filter_query(request, &filter, &limit, true))
        return;
    narrow(&filter, queue);
    api_messages_page(request, &filter, limit);
}

static json_t *item_json(const struct backlog_item *item)
{
    return json_pack("{s:s, s:b, s:o, s:o}", "id", item->id, "done", item->done, "retried_as",
                     api_text(item->made), "why", api_text(item->why));
}

static void acted(struct request *request, struct command *command)
{
    const struct command_backlog *wish = &command->backlog;
    json_t *results = json_array();
    json_int_t done = 0;
    for (size_t i = 0; i < wish->count; i++) {
        done += wish->items[i].done;
        json_list_add_take(&results, item_json(&wish->items[i]));
    }
    request_reply_json_take(request, 200,
                            json_pack("{s:I, s:o, s:o}", "done", done, "results", results, "next_cursor",
                                      api_text(wish->cursor)));
}

// Takes the ids as they stand in the body.
static bool take_ids(struct command_backlog *wish, const json_t *ids, struct field_error *error)
{
    size_t i;
    json_t *value;
    json_array_foreach(ids, i, value)
    {
        if (!json_is_string(value) ||
            !id_valid(json_string_value(value), json_string_length(value), ID_MESSAGE))
            return field_fail(error, "ids", "must hold ids of messages");
        api_copy(wish->items[wish->count++].id, ID_SIZE, json_string_value(value));
    }
    return true;
}

// Looks up the first messages that the filter fits. False after replying.
static bool find_ids(struct request *request, struct command_backlog *wish, const json_t *object)
{
    struct message_filter filter;
    if (!api_filter_body(request, &filter, object, "filter"))
        return false;
    narrow(&filter, wish->queue);
    struct message_view *views = calloc(ACT_MAX, sizeof(*views));
    bool read = views != NULL && query_messages(request_store(request), views, ACT_MAX, &wish->count,
                                                wish->cursor, &filter) == QUERY_OK;
    for (size_t i = 0; read && i < wish->count; i++) {
        memcpy(wish->items[i].id, views[i].message.id, ID_SIZE);
        message_view_clear(&views[i]);
    }
    free(views);
    if (!read)
        request_unavailable(request);
    return read;
}

// Fills the command from the body. False after replying.
static bool read_body(struct request *request, struct command_backlog *wish, const json_t *json)
{
    struct body body = {.ids = NULL};
    struct field_error error;
    if (!fields_decode(&body, json, FIELDS, sizeof(FIELDS) / sizeof(FIELDS[0]), "", &error) ||
        ((body.ids == NULL) == (body.filter == NULL) &&
         !field_fail(&error, "ids", "or a filter must be given, and not both")) ||
        (body.ids != NULL && !take_ids(wish, body.ids, &error))) {
        request_invalid(request, &error);
        return false;
    }
    wish->force = body.force;
    return body.ids != NULL || find_ids(request, wish, body.filter);
}

static void act(struct request *request, enum command_kind kind, enum backlog queue)
{
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command = command_new(kind, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL || (command->backlog.items = calloc(ACT_MAX, sizeof(struct backlog_item))) == NULL) {
        request_unavailable(request);
    } else {
        command->backlog.queue = queue;
        if (read_body(request, &command->backlog, json)) {
            request_submit_take(request, command, acted);
            command = NULL;
        }
    }
    command_free(command);
    json_decref(json);
}

static void act_on(struct request *request, enum command_kind kind, enum backlog only)
{
    enum backlog queue;
    if (!read_queue(request, &queue))
        return;
    if (queue == only)
        act(request, kind, queue);
    else
        request_not_found(request, only == BACKLOG_HELD ? "only what is held can be released"
                                                        : "only dead letters can be retried");
}

void api_queues_release(struct request *request)
{
    act_on(request, COMMAND_QUEUE_RELEASE, BACKLOG_HELD);
}

void api_queues_retry(struct request *request)
{
    act_on(request, COMMAND_QUEUE_RETRY, BACKLOG_DEAD);
}

void api_queues_drop(struct request *request)
{
    enum backlog queue;
    if (read_queue(request, &queue))
        act(request, COMMAND_QUEUE_DROP, queue);
}
