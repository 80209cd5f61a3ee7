// The text that carries a one-time code. Pure logic; any thread.
#ifndef SMSQUITTO_BRIDGE_ENGINE_OTP_TEXT_H
#define SMSQUITTO_BRIDGE_ENGINE_OTP_TEXT_H

#include "bridge/engine/template_text.h"

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
// (origin-bound one-time codes, https://wicg.github.io/sms-one-time-codes/). values (may be NULL) are those
// of the wording's further variables. False with *error, whose path is "variables" or "variables.<name>",
// when it does not fit, or the wording has a variable without a value.
bool otp_text(char out[OTP_TEXT_SIZE], const struct otp_text *input, const struct template_values *values,
              struct field_error *error);

// Whether a wording of one's own can be used: it has {{code}}, and only variables that we give.
bool otp_wording_valid(const char *wording);

// Finds the wording that a template has for what is wished, borrowed from row. NULL with *error when that
// lacks {{code}}, asks for {{app}} and there is none, or when a variable is wished that we give ourselves or
// the template does not have.
const char *otp_wording_of(const struct template_row *row, const struct template_names *known,
                           const struct template_wish *wish, const char *app, struct field_error *error);

// Whether there is a wording of ours in that language.
bool otp_language_known(const char *language);

#endif
