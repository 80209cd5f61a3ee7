// Parts as we count them against the parts that libgammu makes of the same text, over random texts of all
// SPDX-License-Identifier: GPL-2.0-or-later
// lengths.
#include "tests/unit/cases.h"

#include "common/segments.h"

#include <gammu.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 6000, CHARACTERS_MAX = 1600, TEXT_SIZE = CHARACTERS_MAX * 4 + 1 };

// Kinds of characters that texts are mixed from.
static const char *const PLAIN[] = {"a", "Z",        "0",        " ",        "?",       "\n",
                                    "@", "\xC3\xA4", "\xC3\x9F", "\xCE\xA9", "\xC2\xA3"};
static const char *const ESCAPED[] = {"[", "]", "{", "}", "\\", "~", "^", "|", "\xE2\x82\xAC"};
static const char *const WIDE[] = {"\xD1\x8F", "\xE6\x97\xA5", "\xC3\xA1", "`", "\xE2\x80\x93"};
static const char *const PAIRS[] = {"\xF0\x9F\x98\x80", "\xF0\x9D\x84\x9E"};

static uint32_t seed = 20261121;

static uint32_t next_random(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

static const char *pick(int kinds)
{
    switch (next_random(20)) {
    case 0:
        return ESCAPED[next_random(COUNT(ESCAPED))];
    case 1:
        return kinds > 0 ? WIDE[next_random(COUNT(WIDE))] : PLAIN[next_random(COUNT(PLAIN))];
    case 2:
        return kinds > 1 ? PAIRS[next_random(COUNT(PAIRS))] : PLAIN[next_random(COUNT(PLAIN))];
    default:
        return PLAIN[next_random(COUNT(PLAIN))];
    }
}

static size_t make_text(char text[TEXT_SIZE], int kinds)
{
    size_t length = 0, characters = 1 + next_random(CHARACTERS_MAX);
    for (size_t i = 0; i < characters; i++) {
        const char *next = pick(kinds);
        memcpy(text + length, next, strlen(next));
        length += strlen(next);
    }
    text[length] = '\0';
    return length;
}

// As the radio does it (device/radios/gammu_phone.c).
static int parts_of_gammu(const char *text, size_t length, bool wide)
{
    static GSM_MultiSMSMessage parts;
    static GSM_MultiPartSMSInfo info;
    static unsigned char buffer[(TEXT_SIZE + 1) * 2];
    memset(buffer, 0, sizeof(buffer));
    DecodeUTF8(buffer, text, length);
    GSM_ClearMultiPartSMSInfo(&info);
    info.Class = -1;
    info.EntriesNum = 1;
    info.UnicodeCoding = wide;
    info.Entries[0].ID = SMS_ConcatenatedTextLong;
    info.Entries[0].Buffer = buffer;
    return GSM_EncodeMultiPartSMS(GSM_GetGlobalDebug(), &info, &parts) == ERR_NONE ? parts.Number : -1;
}

static void compare(int kinds)
{
    static char text[TEXT_SIZE];
    for (int round = 0; round < ROUNDS; round++) {
        struct segments ours;
        size_t length = make_text(text, kinds);
        assert_true(segments_count(&ours, text, length));
        int theirs = parts_of_gammu(text, length, ours.encoding == SEGMENTS_UCS2);
        CHECK(theirs == ours.parts, "round %d: %d parts, libgammu makes %d of %zu bytes (%s)", round,
              ours.parts, theirs, length, segments_encoding_name(ours.encoding));
    }
}

static void test_gsm_alphabet(void **state)
{
    (void)state;
    compare(0);
}

static void test_wide_characters(void **state)
{
    (void)state;
    compare(1);
}

static void test_surrogate_pairs(void **state)
{
    (void)state;
    compare(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gsm_alphabet),
        cmocka_unit_test(test_wide_characters),
        cmocka_unit_test(test_surrogate_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
