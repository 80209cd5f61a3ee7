// Forms, decoded in place in one copy of the body.
#include "common/form.h"

#include "common/parse.h"

#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Decodes text[length] in place and ends it with a NUL, for which there is room. False when it is not the
// encoding of a text.
static bool decode(char *text, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        int high = 0, low = 0;
        if (text[i] == '%') {
            high = i + 2 < length ? hex_digit(text[i + 1]) : -1;
            low = i + 2 < length ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0 || (high == 0 && low == 0))
                return false;
            text[used++] = (char)(high * 16 + low);
            i += 2;
        } else if (text[i] == '\0') {
            return false;
        } else {
            text[used++] = text[i] == '+' ? ' ' : text[i];
        }
    }
    text[used] = '\0';
    return parse_utf8_valid(text, used);
}

// Reads one pair out of text[length], behind which there is room for a NUL.
static bool read_pair(struct form *form, const char **why, char *text, size_t length)
{
    char *equals = memchr(text, '=', length);
    size_t name_length = equals != NULL ? (size_t)(equals - text) : length;
    *why = "has more fields than it may";
    if (form->count == FORM_PAIRS_MAX)
        return false;
    struct form_pair *pair = &form->pairs[form->count++];
    char *value = equals != NULL ? equals + 1 : text + length;
    size_t value_length = equals != NULL ? length - name_length - 1 : 0;
    pair->name = text;
    pair->value = value;
    *why = "is not the form encoding of UTF-8 text";
    if (!decode(value, value_length) || !decode(text, name_length))
        return false;
    *why = "has a field without a name";
    return text[0] != '\0';
}

bool form_parse(struct form *out, const char **why, const char *body, size_t length)
{
    *out = (struct form){.text = malloc(length + 1)};
    *why = "cannot be read now: out of memory";
    out->memory = out->text == NULL;
    if (out->text == NULL)
        return false;
    memcpy(out->text, body, length);
    out->text[length] = '\0';
    for (char *at = out->text, *end = out->text + length; at < end;) {
        char *stop = memchr(at, '&', (size_t)(end - at));
        size_t size = (size_t)((stop != NULL ? stop : end) - at);
        if (size > 0 && !read_pair(out, why, at, size)) {
            form_clear(out);
            return false;
        }
        at += size + 1;
    }
    return true;
}

void form_clear(struct form *form)
{
    free(form->text);
    *form = (struct form){.text = NULL};
}

const char *form_get(const struct form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->pairs[i].name, name) == 0)
            return form->pairs[i].value;
    return NULL;
}

static bool is_plain(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("-_.~", c) != NULL);
}

static char *put(char *out, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *text != '\0'; text++) {
        if (is_plain(*text) || *text == ' ') {
            *out++ = *text == ' ' ? '+' : *text;
            continue;
        }
        *out++ = '%';
        *out++ = digits[(unsigned char)*text >> 4];
        *out++ = digits[(unsigned char)*text & 15];
    }
    return out;
}

char *form_encode(const struct form_pair *pairs, size_t count)
{
    size_t room = 1;
    for (size_t i = 0; i < count; i++)
        if (pairs[i].value != NULL)
            room += 3 * (strlen(pairs[i].name) + strlen(pairs[i].value)) + 2;
    char *text = malloc(room), *end = text;
    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (pairs[i].value == NULL)
            continue;
        if (end != text)
            *end++ = '&';
        end = put(end, pairs[i].name);
        *end++ = '=';
        end = put(end, pairs[i].value);
    }
    *end = '\0';
    return text;
}
