// What several resources use.
#include "bridge/api/api_internal.h"

#include "common/isotime.h"
#include "common/parse.h"

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

bool api_query_time(struct request *request, int64_t *value, const char *name)
{
    const char *text = request_query(request, name);
    if (text == NULL || isotime_parse(value, text, strlen(text)))
        return true;
    return invalid(request, name, "must be a time such as 2026-11-21T08:30:00Z");
}

void api_copy(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text != NULL ? text : "");
}

size_t api_characters(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}
