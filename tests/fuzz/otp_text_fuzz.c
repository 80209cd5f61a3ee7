// Texts of one-time codes: what fits holds the code and ends with the lines that phones and browsers read; a
// wording that was called valid can be filled in. The input is lines: language, app, hash, domain, and a
// wording.
#include "bridge/engine/otp_text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Cuts a line off; "" at the end.
static char *line(char **rest)
{
    char *text = *rest, *end = strchr(text, '\n');
    *rest = end != NULL ? end + 1 : text + strlen(text);
    if (end != NULL)
        *end = '\0';
    return text;
}

static void check(const char *out, const struct otp_text *input)
{
    size_t length = strnlen(out, OTP_TEXT_SIZE);
    if (length >= OTP_TEXT_SIZE || strstr(out, input->code) == NULL)
        abort();
    if (input->domain[0] == '\0')
        return;
    const char *last = strrchr(out, '#');
    if (last == NULL || strcmp(last + 1, input->code) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char out[OTP_TEXT_SIZE];
    struct field_error error;
    char *text = malloc(size + 1), *rest = text;
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    struct otp_text input = {.code = "9731642850", .minutes = 10};
    input.language = line(&rest);
    input.app = line(&rest);
    input.android_hash = line(&rest);
    input.domain = line(&rest);
    input.wording = rest[0] != '\0' ? rest : NULL;
    bool fits = otp_text(out, &input, NULL, &error);
    bool valid = input.wording == NULL || otp_wording_valid(input.wording);
    if (fits && valid)
        check(out, &input);
    if (!fits && error.detail[0] == '\0')
        abort();
    if (valid && !fits) {
        struct otp_text bare = input; // without what else has to fit
        bare.app = bare.android_hash = bare.domain = "";
        if (!otp_text(out, &bare, NULL, &error))
            abort();
    }
    free(text);
    return 0;
}
