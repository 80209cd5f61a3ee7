// How many parts a text needs on the air (3GPP TS 23.038 alphabets, TS 23.040 concatenation with an 8-bit
// reference).
//
// Pure logic; any thread.
#ifndef SMSQUITTO_COMMON_SEGMENTS_H
#define SMSQUITTO_COMMON_SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>

enum segments_encoding {
    SEGMENTS_GSM7, // GSM 7-bit default alphabet with its extension table: 160 septets, or 153 a part
    SEGMENTS_UCS2, // UCS-2 / UTF-16: 70 code units, or 67 a part
};

struct segments {
    enum segments_encoding encoding;
    int parts;     // at least 1, also for an empty text
    int units;     // septets (an extension character counts 2) or UTF-16 code units in the whole text
    int per_part;  // 160, 153, 70 or 67
    int remaining; // units that still fit the last part
};

// Counts text[length], which must be valid UTF-8. No part ends inside an escape pair or a surrogate pair, so
// a part may stay one unit short, as phones do it. Returns false, and writes nothing, when the text is not
// UTF-8.
bool segments_count(struct segments *segments, const char *text, size_t length);

// "GSM-7" or "UCS-2"; borrowed for ever.
const char *segments_encoding_name(enum segments_encoding encoding);

#endif
