// Counting parts as a phone does: GSM 7-bit if every character has a place there, else UTF-16.
#include "common/segments.h"

#include "common/parse.h"

enum { GSM_SINGLE = 160, GSM_PART = 153, UCS_SINGLE = 70, UCS_PART = 67 };

// Characters of the GSM default alphabet outside ASCII (TS 23.038, table 6.2.1), rising.
static const uint16_t gsm_default[] = {
    0x00a1, 0x00a3, 0x00a4, 0x00a5, 0x00a7, 0x00bf, 0x00c4, 0x00c5, 0x00c6, 0x00c7, 0x00c9, 0x00d1, 0x00d6,
    0x00d8, 0x00dc, 0x00df, 0x00e0, 0x00e4, 0x00e5, 0x00e6, 0x00e8, 0x00e9, 0x00ec, 0x00f1, 0x00f2, 0x00f6,
    0x00f8, 0x00f9, 0x00fc, 0x0393, 0x0394, 0x0398, 0x039b, 0x039e, 0x03a0, 0x03a3, 0x03a6, 0x03a8, 0x03a9,
};

static bool in_default(uint32_t point)
{
    for (size_t i = 0; i < sizeof gsm_default / sizeof gsm_default[0] && gsm_default[i] <= point; i++) {
        if (gsm_default[i] == point)
            return true;
    }
    return false;
}

// Septets of a character: 1 in the default alphabet, 2 behind an escape in the extension table (table
// 6.2.1.1), 0 in neither.
static int gsm_units(uint32_t point)
{
    switch (point) {
    case '\f':
    case '[':
    case '\\':
    case ']':
    case '^':
    case '{':
    case '|':
    case '}':
    case '~':
    case 0x20ac: // the euro sign
        return 2;
    case '`':
        return 0;
    case '\n':
    case '\r':
        return 1;
    default:
        return (point >= 0x20 && point < 0x7f) || in_default(point);
    }
}

static int ucs_units(uint32_t point)
{
    return point >= 0x10000 ? 2 : 1;
}

typedef int unit_counter(uint32_t point);

static const struct encoding {
    unit_counter *units;
    int single, part; // units of a lone part, of one of several
} encodings[] = {
    [SEGMENTS_GSM7] = {gsm_units, GSM_SINGLE, GSM_PART},
    [SEGMENTS_UCS2] = {ucs_units, UCS_SINGLE, UCS_PART},
};

// Whether text is valid UTF-8; *encoding is the smallest that has all its characters.
static bool choose(enum segments_encoding *encoding, const char *text, size_t length)
{
    *encoding = SEGMENTS_GSM7;
    for (size_t at = 0; at < length;) {
        uint32_t point;
        size_t bytes = parse_utf8_next(&point, text + at, length - at);
        if (bytes == 0 || point == 0)
            return false;
        if (gsm_units(point) == 0)
            *encoding = SEGMENTS_UCS2;
        at += bytes;
    }
    return true;
}

// Fills parts of per_part units with text, never splitting a character.
static struct segments fill(const char *text, size_t length, unit_counter *units, int per_part)
{
    struct segments result = {.parts = 1, .per_part = per_part, .remaining = per_part};
    for (size_t at = 0; at < length;) {
        uint32_t point;
        at += parse_utf8_next(&point, text + at, length - at);
        int wanted = units(point);
        if (wanted > result.remaining) {
            result.parts++;
            result.remaining = per_part;
        }
        result.remaining -= wanted;
        result.units += wanted;
    }
    return result;
}

bool segments_count(struct segments *segments, const char *text, size_t length)
{
    enum segments_encoding name;
    if (!choose(&name, text, length))
        return false;
    const struct encoding *encoding = &encodings[name];
    struct segments result = fill(text, length, encoding->units, encoding->single);
    if (result.parts > 1)
        result = fill(text, length, encoding->units, encoding->part);
    result.encoding = name;
    *segments = result;
    return true;
}

const char *segments_encoding_name(enum segments_encoding encoding)
{
    return encoding == SEGMENTS_GSM7 ? "GSM-7" : "UCS-2";
}
