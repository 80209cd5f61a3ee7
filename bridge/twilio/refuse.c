// Refusals in Twilio's shape. docs/twilio.md has the same table for people.
#include "bridge/twilio/twilio_internal.h"

#include <stdio.h>
#include <string.h>

// Which HTTP status goes with a code.
static const struct {
    int code, status;
} STATUSES[] = {
    {20003, 401}, {20004, 405}, {20404, 404}, {20403, 403}, {20413, 413},
    {20415, 415}, {20429, 429}, {20503, 503}, {30409, 409}, // all others are 400
};

// What our refusals are called there. The first row that fits counts; field "" fits all.
static const struct {
    const char *kind, *field;
    int code;
    const char *name; // of the field, "" = none
} CODES[] = {
    {"unauthorized", "", 20003, ""},
    {"missing-scope", "", 20403, ""},
    {"not-found", "", 20404, ""},
    {"method-not-allowed", "", 20004, ""},
    {"unsupported-media-type", "", 20415, ""},
    {"too-large", "", 20413, ""},
    {"rate-limited", "", 20429, ""},
    {"limited", "", 20429, ""},
    {"unavailable", "", 20503, ""},
    {"conflict", "", 30409, ""},
    {"suppressed", "", 21610, "To"},
    {"idempotency-key-reused", "", 20001, "Idempotency-Key"},
    {"invalid-field", "to", 21211, "To"},
    {"invalid-field", "text", 21617, "Body"},
    {"invalid-field", "from", 21606, "From"},
    {"invalid-field", "callback_url", 21609, "StatusCallback"},
    {"invalid-field", "ttl", 20001, "ValidityPeriod"},
    {"invalid-field", "send_at", 20001, "SendAt"},
    {"invalid-field", "template", 21655, "ContentSid"},
    {"invalid-field", "variables", 21656, "ContentVariables"},
    {"invalid-field", "variables.", 21656, ""},
    {"", "", 20001, ""},
};

static int status_of(int code)
{
    for (size_t i = 0; i < sizeof(STATUSES) / sizeof(STATUSES[0]); i++)
        if (STATUSES[i].code == code)
            return STATUSES[i].status;
    return 400;
}

void twilio_refuse(struct request *request, int code, const char *message)
{
    char more[64];
    int status = status_of(code);
    snprintf(more, sizeof(more), "https://www.twilio.com/docs/errors/%d", code);
    request_reply_json_take(request, status,
                            json_pack("{s:i, s:s, s:s, s:i}", "code", code, "message", message, "more_info",
                                      more, "status", status));
}

void twilio_refuse_field(struct request *request, int code, const char *field, const char *detail)
{
    char message[FIELD_PATH_SIZE + FIELD_DETAIL_SIZE + 4];
    snprintf(message, sizeof(message), "%s%s%s", field, field[0] != '\0' ? ": " : "", detail);
    twilio_refuse(request, code, message);
}

// Whether pattern is that field, or ends with '.' and begins it.
static bool names(const char *pattern, const char *field)
{
    size_t length = strlen(pattern);
    return strcmp(pattern, field) == 0 ||
           (length > 0 && pattern[length - 1] == '.' && strncmp(pattern, field, length) == 0);
}

void twilio_problem(struct request *request, int status, const char *kind, const char *title,
                    const char *field, const char *detail)
{
    size_t i = 0;
    (void)status, (void)title;
    while ((CODES[i].kind[0] != '\0' && strcmp(CODES[i].kind, kind) != 0) ||
           (CODES[i].field[0] != '\0' && !names(CODES[i].field, field)))
        i++;
    twilio_refuse_field(request, CODES[i].code, CODES[i].name[0] != '\0' ? CODES[i].name : field, detail);
}
