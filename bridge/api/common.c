// What several resources use.
#include "bridge/api/api_internal.h"

#include "common/isotime.h"
#include "common/parse.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

json_t *api_time(int64_t at_ms)
{
    char text[ISOTIME_SIZE];
    if (at_ms == 0)
        return json_null();
    isotime_format(text, at_ms);
    return json_string(text);
}

json_t *api_text(const char *text)
{
    return text != NULL && text[0] != '\0' ? json_string(text) : json_null();
}

void api_put_text(struct json_out *out, const char *name, const char *text)
{
    json_out_string(out, name, text != NULL && text[0] != '\0' ? text : NULL);
}

void api_put_time(struct json_out *out, const char *name, int64_t at_ms)
{
    char text[ISOTIME_SIZE] = "";
    if (at_ms != 0)
        isotime_format(text, at_ms);
    api_put_text(out, name, text);
}

static bool invalid(struct request *request, const char *name, const char *detail)
{
    struct field_error error;
    field_fail(&error, name, "%s", detail);
    request_invalid(request, &error);
    return false;
}

bool api_query_int(struct request *request, int64_t *value, const char *name, int64_t min, int64_t max)
{
    char detail[96];
    const char *text = request_query(request, name);
    if (text == NULL || parse_int(value, text, strlen(text), min, max))
        return true;
    snprintf(detail, sizeof(detail), "must be a whole number from %lld to %lld", (long long)min,
             (long long)max);
    return invalid(request, name, detail);
}

bool api_page(struct request *request, int64_t *limit, int64_t *cursor)
{
    static const char *const NAMES[] = {"limit", "cursor", NULL};
    *limit = API_PAGE_DEFAULT;
    *cursor = 0;
    return request_query_check(request, NAMES) && api_query_int(request, limit, "limit", 1, API_PAGE_MAX) &&
           api_query_int(request, cursor, "cursor", 0, INT64_MAX);
}

void api_reply_page_take(struct request *request, const char *name, json_t *list, int64_t last)
{
    char next[24];
    snprintf(next, sizeof(next), "%lld", (long long)last);
    request_reply_json_take(
        request, 200, json_pack("{s:o, s:o}", name, list, "next_cursor", api_text(last != 0 ? next : NULL)));
}

bool api_find_device(struct request *request, struct device_view *out)
{
    enum query_status status = query_device(request_store(request), out, request_principal(request)->account,
                                            request_param(request, 0));
    if (status == QUERY_NONE)
        request_not_found(request, "there is no such device");
    else if (status == QUERY_FAILED)
        request_unavailable(request);
    return status == QUERY_OK;
}

bool api_query_time(struct request *request, int64_t *value, const char *name)
{
    const char *text = request_query(request, name);
    if (text == NULL || isotime_parse(value, text, strlen(text)))
        return true;
    return invalid(request, name, "must be a time such as 2026-11-21T08:30:00Z");
}

void api_copy(char *out, size_t size, const char *text)
{
    text_copy(out, size, text);
}

size_t api_characters(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

// "2026-12-24T09:00" or with ":30" behind; false when it is not of that form.
static bool read_local(struct zone_local *local, const char *text)
{
    static const struct {
        size_t offset, length;
        char after;
    } PARTS[] = {{0, 4, '-'}, {5, 2, '-'}, {8, 2, 'T'}, {11, 2, ':'}, {14, 2, ':'}, {17, 2, '\0'}};
    int64_t values[6] = {0};
    size_t length = strlen(text), count = length == 16 ? 5 : 6;
    if (length != 16 && length != 19)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!parse_int(&values[i], text + PARTS[i].offset, PARTS[i].length, 0, 9999) ||
            (i + 1 < count && text[PARTS[i].offset + PARTS[i].length] != PARTS[i].after))
            return false;
    *local = (struct zone_local){
        (int)values[0], (int)values[1], (int)values[2], (int)values[3], (int)values[4], (int)values[5], 0};
    return true;
}

bool api_when(int64_t *at_ms, const char *text, const char *zone, struct field_error *error)
{
    struct zone_local local;
    *at_ms = 0;
    if (text == NULL)
        return zone == NULL || field_fail(error, "zone", "goes with send_at");
    if (zone == NULL && !isotime_parse(at_ms, text, strlen(text)))
        return field_fail(error, "send_at",
                          "must be a time such as 2026-11-21T08:30:00Z, or local time with a zone");
    if (zone != NULL && !zone_known(zone))
        return field_fail(error, "zone", "is no time zone such as Europe/Berlin");
    if (zone != NULL && (!read_local(&local, text) || !zone_from_local(at_ms, zone, &local)))
        return field_fail(error, "send_at",
                          "must be local time such as 2026-11-21T08:30, as there is a zone");
    *at_ms = *at_ms > 0 ? *at_ms : 1; // 0 means none
    return true;
}

json_t *api_optional_json(struct request *request)
{
    size_t length;
    (void)request_body(request, &length);
    return length == 0 ? json_object() : request_json(request);
}
