// Messages: listing, and the media that they never have.
#include "bridge/twilio/twilio_internal.h"
#include "common/isotime.h"
#include "common/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_DEFAULT = 50, PAGE_MAX = 1000, PAGE_SERVED = 200, DAY_MS = 86400000, URI_SIZE = 640 };

// What one page shows, and from where on.
struct list {
    char account_sid[ID_SIZE];
    struct message_filter filter;
    const char *to, *from; // "" = any
    int64_t size, page;
    bool nothing; // no message can match
};

// A day ("2026-11-21") or a point in time; *length_ms says how much of time it is. False when it is neither.
static bool read_date(int64_t *at, int64_t *length_ms, const char *text)
{
    char day[ISOTIME_SIZE];
    *length_ms = 1000;
    if (isotime_parse(at, text, strlen(text)))
        return true;
    *length_ms = DAY_MS;
    return strlen(text) == 10 && snprintf(day, sizeof(day), "%sT00:00:00Z", text) == 20 &&
           isotime_parse(at, day, strlen(day));
}

// Twilio's "<" and ">" include the day or second that is named. False after replying.
static bool read_dates(struct request *request, struct message_filter *filter)
{
    static const struct {
        const char *name;
        bool from, to;
    } PARAMETERS[] = {{"DateSent", true, true}, {"DateSent>", true, false}, {"DateSent<", false, true}};
    for (size_t i = 0; i < sizeof(PARAMETERS) / sizeof(PARAMETERS[0]); i++) {
        const char *text = request_query(request, PARAMETERS[i].name);
        int64_t at, length;
        if (text == NULL)
            continue;
        if (!read_date(&at, &length, text)) {
            twilio_refuse_field(request, 20001, PARAMETERS[i].name, "must be a date such as 2026-11-21");
            return false;
        }
        if (PARAMETERS[i].from)
            filter->created_from = at > 0 ? at : 1;
        if (PARAMETERS[i].to)
            filter->created_to = at + length;
    }
    return true;
}

static bool read_int(struct request *request, int64_t *value, const char *name, int64_t min, int64_t max)
{
    const char *text = request_query(request, name);
    if (text == NULL || parse_int(value, text, strlen(text), min, max))
        return true;
    twilio_refuse_field(request, 20001, name, "is no number that it may be");
    return false;
}

// The token is the cursor of our own lists. False after replying.
static bool read_page(struct request *request, struct list *list)
{
    const char *token = request_query(request, "PageToken");
    if (!read_int(request, &list->size, "PageSize", 1, PAGE_MAX) ||
        !read_int(request, &list->page, "Page", 0, INT32_MAX))
        return false;
    list->size = list->size < PAGE_SERVED ? list->size : PAGE_SERVED;
    if (token == NULL && list->page > 0) {
        twilio_refuse_field(request, 20001, "Page", "goes with the PageToken of next_page_uri");
        return false;
    }
    if (token != NULL &&
        (strncmp(token, "PA", 2) != 0 || !id_valid(token + 2, strlen(token + 2), ID_MESSAGE))) {
        twilio_refuse_field(request, 20001, "PageToken", "is none of this list");
        return false;
    }
    if (token != NULL)
        api_copy(list->filter.before, sizeof(list->filter.before), token + 2);
    return true;
}

// One side of the messages: ours, or the other one as a peer of that direction. False when the store cannot
// be read.
static bool take_side(struct request *request, struct list *list, const char *side, enum direction as_peer)
{
    struct message_filter *filter = &list->filter;
    char number[NUMBER_SIZE];
    int64_t device;
    if (side[0] == '\0')
        return true;
    const char *country = request_options(request)->default_country;
    bool is_number = number_normalize(number, side, strlen(side), country) == NUMBER_OK;
    if (!twilio_find_sender(request_store(request), &device, filter->account, is_number ? number : side))
        return false;
    int direction = (int)as_peer;
    if (device != 0) {
        direction = as_peer == DIRECTION_OUTBOUND ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
        filter->device = device;
    } else if (filter->peer[0] != '\0' || strlen(side) >= sizeof(filter->peer)) {
        list->nothing = true;
    } else {
        api_copy(filter->peer, sizeof(filter->peer), is_number ? number : side);
    }
    list->nothing = list->nothing || (filter->direction >= 0 && filter->direction != direction);
    filter->direction = direction;
    return true;
}

// Reads what is to be listed. False after replying.
static bool read_list(struct request *request, struct list *list)
{
    const char *to = request_query(request, "To"), *from = request_query(request, "From");
    *list = (struct list){.size = PAGE_DEFAULT, .to = to != NULL ? to : "", .from = from != NULL ? from : ""};
    list->filter.account = request_principal(request)->account;
    list->filter.direction = -1;
    if (!twilio_account(request, list->account_sid) || !read_page(request, list) ||
        !read_dates(request, &list->filter))
        return false;
    if (take_side(request, list, list->to, DIRECTION_OUTBOUND) &&
        take_side(request, list, list->from, DIRECTION_INBOUND))
        return true;
    request_unavailable(request);
    return false;
}

// The address of a page, with the filters that it has; cursor "" = the first page.
static json_t *page_uri(struct request *request, const struct list *list, int64_t page, const char *cursor)
{
    char uri[URI_SIZE], size[24], number[24], token[ID_SIZE + 2];
    snprintf(size, sizeof(size), "%lld", (long long)list->size);
    snprintf(number, sizeof(number), "%lld", (long long)page);
    snprintf(token, sizeof(token), "PA%s", cursor);
    const struct form_pair pairs[] = {
        {"To", request_query(request, "To")},
        {"From", request_query(request, "From")},
        {"DateSent", request_query(request, "DateSent")},
        {"DateSent<", request_query(request, "DateSent<")},
        {"DateSent>", request_query(request, "DateSent>")},
        {"PageSize", size},
        {"Page", number},
        {"PageToken", cursor[0] != '\0' ? token : NULL},
    };
    char *query = form_encode(pairs, sizeof(pairs) / sizeof(pairs[0]));
    snprintf(uri, sizeof(uri), TWILIO_ROOT "%s/Messages.json?%s", list->account_sid,
             query != NULL ? query : "");
    free(query);
    return json_string(uri);
}

// The messages of a page (taken) in Twilio's envelope; cursor "" = there is no further one.
static void reply_page(struct request *request, const struct list *list, json_t *messages, const char *cursor)
{
    int64_t start = list->page * list->size, count = (int64_t)json_array_size(messages);
    request_reply_json_take(
        request, 200,
        json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:n, s:o}", "page", (json_int_t)list->page,
                  "page_size", (json_int_t)list->size, "start", (json_int_t)start, "end",
                  (json_int_t)(start + (count > 0 ? count - 1 : 0)), "uri",
                  page_uri(request, list, list->page, list->filter.before), "first_page_uri",
                  page_uri(request, list, 0, ""), "next_page_uri",
                  cursor[0] != '\0' ? page_uri(request, list, list->page + 1, cursor) : json_null(),
                  "previous_page_uri", "messages", messages));
}

// Of several SIMs of one device only the one that was asked for.
static bool is_wanted(const json_t *message, const struct list *list)
{
    const char *own_name = list->filter.direction == DIRECTION_OUTBOUND ? "from" : "to";
    const char *wanted = list->filter.direction == DIRECTION_OUTBOUND ? list->from : list->to;
    if (list->filter.device == 0 || wanted[0] != '+')
        return true;
    const char *own = json_string_value(json_object_get(message, own_name));
    return own != NULL && strcmp(own, wanted) == 0;
}

void twilio_messages_list(struct request *request)
{
    struct list list;
    char cursor[ID_SIZE] = "";
    size_t count = 0;
    if (!read_list(request, &list))
        return;
    struct twilio_senders senders = {.store = request_store(request), .account = list.filter.account};
    struct message_view *views = calloc((size_t)list.size, sizeof(*views));
    if (views == NULL || (!list.nothing && query_messages(senders.store, views, (size_t)list.size, &count,
                                                          cursor, &list.filter) != QUERY_OK)) {
        free(views);
        request_unavailable(request);
        return;
    }
    json_t *messages = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *message = twilio_message_json(&senders, list.account_sid, &views[i]);
        if (is_wanted(message, &list))
            json_array_append(messages, message);
        json_decref(message);
        message_view_clear(&views[i]);
    }
    free(views);
    reply_page(request, &list, messages, cursor);
}

void twilio_media_list(struct request *request)
{
    char account[ID_SIZE], id[ID_SIZE], uri[160];
    struct message_view view;
    if (!twilio_account(request, account) || !twilio_sid(request, id, 1, ID_MESSAGE))
        return;
    enum query_status status =
        query_message(request_store(request), &view, request_principal(request)->account, id);
    if (status == QUERY_NONE)
        request_not_found(request, "The requested resource was not found");
    else if (status == QUERY_FAILED)
        request_unavailable(request);
    if (status != QUERY_OK)
        return;
    message_view_clear(&view);
    snprintf(uri, sizeof(uri), TWILIO_ROOT "%s/Messages/%s/Media.json", account, id);
    request_reply_json_take(request, 200,
                            json_pack("{s:i, s:i, s:i, s:i, s:s, s:s, s:n, s:n, s:[]}", "page", 0,
                                      "page_size", PAGE_DEFAULT, "start", 0, "end", 0, "uri", uri,
                                      "first_page_uri", uri, "next_page_uri", "previous_page_uri",
                                      "media_list"));
}

void twilio_media_fetch(struct request *request)
{
    request_not_found(request, "The requested resource was not found");
}
