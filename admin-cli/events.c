// Puts events into words.
#include "admin-cli/events.h"

#include "admin-cli/text.h"
#include "admin-cli/words.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void put_clean(FILE *file, const char *text)
{
    char *clean = text_clean(text);
    if (clean)
        fputs(clean, file);
    free(clean);
}

const char *events_name(const json_t *event)
{
    const char *name = words_string(event, "event"), *dot = strchr(name, '.');
    return dot ? dot + 1 : name;
}

void events_put_words(FILE *file, const json_t *event)
{
    const char *device = words_string(event, "device"), *text = words_string(event, "text");
    json_int_t part = json_integer_value(words_member(event, "part"));
    put_clean(file, events_name(event));
    if (*device) {
        fputs(" (", file);
        put_clean(file, device);
        fputc(')', file);
    }
    if (part > 0)
        fprintf(file, ", part %lld", (long long)part);
    if (!*text)
        text = words_string(event, "reason");
    if (*text) {
        fputs(": ", file);
        put_clean(file, text);
    }
}

static void put_clock(FILE *file, int64_t at_ms)
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm local;
    char text[32] = "";
    if (at_ms > 0 && localtime_r(&seconds, &local) && strftime(text, sizeof text, "%H:%M:%S", &local) > 0)
        fprintf(file, "%s.%03d", text, (int)(at_ms % 1000));
    else
        fputs("            ", file);
}

static void put_peer(FILE *file, const json_t *event, bool whole)
{
    const char *to = words_string(event, "message.to"), *from = words_string(event, "message.from");
    const char *peer = *to ? to : from;
    char *shown = whole ? strdup(peer) : text_short_number(peer);
    if (*peer && shown) {
        fputs(*to ? "  to " : "  from ", file);
        put_clean(file, shown);
    }
    free(shown);
}

void events_put_line(FILE *file, const json_t *event, bool whole_numbers)
{
    const char *id = words_string(event, "message.id");
    put_clock(file, words_member_ms(event, "at"));
    fputs(*id ? "  " : "  device", file);
    put_clean(file, id);
    put_peer(file, event, whole_numbers);
    fputs("  ", file);
    events_put_words(file, event);
    fputc('\n', file);
}
