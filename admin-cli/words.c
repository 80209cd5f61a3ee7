// Times, spans and JSON members.
#include "admin-cli/words.h"

#include "admin-cli/args.h"
#include "common/isotime.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void words_time(char out[WORDS_TIME_SIZE], int64_t at_ms)
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm local;
    if (!localtime_r(&seconds, &local) || strftime(out, WORDS_TIME_SIZE, "%Y-%m-%d %H:%M:%S %Z", &local) == 0)
        snprintf(out, WORDS_TIME_SIZE, "?");
}

void words_since(char out[WORDS_SPAN_SIZE], int64_t at_ms, int64_t now_ms)
{
    static const struct {
        int64_t ms;
        const char *unit;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "min"}, {1000, "s"}};
    int64_t span = at_ms > now_ms ? at_ms - now_ms : now_ms - at_ms;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        // Two of a unit before it is used: "90 min ago" tells more than "1 h ago".
        if (span < units[i].ms * (units[i].ms > 1000 ? 2 : 1))
            continue;
        snprintf(out, WORDS_SPAN_SIZE, at_ms > now_ms ? "in %lld %s" : "%lld %s ago",
                 (long long)(span / units[i].ms), units[i].unit);
        return;
    }
    snprintf(out, WORDS_SPAN_SIZE, "now");
}

char *words_when(const char *text, int64_t now_ms)
{
    char at[ISOTIME_SIZE];
    int64_t span_ms;
    if ((text[0] != '+' && text[0] != '-') || !args_duration(&span_ms, text + 1))
        return strdup(text);
    isotime_format(at, text[0] == '+' ? now_ms + span_ms : now_ms - span_ms);
    return strdup(at);
}

json_t *words_member(const json_t *object, const char *path)
{
    char name[64];
    while (object) {
        size_t length = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)length, path);
        object = json_object_get(object, name);
        if (path[length] == '\0')
            return (json_t *)object;
        path += length + 1;
    }
    return NULL;
}

const char *words_string(const json_t *object, const char *path)
{
    const char *text = json_string_value(words_member(object, path));
    return text ? text : "";
}

int64_t words_member_ms(const json_t *object, const char *path)
{
    const char *text = words_string(object, path);
    int64_t at_ms = 0;
    isotime_parse(&at_ms, text, strlen(text));
    return at_ms;
}
