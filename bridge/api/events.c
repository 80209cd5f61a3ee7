// /v1/events: the live stream, resumable by event number.
#include "bridge/api/api_internal.h"

#include "common/parse.h"

#include <stdio.h>
#include <string.h>

// Reads "message.sent,device.online" into a filter.
static bool read_types(struct stream_filter *filter, const char *types, struct field_error *error)
{
    while (*types != '\0') {
        char name[32];
        size_t length = strcspn(types, ",");
        if (length >= sizeof(name) || filter->count == sizeof(filter->kinds) / sizeof(filter->kinds[0]))
            return field_fail(error, "types", "names an unknown event, or too many");
        memcpy(name, types, length);
        name[length] = '\0';
        if (!event_parse(&filter->kinds[filter->count++], name))
            return field_fail(error, "types", "\"%s\" is no event", name);
        types += length + (types[length] == ',');
    }
    return true;
}

// Where the stream starts: behind Last-Event-ID, behind ?after, or with what happens from now on. A place
// that is still to come (the store was put back to an older state) becomes now.
static bool read_start(struct request *request, int64_t *after, struct field_error *error)
{
    const char *text = request_header(request, "Last-Event-ID");
    const char *name = "Last-Event-ID";
    int64_t asked = INT64_MAX;
    if (text == NULL) {
        text = request_query(request, "after");
        name = "after";
    }
    if (text != NULL && !parse_int(&asked, text, strlen(text), 0, INT64_MAX))
        return field_fail(error, name, "is no event number");
    if (query_event_last(request_store(request), after) != QUERY_OK)
        return field_fail(error, "", "the store cannot be read now");
    if (asked < *after)
        *after = asked;
    return true;
}

void api_events(struct request *request)
{
    static const char *const NAMES[] = {"after", "types", NULL};
    const char *types = request_query(request, "types");
    struct stream_filter filter = {.count = 0};
    struct field_error error;
    int64_t after = 0;
    if (!request_query_check(request, NAMES))
        return;
    if ((types != NULL && !read_types(&filter, types, &error)) || !read_start(request, &after, &error))
        request_invalid(request, &error);
    else
        request_reply_stream(request, after, &filter, api_event_json);
}
