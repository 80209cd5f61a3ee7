// GET /messages: what was sent, in pages by offset. A list looks at the QUERY_SCAN_MAX newest (or oldest)
// texts of its range of time; from and to reach the others.
#include "bridge/smsgate/smsgate_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 100 };

struct list {
    struct send_filter filter;
    bool any_state, content;
    enum smsgate_state state;
    int64_t limit, offset;
};

static bool read_flag(struct request *request, bool *flag, const char *name)
{
    const char *text = request_query(request, name);
    if (text == NULL)
        return true;
    *flag = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    if (*flag || strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
        return true;
    smsgate_invalid(request, name, "must be true or false");
    return false;
}

static bool read_state(struct request *request, struct list *list)
{
    const char *text = request_query(request, "state");
    list->any_state = text == NULL;
    if (list->any_state || smsgate_state_parse(&list->state, text))
        return true;
    smsgate_invalid(request, "state", "must be Pending, Processed, Sent, Delivered, Failed or Cancelled");
    return false;
}

static bool read_sort(struct request *request, struct list *list)
{
    const char *text = request_query(request, "sort");
    list->filter.oldest_first = text != NULL && strcmp(text, "created_at") == 0;
    if (text == NULL || list->filter.oldest_first || strcmp(text, "-created_at") == 0)
        return true;
    smsgate_invalid(request, "sort", "must be created_at or -created_at");
    return false;
}

static bool read_list(struct request *request, struct list *list)
{
    *list = (struct list){.filter.account = request_principal(request)->account, .limit = LIMIT_DEFAULT};
    return api_query_time(request, &list->filter.created_from, "from") &&
           api_query_time(request, &list->filter.created_to, "to") &&
           api_query_int(request, &list->limit, "limit", 1, LIMIT_MAX) &&
           api_query_int(request, &list->offset, "offset", 0, QUERY_SCAN_MAX) &&
           read_flag(request, &list->content, "includeContent") && read_state(request, list) &&
           read_sort(request, list) && smsgate_query_device(request, &list->filter.device);
}

// The id and state of the send that begins at rows[0], and how many of the rows are its.
static size_t join(const char **id, enum smsgate_state *state, const struct send_row *rows, size_t count)
{
    int64_t counts[SMSGATE_STATES] = {0};
    size_t used = 0;
    bool batch = rows[0].batch[0] != '\0';
    do {
        counts[smsgate_state_of(rows[used].state, rows[used].cancelling)]++;
        used++;
    } while (batch && used < count && strcmp(rows[used].batch, rows[0].batch) == 0);
    *id = batch ? rows[0].batch : rows[0].id;
    *state = smsgate_state_join(counts);
    return used;
}

// Appends the page to messages, and counts all that the list holds. False when the store cannot be read.
static bool fill(struct request *request, json_t *messages, int64_t *total, const struct list *list,
                 const struct send_row *rows, size_t count)
{
    *total = 0;
    for (size_t at = 0, used; at < count; at += used) {
        const char *id;
        enum smsgate_state state;
        json_t *json;
        used = join(&id, &state, rows + at, count - at);
        if (!list->any_state && state != list->state)
            continue;
        int64_t place = (*total)++ - list->offset;
        if (place < 0 || place >= list->limit)
            continue;
        enum query_status status = smsgate_message_json(&json, request, id, list->content);
        if (status == QUERY_FAILED)
            return false;
        if (status == QUERY_OK)
            json_list_add_take(&messages, json);
    }
    return true;
}

void smsgate_messages_list(struct request *request)
{
    struct list list;
    size_t count;
    int64_t total = 0;
    if (!read_list(request, &list))
        return;
    struct send_row *rows = calloc(QUERY_SCAN_MAX, sizeof(*rows));
    json_t *messages = json_array();
    if (rows != NULL && query_sends(request_store(request), rows, &count, &list.filter) == QUERY_OK &&
        fill(request, messages, &total, &list, rows, count)) {
        char text[24];
        snprintf(text, sizeof(text), "%lld", (long long)total);
        request_add_header(request, "X-Total-Count", text);
        request_reply_json_take(request, 200, json_incref(messages));
    } else {
        request_unavailable(request);
    }
    json_decref(messages);
    free(rows);
}
