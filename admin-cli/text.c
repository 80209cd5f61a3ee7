// Widths, cuts and harmless copies of text.
#include "admin-cli/text.h"

#include "common/parse.h"

#include <langinfo.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define REPLACEMENT "\xEF\xBF\xBD" // U+FFFD

void text_init(void)
{
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

// Marks that turn the direction of what follows can make a line read as something else.
static bool turns_direction(uint32_t c)
{
    return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

static bool is_break(uint32_t c)
{
    return c == '\n' || c == '\r' || c == '\t' || c == 0x2028 || c == 0x2029 || c == 0x85;
}

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || turns_direction(c);
}

char *text_clean(const char *text)
{
    size_t length = strlen(text);
    char *out = malloc(3 * length + 1), *at = out; // a byte that is not UTF-8 becomes three
    while (out && length > 0) {
        uint32_t c = 0;
        size_t bytes = parse_utf8_next(&c, text, length);
        if (bytes == 0) {
            memcpy(at, REPLACEMENT, 3);
            at += 3;
            bytes = 1;
        } else if (is_break(c) || is_control(c)) {
            *at++ = is_break(c) ? ' ' : '?';
        } else {
            memcpy(at, text, bytes);
            at += bytes;
        }
        text += bytes;
        length -= bytes;
    }
    if (out)
        *at = '\0';
    return out;
}

static size_t char_width(uint32_t c)
{
    int width = wcwidth((wchar_t)c);
    return width < 0 ? 1 : (size_t)width;
}

size_t text_fit(const char *text, size_t width, size_t *used)
{
    size_t length = strlen(text), at = 0;
    *used = 0;
    while (at < length) {
        uint32_t c = 0;
        size_t bytes = parse_utf8_next(&c, text + at, length - at);
        size_t columns = bytes ? char_width(c) : 1;
        if (*used + columns > width)
            break;
        *used += columns;
        at += bytes ? bytes : 1;
    }
    return at;
}

size_t text_width(const char *text)
{
    size_t used;
    text_fit(text, SIZE_MAX, &used);
    return used;
}

char *text_short_number(const char *number)
{
    size_t length = strlen(number);
    bool is_number = number[0] == '+' && strspn(number + 1, "0123456789") == length - 1;
    char *out = NULL;
    if (!is_number || length < 9)
        return strdup(number);
    if (asprintf(&out, "%.6s…%s", number, number + length - 2) < 0)
        return NULL;
    return out;
}

char *text_first_column(char *line)
{
    static const char MARK[] = "\xEF\xBB\xBF"; // U+FEFF, which some programs put before a file
    for (;;) {
        if (strncmp(line, MARK, sizeof MARK - 1) == 0)
            line += sizeof MARK - 1;
        else if (*line != '\0' && strchr(" \t\"", *line) != NULL)
            line++;
        else
            break;
    }
    size_t length = strcspn(line, ",;\t\"\r\n");
    while (length > 0 && line[length - 1] == ' ')
        length--;
    line[length] = '\0';
    return line;
}
