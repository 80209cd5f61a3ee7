// Codes that are scanned, or typed by people: 80 random bits as 16 letters and digits in groups of four.
//
// The alphabet is Crockford's base 32, which has no I, L, O and U. Any thread.
#ifndef SMSQUITTO_COMMON_CODE_H
#define SMSQUITTO_COMMON_CODE_H

#include <stdbool.h>

enum { CODE_SIZE = 20 }; // "K3F7-9QXM-2B8R-TN4A" and NUL

// Writes a new code into out[CODE_SIZE]. False when the system has no randomness.
bool code_new(char out[CODE_SIZE]) __attribute__((warn_unused_result));

// Reads what somebody typed: small letters, O for 0, I and L for 1, blanks and '-' anywhere. Writes the code
// as code_new did; false, and nothing written, when it is none.
bool code_read(char out[CODE_SIZE], const char *text);

#endif
