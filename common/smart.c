// A table of characters and what stands for them.
#include "common/smart.h"

#include "common/parse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { GROWTH_MAX = 3 }; // bytes that stand for one character, at most

// Sorted by first; a row is for all characters from first to last.
static const struct {
    uint32_t first, last;
    const char *text;
} TABLE[] = {
    {0x00A0, 0x00A0, " "},   // no-break space
    {0x00AB, 0x00AB, "\""},  // «
    {0x00AD, 0x00AD, ""},    // soft hyphen
    {0x00B4, 0x00B4, "'"},   // ´
    {0x00BB, 0x00BB, "\""},  // »
    {0x00BC, 0x00BC, "1/4"}, // ¼
    {0x00BD, 0x00BD, "1/2"}, // ½
    {0x00BE, 0x00BE, "3/4"}, // ¾
    {0x02BA, 0x02BA, "\""},  // ʺ
    {0x02BB, 0x02BD, "'"},   // ʻ ʼ ʽ
    {0x02C6, 0x02C6, "^"},   // ˆ
    {0x02C8, 0x02C8, "'"},   // ˈ
    {0x02DC, 0x02DC, "~"},   // ˜
    {0x2000, 0x200A, " "},   // en and em blanks
    {0x200B, 0x200B, ""},    // zero width space
    {0x2010, 0x2015, "-"},   // hyphens and dashes
    {0x2018, 0x2019, "'"},   // ‘ ’
    {0x201A, 0x201A, ","},   // ‚
    {0x201B, 0x201B, "'"},   // ‛
    {0x201C, 0x201F, "\""},  // “ ” „ ‟
    {0x2022, 0x2022, "*"},   // •
    {0x2026, 0x2026, "..."}, // …
    {0x202F, 0x202F, " "},   // narrow no-break space
    {0x2032, 0x2032, "'"},   // ′
    {0x2033, 0x2033, "\""},  // ″
    {0x2035, 0x2035, "'"},   // ‵
    {0x2036, 0x2036, "\""},  // ‶
    {0x2039, 0x2039, "<"},   // ‹
    {0x203A, 0x203A, ">"},   // ›
    {0x2044, 0x2044, "/"},   // ⁄
    {0x205F, 0x205F, " "},   // mathematical space
    {0x2212, 0x2212, "-"},   // −
    {0x2215, 0x2215, "/"},   // ∕
    {0x2500, 0x2500, "-"},   // ─
    {0x3000, 0x3000, " "},   // ideographic space
    {0xFEFF, 0xFEFF, ""},    // zero width no-break space
};

// What stands for a character, NULL = itself.
static const char *find(uint32_t code_point)
{
    size_t low = 0, high = sizeof(TABLE) / sizeof(TABLE[0]);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (code_point < TABLE[middle].first)
            high = middle;
        else if (code_point > TABLE[middle].last)
            low = middle + 1;
        else
            return TABLE[middle].text;
    }
    return NULL;
}

char *smart_text(const char *text)
{
    size_t length = strlen(text);
    char *out = malloc(length * GROWTH_MAX + 1), *end = out;
    uint32_t code_point = 0;
    for (const char *stop = text + length; out != NULL && text < stop;) {
        size_t bytes = parse_utf8_next(&code_point, text, (size_t)(stop - text));
        const char *instead = bytes > 0 ? find(code_point) : NULL;
        size_t count = instead != NULL ? strlen(instead) : bytes > 0 ? bytes : 1;
        memcpy(end, instead != NULL ? instead : text, count);
        end += count;
        text += bytes > 0 ? bytes : 1;
    }
    if (out != NULL)
        *end = '\0';
    return out;
}
