// Parts of texts at every boundary.
#include "tests/unit/cases.h"

#include "common/segments.h"

#include <stdio.h>
#include <string.h>

#define EMOJI "\xf0\x9f\x98\x80" // U+1F600, two UTF-16 units
#define EURO "\xe2\x82\xac"
#define CYRILLIC "\xd1\x8f" // one UTF-16 unit

// One row: before, then count times what, then after.
static const struct {
    const char *before;
    int count;
    const char *what, *after;
    struct segments expected; // encoding, parts, units, per_part, remaining
} rows[] = {
    {"", 0, "", "", {SEGMENTS_GSM7, 1, 0, 160, 160}},
    {"", 1, "a", "", {SEGMENTS_GSM7, 1, 1, 160, 159}},
    {"", 159, "a", "", {SEGMENTS_GSM7, 1, 159, 160, 1}},
    {"", 160, "a", "", {SEGMENTS_GSM7, 1, 160, 160, 0}},
    {"", 161, "a", "", {SEGMENTS_GSM7, 2, 161, 153, 145}},
    {"", 306, "a", "", {SEGMENTS_GSM7, 2, 306, 153, 0}},
    {"", 307, "a", "", {SEGMENTS_GSM7, 3, 307, 153, 152}},
    {"", 459, "a", "", {SEGMENTS_GSM7, 3, 459, 153, 0}},
    {"", 460, "a", "", {SEGMENTS_GSM7, 4, 460, 153, 152}},
    {"", 1530, "a", "", {SEGMENTS_GSM7, 10, 1530, 153, 0}},
    // Extension characters take two septets.
    {"", 80, "[", "", {SEGMENTS_GSM7, 1, 160, 160, 0}},
    {"", 81, "[", "", {SEGMENTS_GSM7, 2, 162, 153, 143}}, // 76 fit the first part, one septet stays free
    {"", 80, EURO, "", {SEGMENTS_GSM7, 1, 160, 160, 0}},
    {"", 158, "a", EURO, {SEGMENTS_GSM7, 1, 160, 160, 0}},
    {"", 159, "a", EURO, {SEGMENTS_GSM7, 2, 161, 153, 145}},
    {"", 152, "a", EURO "aaaaaa", {SEGMENTS_GSM7, 1, 160, 160, 0}},
    {"", 152, "a", EURO "aaaaaaa", {SEGMENTS_GSM7, 2, 161, 153, 144}}, // the pair moves to the second part
    {"", 151, "a", EURO "aaaaaaaa", {SEGMENTS_GSM7, 2, 161, 153, 145}},
    {"", 153, "a", EURO "aaaaaa", {SEGMENTS_GSM7, 2, 161, 153, 145}},
    {"", 152, "[", "", {SEGMENTS_GSM7, 2, 304, 153, 1}},
    {"", 153, "[", "", {SEGMENTS_GSM7, 3, 306, 153, 151}},
    // UCS-2.
    {"", 1, CYRILLIC, "", {SEGMENTS_UCS2, 1, 1, 70, 69}},
    {"", 70, CYRILLIC, "", {SEGMENTS_UCS2, 1, 70, 70, 0}},
    {"", 71, CYRILLIC, "", {SEGMENTS_UCS2, 2, 71, 67, 63}},
    {"", 134, CYRILLIC, "", {SEGMENTS_UCS2, 2, 134, 67, 0}},
    {"", 135, CYRILLIC, "", {SEGMENTS_UCS2, 3, 135, 67, 66}},
    {"", 69, "a", CYRILLIC, {SEGMENTS_UCS2, 1, 70, 70, 0}},
    {"", 70, "a", CYRILLIC, {SEGMENTS_UCS2, 2, 71, 67, 63}},
    {"", 68, "[", CYRILLIC, {SEGMENTS_UCS2, 1, 69, 70, 1}}, // one unit each, no longer an extension
    // Surrogate pairs are not split.
    {"", 35, EMOJI, "", {SEGMENTS_UCS2, 1, 70, 70, 0}},
    {"", 36, EMOJI, "", {SEGMENTS_UCS2, 2, 72, 67, 61}}, // 33 in the first part
    {"a", 35, EMOJI, "", {SEGMENTS_UCS2, 2, 71, 67, 63}},
    {"a", 33, EMOJI, "aaaa", {SEGMENTS_UCS2, 2, 71, 67, 63}},
    {"", 66, "a", EMOJI "aa", {SEGMENTS_UCS2, 1, 70, 70, 0}},
    {"", 66, "a", EMOJI "aaa", {SEGMENTS_UCS2, 2, 71, 67, 62}}, // the pair moves to the second part
    {"", 65, "a", EMOJI "aaaa", {SEGMENTS_UCS2, 2, 71, 67, 63}},
    {"", 66, EMOJI, "", {SEGMENTS_UCS2, 2, 132, 67, 1}},
    {"", 67, EMOJI, "", {SEGMENTS_UCS2, 3, 134, 67, 65}},
};

static void test_boundaries(void **context)
{
    (void)context;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[4000];
        struct segments got;
        char *end = stpcpy(text, rows[i].before);
        for (int k = 0; k < rows[i].count; k++)
            end = stpcpy(end, rows[i].what);
        stpcpy(end, rows[i].after);
        assert_true(segments_count(&got, text, strlen(text)));
        CHECK(memcmp(&got, &rows[i].expected, sizeof got) == 0,
              "case %zu: encoding %d, %d parts, %d units, %d a part, %d remaining", i, (int)got.encoding,
              got.parts, got.units, got.per_part, got.remaining);
    }
}

// The tables of TS 23.038, written out a second time, in their own order.
static const char *const default_table =
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà";
static const char *const extension_table = "\f^{}\\[~]|€";

static size_t put_point(char out[4], uint32_t point)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t bytes = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = bytes - 1; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3f));
    out[0] = (char)(marks[bytes] | point);
    return bytes;
}

static bool in_table(const char *table, const char character[4], size_t bytes)
{
    char text[5] = {0};
    memcpy(text, character, bytes);
    return strstr(table, text) != NULL;
}

static void test_every_character(void **context)
{
    (void)context;
    for (uint32_t point = 1; point <= 0x10ffff; point += point == 0xd7ff ? 0x801 : 1) {
        char character[4];
        size_t bytes = put_point(character, point);
        struct segments got;
        assert_true(segments_count(&got, character, bytes));
        bool plain = in_table(default_table, character, bytes);
        bool extension = in_table(extension_table, character, bytes);
        int units = plain ? 1 : extension ? 2 : point < 0x10000 ? 1 : 2;
        CHECK(got.encoding == (plain || extension ? SEGMENTS_GSM7 : SEGMENTS_UCS2) && got.units == units,
              "U+%04X: %s, %d units", (unsigned)point, segments_encoding_name(got.encoding), got.units);
    }
}

static void test_texts_that_are_not_utf8(void **context)
{
    (void)context;
    static const char *const texts[] = {"\xff", "abc\xc3", "\xed\xa0\x80", "\xc0\x80"};
    struct segments same = {SEGMENTS_UCS2, 1, 2, 3, 4}, got = same;
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_false(segments_count(&got, texts[i], strlen(texts[i])));
        assert_memory_equal(&got, &same, sizeof got);
    }
    assert_false(segments_count(&got, "a\0b", 3));
}

static void test_names(void **context)
{
    (void)context;
    assert_string_equal(segments_encoding_name(SEGMENTS_GSM7), "GSM-7");
    assert_string_equal(segments_encoding_name(SEGMENTS_UCS2), "UCS-2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boundaries),
        cmocka_unit_test(test_every_character),
        cmocka_unit_test(test_texts_that_are_not_utf8),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
