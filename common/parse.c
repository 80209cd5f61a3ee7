// Decimal integers and UTF-8, read strictly.
#include "common/parse.h"

bool parse_int(int64_t *value, const char *text, size_t length, int64_t min, int64_t max)
{
    bool negative = length > 0 && text[0] == '-';
    size_t i = negative ? 1 : 0;
    if (i == length)
        return false;

    // Built below zero, where the range is one larger.
    int64_t sum = 0;
    for (; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_sub_overflow(sum, text[i] - '0', &sum))
            return false;
    }
    if (!negative && __builtin_sub_overflow((int64_t)0, sum, &sum))
        return false;
    if (sum < min || sum > max)
        return false;
    *value = sum;
    return true;
}

size_t parse_utf8_next(uint32_t *code_point, const char *text, size_t length)
{
    // The smallest code point that needs as many bytes: anything below is overlong.
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)text[0];
    if (first < 0x80) {
        *code_point = first;
        return 1;
    }
    size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || bytes > length)
        return 0;

    uint32_t point = first & (0x7fu >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        unsigned char next = (unsigned char)text[i];
        if ((next & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (next & 0x3fu);
    }
    if (point < least[bytes] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return 0;
    *code_point = point;
    return bytes;
}

bool parse_utf8_valid(const char *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        uint32_t point;
        size_t bytes = parse_utf8_next(&point, text + at, length - at);
        if (bytes == 0 || point == 0)
            return false;
        at += bytes;
    }
    return true;
}
