// Phone numbers, read with libphonenumber: what people write becomes E.164, everything else is refused.
//
// The shim is C++ behind this C header. Any thread (libphonenumber's singleton is made at the first call; its
// own locks make it safe); out of memory ends the process, as it does inside libphonenumber.
#ifndef SMSQUITTO_COMMON_NUMBER_H
#define SMSQUITTO_COMMON_NUMBER_H

#include <stddef.h>

enum { NUMBER_SIZE = 17 };   // '+', up to 15 digits (ITU-T E.164), NUL
#define NUMBER_HIDDEN "XXXX" // what stands for the last digits of a number that is not to be known

enum number_status {
    NUMBER_OK,
    NUMBER_NOT_A_NUMBER,    // letters, MMI or USSD codes, nothing, control characters
    NUMBER_NEEDS_COUNTRY,   // a national number, and no default country is set
    NUMBER_UNKNOWN_COUNTRY, // the country code does not exist
    NUMBER_TOO_SHORT,
    NUMBER_TOO_LONG,
    NUMBER_INVALID, // no number of its country looks like this
};

// Writes the E.164 form of text[length] into out[NUMBER_SIZE]. country is an ISO 3166-1 alpha-2 code in
// capitals, or "" or NULL for none. Accepts spaces, dots, dashes, slashes, round brackets and a leading 00 or
// +; refuses '*', '#', letters, extensions. Writes only on NUMBER_OK. Any thread; each remembers the numbers
// that it read last, which cost it a tenth of the 15 microseconds of a new one.
enum number_status number_normalize(char out[NUMBER_SIZE], const char *text, size_t length,
                                    const char *country);

// One plain-English clause for people, such as "has too few digits for its country". Borrowed for ever.
const char *number_status_text(enum number_status status);

// The ISO 3166-1 alpha-2 region of an E.164 number into region[3], "" when it has none (for example +800).
void number_region(char region[3], const char *e164);

// Whether country is a region that libphonenumber knows.
int number_country_known(const char *country);

#endif
