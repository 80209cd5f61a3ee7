// Log lines, as key=value or as JSON. Both quote alike, so one writer serves them.
#include "common/log.h"

#include "common/clock.h"
#include "common/isotime.h"
#include "common/parse.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    LINE_SIZE = 4096,      // what a pipe takes in one piece (PIPE_BUF)
    VALUE_MAX_BYTES = 480, // of one name or value; a longer one is cut
    TAIL_SIZE = 24,        // room for `,"truncated":"yes"}` and the line feed
};

static const char *const level_names[] = {
    [LOG_ERROR] = "error", [LOG_WARNING] = "warning", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};

// The log sink: set once before the threads start.
static enum log_level sink_level = LOG_INFO;
static bool sink_json;

struct line {
    char text[LINE_SIZE];
    size_t length;
    bool full;
};

void log_setup(enum log_level level, bool json)
{
    sink_level = level;
    sink_json = json;
}

static void put(struct line *line, const char *text, size_t length)
{
    if (line->full || length > LINE_SIZE - TAIL_SIZE - line->length) {
        line->full = true;
        return;
    }
    memcpy(line->text + line->length, text, length);
    line->length += length;
}

static void put_word(struct line *line, const char *word)
{
    put(line, word, strlen(word));
}

// Writes text between double quotes with the escapes of JSON; bytes that are not UTF-8 become U+FFFD.
static void put_quoted(struct line *line, const char *text)
{
    size_t length = strnlen(text, VALUE_MAX_BYTES + 1);
    bool cut = length > VALUE_MAX_BYTES;
    if (cut)
        length = VALUE_MAX_BYTES;
    put_word(line, "\"");
    for (size_t at = 0; at < length;) {
        uint32_t point;
        size_t bytes = parse_utf8_next(&point, text + at, length - at);
        char escape[8];
        if (bytes == 0) {
            put_word(line, "\\ufffd");
            bytes = 1;
        } else if (point < 0x20 || (point >= 0x7f && point < 0xa0)) {
            put(line, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", (unsigned)point));
        } else {
            if (point == '"' || point == '\\')
                put_word(line, "\\");
            put(line, text + at, bytes);
        }
        at += bytes;
    }
    put_word(line, cut ? "…\"" : "\"");
}

// Whether key=value needs no quotes to be read back.
static bool plain(const char *value)
{
    size_t length = strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-._:/@%,");
    return length > 0 && length <= VALUE_MAX_BYTES && value[length] == '\0';
}

static void put_pair(struct line *line, const char *name, const char *value)
{
    if (sink_json) {
        put_word(line, line->length == 0 ? "{" : ",");
        put_quoted(line, name);
        put_word(line, ":");
        put_quoted(line, value);
        return;
    }
    if (line->length > 0)
        put_word(line, " ");
    put_word(line, name);
    put_word(line, "=");
    if (plain(value))
        put_word(line, value);
    else
        put_quoted(line, value);
}

static void put_head(struct line *line, enum log_level level, const char *event)
{
    char now[ISOTIME_SIZE];
    isotime_format(now, clock_wall_ms());
    if (sink_json) {
        put_pair(line, "time", now);
        put_pair(line, "level", level_names[level]);
        put_pair(line, "event", event);
        return;
    }
    const char *const words[] = {now, " ", level_names[level], " ", event};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        put_word(line, words[i]);
}

static void finish(struct line *line)
{
    const char *tail = !line->full ? "" : sink_json ? ",\"truncated\":\"yes\"" : " truncated=yes";
    size_t length = line->length;
    length += (size_t)snprintf(line->text + length, LINE_SIZE - length, "%s%s\n", tail, sink_json ? "}" : "");
    // A log that cannot be written has nowhere to be reported.
    (void)!write(STDERR_FILENO, line->text, length);
}

void log_event(enum log_level level, const char *event, ...)
{
    if (level > sink_level)
        return;
    struct line line;
    line.length = 0;
    line.full = false;
    put_head(&line, level, event);

    va_list pairs;
    va_start(pairs, event);
    const char *name;
    while (!line.full && (name = va_arg(pairs, const char *)) != NULL) {
        const char *value = va_arg(pairs, const char *);
        size_t before = line.length;
        put_pair(&line, name, value != NULL ? value : "");
        if (line.full)
            line.length = before; // never half a pair
    }
    va_end(pairs);
    finish(&line);
}

const char *log_number(long long value)
{
    enum { SLOTS = 8, SLOT_SIZE = 24 };
    static _Thread_local char slots[SLOTS][SLOT_SIZE];
    static _Thread_local unsigned next;
    char *slot = slots[next++ % SLOTS];
    snprintf(slot, SLOT_SIZE, "%lld", value);
    return slot;
}

bool log_level_parse(enum log_level *level, const char *word)
{
    for (int i = LOG_ERROR; i <= LOG_DEBUG; i++) {
        if (strcmp(level_names[i], word) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}
