// JSON as text, from front to back.
#include "common/json_out.h"

#include "common/parse.h"
#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 1024, ESCAPE_MAX = 6 };

// Room for that many bytes more, or NULL.
static char *room(struct json_out *out, size_t bytes)
{
    if (out->failed || out->size - out->length >= bytes)
        return out->failed ? NULL : out->text + out->length;
    size_t size = out->size > 0 ? out->size : FIRST_SIZE;
    while (size - out->length < bytes)
        size *= 2;
    char *text = realloc(out->text, size);
    if (text == NULL) {
        out->failed = true;
        return NULL;
    }
    out->text = text;
    out->size = size;
    return text + out->length;
}

static void put(struct json_out *out, const char *bytes, size_t length)
{
    char *end = room(out, length);
    if (end == NULL)
        return;
    memcpy(end, bytes, length);
    out->length += length;
}

// The comma and the name before a value.
static void begin(struct json_out *out, const char *name)
{
    size_t length = name != NULL ? strlen(name) : 0;
    char *end = room(out, length + sizeof(",\"\":") - 1);
    if (end == NULL)
        return;
    if (out->length > 0 && end[-1] != '{' && end[-1] != '[')
        *end++ = ',';
    if (name != NULL) {
        *end++ = '"';
        memcpy(end, name, length);
        end += length;
        *end++ = '"';
        *end++ = ':';
    }
    out->length = (size_t)(end - out->text);
}

// One byte that must not stand in a string as it is.
static char *escape(char *end, unsigned char byte)
{
    static const char SHORT[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (size_t i = 0; i + 1 < sizeof(SHORT); i += 2)
        if ((unsigned char)SHORT[i] == byte) {
            *end++ = '\\';
            *end++ = SHORT[i + 1];
            return end;
        }
    return end + snprintf(end, ESCAPE_MAX + 1, "\\u%04x", byte);
}

void json_out_open(struct json_out *out, const char *name, char bracket)
{
    begin(out, name);
    put(out, &bracket, 1);
}

void json_out_close(struct json_out *out, char bracket)
{
    put(out, &bracket, 1);
}

// How many bytes from here on may stand in a string as they are, and whether one of them is beyond ASCII.
static size_t plain(const char *text, bool *beyond)
{
    unsigned char seen = 0, byte;
    size_t length = 0;
    while ((byte = (unsigned char)text[length]) >= ' ' && byte != '"' && byte != '\\') {
        seen |= byte;
        length++;
    }
    *beyond = *beyond || seen >= 0x80;
    return length;
}

void json_out_string(struct json_out *out, const char *name, const char *text)
{
    const char *from = text;
    bool beyond = false;
    if (text == NULL) {
        json_out_raw(out, name, NULL);
        return;
    }
    begin(out, name);
    put(out, "\"", 1);
    for (;;) {
        size_t length = plain(from, &beyond);
        put(out, from, length);
        from += length;
        if (*from == '\0')
            break;
        char escaped[ESCAPE_MAX + 1];
        const char *end = escape(escaped, (unsigned char)*from++);
        put(out, escaped, (size_t)(end - escaped));
    }
    put(out, "\"", 1);
    if (beyond && !parse_utf8_valid(text, (size_t)(from - text)))
        out->failed = true;
}

void json_out_integer(struct json_out *out, const char *name, int64_t value)
{
    char text[TEXT_NUMBER_SIZE];
    size_t length = text_number(text, value);
    begin(out, name);
    put(out, text, length);
}

void json_out_boolean(struct json_out *out, const char *name, bool value)
{
    json_out_raw(out, name, value ? "true" : "false");
}

void json_out_raw(struct json_out *out, const char *name, const char *json)
{
    const char *text = json != NULL ? json : "null";
    begin(out, name);
    put(out, text, strlen(text));
}

char *json_out_take(struct json_out *out)
{
    char *text = NULL;
    put(out, "", 1);
    if (out->failed)
        free(out->text);
    else
        text = out->text;
    *out = (struct json_out){0};
    return text;
}
