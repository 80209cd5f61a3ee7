// Cuts an event stream into lines and lines into events.
#include "admin-cli/sse.h"

#include <stdlib.h>
#include <string.h>

struct sse {
    sse_handler *handler;
    void *context;
    char line[SSE_LINE_MAX_BYTES];
    size_t line_length;
    char data[SSE_DATA_MAX_BYTES + 1];
    size_t data_length;
    bool has_data;
    bool skip_lf; // the line before ended in CR
    bool started; // the first line is behind us: no byte order mark any more
    char id[SSE_ID_SIZE];
    char type[SSE_TYPE_SIZE];
};

struct sse *sse_new(sse_handler *handler, void *context)
{
    struct sse *sse = calloc(1, sizeof *sse);
    if (sse) {
        sse->handler = handler;
        sse->context = context;
    }
    return sse;
}

void sse_free(struct sse *sse)
{
    free(sse);
}

// An empty line ends the event; one without data is dropped, as the standard says.
static bool end_event(struct sse *sse)
{
    bool go_on = true;
    if (sse->has_data) {
        sse->data[sse->data_length] = '\0';
        struct sse_event event = {
            .id = sse->id, .type = sse->type[0] ? sse->type : "message", .data = sse->data};
        go_on = sse->handler(sse->context, &event);
    }
    sse->has_data = false;
    sse->data_length = 0;
    sse->type[0] = '\0';
    return go_on;
}

static bool add_data(struct sse *sse, const char *value, size_t length)
{
    if (sse->data_length + sse->has_data + length > SSE_DATA_MAX_BYTES)
        return false;
    if (sse->has_data)
        sse->data[sse->data_length++] = '\n';
    memcpy(sse->data + sse->data_length, value, length);
    sse->data_length += length;
    sse->has_data = true;
    return true;
}

// Copies value[length] into out[size]; false when it does not fit.
static bool copy(char *out, size_t size, const char *value, size_t length)
{
    if (length >= size)
        return false;
    memcpy(out, value, length);
    out[length] = '\0';
    return true;
}

static bool is_field(const char *name, const char *line, size_t length)
{
    return strlen(name) == length && memcmp(name, line, length) == 0;
}

// One line without its end: "field: value", "field", ": comment" or empty.
static bool take_line(struct sse *sse, const char *line, size_t length)
{
    if (length == 0)
        return end_event(sse);
    const char *colon = memchr(line, ':', length);
    size_t name_length = colon ? (size_t)(colon - line) : length;
    const char *value = colon ? colon + 1 : line + length;
    size_t value_length = length - (size_t)(value - line);
    if (value_length > 0 && *value == ' ') {
        value++;
        value_length--;
    }
    if (is_field("data", line, name_length))
        return add_data(sse, value, value_length);
    if (is_field("event", line, name_length))
        return copy(sse->type, sizeof sse->type, value, value_length);
    if (is_field("id", line, name_length) && !memchr(value, '\0', value_length))
        return copy(sse->id, sizeof sse->id, value, value_length);
    return true; // a comment, retry, or a field that we do not know
}

static bool end_line(struct sse *sse)
{
    const char *line = sse->line;
    size_t length = sse->line_length;
    if (!sse->started && length >= 3 && memcmp(line, "\xEF\xBB\xBF", 3) == 0) {
        line += 3;
        length -= 3;
    }
    sse->started = true;
    sse->line_length = 0;
    return take_line(sse, line, length);
}

bool sse_feed(struct sse *sse, const char *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bool second_half = sse->skip_lf && data[i] == '\n';
        sse->skip_lf = data[i] == '\r';
        if (second_half)
            continue;
        if (data[i] == '\r' || data[i] == '\n') {
            if (!end_line(sse))
                return false;
        } else if (sse->line_length == SSE_LINE_MAX_BYTES) {
            return false;
        } else {
            sse->line[sse->line_length++] = data[i];
        }
    }
    return true;
}
