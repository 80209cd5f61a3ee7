// Messages: listing, and the media that they never have.
#include "bridge/twilio/twilio_internal.h"
#include "common/isotime.h"
#include "common/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_DEFAULT = 50, PAGE_MAX = 1000, PAGE_SERVED = 200, DAY_MS = 86400000, URI_SIZE = 640 };

#define OLDER "PA"
#define NEWER "PB"

// What one page shows, and from where on.
struct list {
    char account_sid[ID_SIZE];
    struct message_filter filter;
    const char *to, *from; // "" = any
    int64_t size, page;
    char newer_from[ID_SIZE]; // the page goes the other way, from this id on; "" = not
    bool nothing;             // no message can match
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

// The token is the cursor of our own lists, or where a page of newer ones begins. False after replying.
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
    if (token == NULL)
        return true;
    bool older = strncmp(token, OLDER, 2) == 0, newer = strncmp(token, NEWER, 2) == 0;
    if ((!older && !newer) || !id_valid(token + 2, strlen(token + 2), ID_MESSAGE)) {
        twilio_refuse_field(request, 20001, "PageToken", "is none of this list");
        return false;
    }
    api_copy(older ? list->filter.before : list->newer_from, ID_SIZE, token + 2);
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

// The address of a page, with the filters that it has; id "" = the first page.
static json_t *page_uri(struct request *request, const struct list *list, int64_t page, const char *way,
                        const char *id)
{
    char uri[URI_SIZE], size[24], number[24], token[ID_SIZE + 2];
    snprintf(size, sizeof(size), "%lld", (long long)list->size);
    snprintf(number, sizeof(number), "%lld", (long long)page);
    snprintf(token, sizeof(token), "%s%s", way, id);
    const struct form_pair pairs[] = {
        {"To", request_query(request, "To")},
        {"From", request_query(request, "From")},
        {"DateSent", request_query(request, "DateSent")},
        {"DateSent<", request_query(request, "DateSent<")},
        {"DateSent>", request_query(request, "DateSent>")},
        {"PageSize", size},
        {"Page", number},
        {"PageToken", id[0] != '\0' ? token : NULL},
    };
    char *query = form_encode(pairs, sizeof(pairs) / sizeof(pairs[0]));
    if (query == NULL)
        return NULL;
    snprintf(uri, sizeof(uri), TWILIO_ROOT "%s/Messages.json?%s", list->account_sid, query);
    free(query);
    return json_string(uri);
}

// The page itself.
static json_t *own_uri(struct request *request, const struct list *list)
{
    bool newer = list->newer_from[0] != '\0';
    return page_uri(request, list, list->page, newer ? NEWER : OLDER,
                    newer ? list->newer_from : list->filter.before);
}

// The id that comes next after this one.
static void next_id(char id[ID_SIZE])
{
    static const char DIGITS[] = "0123456789abcdef";
    for (size_t i = strlen(id) - 1; i >= 2; i--) {
        const char *digit = strchr(DIGITS, id[i]);
        id[i] = digit != NULL && digit[1] != '\0' ? digit[1] : '0';
        if (id[i] != '0')
            return;
    }
}

// The page before: behind a page of older ones it ends where that page's token stands, before a page of newer
// ones it begins behind that page's newest.
static json_t *previous_uri(struct request *request, const struct list *list, const json_t *messages)
{
    char id[ID_SIZE];
    const char *newest = json_string_value(json_object_get(json_array_get(messages, 0), "sid"));
    api_copy(id, sizeof(id), list->newer_from[0] != '\0' && newest != NULL ? newest : list->filter.before);
    if (id[0] == '\0' || list->page == 0)
        return json_null();
    if (list->newer_from[0] != '\0')
        next_id(id);
    return page_uri(request, list, list->page - 1, NEWER, id);
}

// The messages of a page (taken) in Twilio's envelope; cursor "" = there is no further one.
static void reply_page(struct request *request, const struct list *list, json_t *messages, const char *cursor)
{
    int64_t start = list->page * list->size, count = (int64_t)json_array_size(messages);
    json_t *next = cursor[0] != '\0' ? page_uri(request, list, list->page + 1, OLDER, cursor) : json_null();
    json_t *previous = previous_uri(request, list, messages);
    request_reply_json_take(
        request, 200,
        json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "page", (json_int_t)list->page,
                  "page_size", (json_int_t)list->size, "start", (json_int_t)start, "end",
                  (json_int_t)(start + (count > 0 ? count - 1 : 0)), "uri", own_uri(request, list),
                  "first_page_uri", page_uri(request, list, 0, "", ""), "next_page_uri", next,
                  "previous_page_uri", previous, "messages", messages));
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

// Fills views[list->size] and the cursor of the next page.
static enum query_status read_views(struct query *store, struct message_view *views, size_t *count,
                                    char cursor[ID_SIZE], const struct list *list)
{
    if (list->nothing)
        return QUERY_OK;
    if (list->newer_from[0] == '\0')
        return query_messages(store, views, (size_t)list->size, count, cursor, &list->filter);
    enum query_status status =
        query_messages_newer(store, views, (size_t)list->size, count, list->newer_from, &list->filter);
    api_copy(cursor, ID_SIZE, *count > 0 ? views[*count - 1].message.id : list->newer_from);
    return status;
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
    if (views == NULL || read_views(senders.store, views, &count, cursor, &list) != QUERY_OK) {
        free(views);
        request_unavailable(request);
        return;
    }
    json_t *messages = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *message = twilio_message_json(&senders, list.account_sid, &views[i]);
        if (is_wanted(message, &list))
            json_list_add_take(&messages, json_incref(message));
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
