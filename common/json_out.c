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
    if (out->length > 0 && out->text[out->length - 1] != '{' && out->text[out->length - 1] != '[')
        put(out, ",", 1);
    if (name == NULL)
        return;
    put(out, "\"", 1);
    put(out, name, strlen(name));
    put(out, "\":", 2);
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

void json_out_string(struct json_out *out, const char *name, const char *text)
{
    if (text == NULL) {
        json_out_raw(out, name, NULL);
        return;
    }
    size_t length = strlen(text);
    unsigned char seen = 0;
    begin(out, name);
    char *end = room(out, length * ESCAPE_MAX + sizeof("\"\""));
    if (end == NULL)
        return;
    *end++ = '"';
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        seen |= byte;
        if (byte < ' ' || byte == '"' || byte == '\\')
            end = escape(end, byte);
        else
            *end++ = (char)byte;
    }
    *end++ = '"';
    out->length = (size_t)(end - out->text);
    if (seen >= 0x80 && !parse_utf8_valid(text, length))
        out->failed = true;
}

void json_out_integer(struct json_out *out, const char *name, int64_t value)
{
    char text[TEXT_NUMBER_SIZE];
    begin(out, name);
    put(out, text, text_number(text, value));
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
