// Refusals in Twilio's shape. docs/twilio.md has the same table for people.
#include "bridge/twilio/twilio_internal.h"

#include <stdio.h>
#include <string.h>

// Which HTTP status goes with a code.
static const struct {
    int code, status;
} STATUSES[] = {
    {20003, 401}, {20004, 405}, {20009, 409}, {20404, 404}, {20403, 403}, {20409, 409},
    {20413, 413}, {20429, 429}, {20500, 500}, {20503, 503}, {21701, 404}, {30409, 409},
    {60202, 429}, {60203, 429}, {60410, 403}, {60605, 403}, // all others are 400
};

// What our refusals are called there.
struct name {
    const char *kind, *field; // field "" fits all, one that ends with '.' all that begin so
    int code;
    const char *name; // of the field, "" = as it is
};

// The first row that fits counts.
static const struct name COMMON[] = {
    {"unauthorized", "", 20003, ""},
    {"missing-scope", "", 20403, ""},
    {"not-found", "", 20404, ""},
    {"method-not-allowed", "", 20004, ""},
    {"unsupported-media-type", "", 20001, "Content-Type"},
    {"too-large", "", 20413, ""},
    {"rate-limited", "", 20429, ""},
    {"unavailable", "", 20503, ""},
    {"not-shown", "", 20500, ""},
    {NULL, "", 0, ""},
};

static const struct name MESSAGES[] = {
    {"conflict", "message", 20009, ""},
    {"conflict", "text", 20409, "Body"},
    {"conflict", "", 30409, ""},
    {"suppressed", "", 21610, "To"},
    {"idempotency-key-reused", "", 20001, "Idempotency-Key"},
    {"invalid-field", "to", 21211, "To"},
    {"invalid-field", "text", 21617, "Body"},
    {"invalid-field", "from", 21606, "From"},
    {"invalid-field", "fallback_from", 21665, "FallbackFrom"},
    {"invalid-field", "callback_url", 21609, "StatusCallback"},
    {"invalid-field", "send_at", 35115, "SendAt"},
    {"invalid-field", "template", 21655, "ContentSid"},
    {"invalid-field", "variables", 21656, "ContentVariables"},
    {"invalid-field", "variables.", 21656, ""},
    {NULL, "", 20001, ""},
};

static const struct name VERIFY[] = {
    {"limited", "rate_limits", 20429, "RateLimits"},
    {"limited", "", 60203, ""},
    {"suppressed", "", 60410, "To"},
    {"country-not-allowed", "", 60605, "To"},
    {"conflict", "limits", 60207, ""},
    {"conflict", "name", 60208, "UniqueName"},
    {"conflict", "buckets", 60210, ""},
    {"invalid-field", "to", 60200, "To"},
    {"invalid-field", "app", 60200, "CustomFriendlyName"},
    {"invalid-field", "android_hash", 60200, "AppHash"},
    {"invalid-field", "client_address", 60200, "DeviceIp"},
    {"invalid-field", "rate_limits", 60200, "RateLimits"},
    {"invalid-field", "template", 60200, "TemplateSid"},
    {"invalid-field", "language", 60200, "Locale"},
    {"invalid-field", "variables", 60200, "TemplateCustomSubstitutions"},
    {NULL, "", 60200, ""},
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

// The row that fits; the last one when none does.
static const struct name *find(const struct name *row, const char *kind, const char *field)
{
    while (row->kind != NULL &&
           (strcmp(row->kind, kind) != 0 || (row->field[0] != '\0' && !names(row->field, field))))
        row++;
    return row;
}

static void refuse_by(const struct name *own, struct request *request, const char *kind, const char *field,
                      const char *detail)
{
    const struct name *row = find(COMMON, kind, field);
    if (row->kind == NULL)
        row = find(own, kind, field);
    twilio_refuse_field(request, row->code, row->name[0] != '\0' ? row->name : field, detail);
}

void twilio_messages_problem(struct request *request, int status, const char *kind, const char *title,
                             const char *field, const char *detail)
{
    (void)status, (void)title;
    refuse_by(MESSAGES, request, kind, field, detail);
}

void twilio_verify_problem(struct request *request, int status, const char *kind, const char *title,
                           const char *field, const char *detail)
{
    (void)status, (void)title;
    refuse_by(VERIFY, request, kind, field, detail);
}
