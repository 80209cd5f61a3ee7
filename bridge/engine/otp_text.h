// The text that carries a one-time code. Pure logic; any thread.
#ifndef SMSQUITTO_BRIDGE_ENGINE_OTP_TEXT_H
#define SMSQUITTO_BRIDGE_ENGINE_OTP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OTP_TEXT_SIZE = 1024 };

struct otp_text {
    const char *code;
    const char *app;          // "" = none
    const char *language;     // "de", "de-AT"; English when it is not known
    const char *wording;      // with {{code}}, {{app}} and {{minutes}}; NULL = ours
    int64_t minutes;          // validity, rounded up
    const char *android_hash; // 11 characters, "" = none
    const char *domain;       // "" = none
};

// Writes the text. With android_hash a line for Android's SMS Retriever follows
// (https://developers.google.com/identity/sms-retriever/verify), with domain a last line for the browser
// (origin-bound one-time codes, https://wicg.github.io/sms-one-time-codes/). False when it does not fit, or
// the wording has another variable or lacks {{code}}.
bool otp_text(char out[OTP_TEXT_SIZE], const struct otp_text *input);

// Whether a wording of one's own can be used.
bool otp_wording_valid(const char *wording);

// Whether there is a wording of ours in that language.
bool otp_language_known(const char *language);

#endif
