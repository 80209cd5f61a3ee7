// /v1/account/retention: how long messages are kept.
#include "bridge/api/api_internal.h"

enum { DAYS_MAX = 3650, DELETE_DAYS_MIN = 7 };

struct body {
    int64_t text_days, number_days, delete_days;
};

static const struct field FIELDS[] = {
    {"text_days", FIELD_INT, offsetof(struct body, text_days), false, 1, DAYS_MAX},
    {"number_days", FIELD_INT, offsetof(struct body, number_days), false, 1, DAYS_MAX},
    {"delete_days", FIELD_INT, offsetof(struct body, delete_days), false, DELETE_DAYS_MIN, DAYS_MAX},
};

static json_t *days_json(int64_t days)
{
    return days > 0 ? json_integer(days) : json_null();
}

static json_t *retention_json(const struct retention *row)
{
    return json_pack("{s:o, s:o, s:o}", "text_days", days_json(row->text_days), "number_days",
                     days_json(row->number_days), "delete_days", days_json(row->delete_days));
}

// Each step comes before the next one, or there would be nothing left for it to do.
static bool check(const struct body *body, struct field_error *error)
{
    if (body->number_days > 0 && body->text_days > body->number_days)
        return field_fail(error, "text_days", "must not be more than number_days");
    if (body->delete_days > 0 && body->text_days > body->delete_days)
        return field_fail(error, "text_days", "must not be more than delete_days");
    if (body->delete_days > 0 && body->number_days > body->delete_days)
        return field_fail(error, "number_days", "must not be more than delete_days");
    return true;
}

static void done(struct request *request, struct command *command)
{
    request_reply_json_take(request, 200, retention_json(&command->retention));
}

void api_retention_set(struct request *request)
{
    struct body body = {.text_days = 0};
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command =
        command_new(COMMAND_RETENTION, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!fields_decode(&body, json, FIELDS, sizeof(FIELDS) / sizeof(FIELDS[0]), "", &error) ||
               !check(&body, &error)) {
        request_invalid(request, &error);
    } else {
        command->retention.text_days = body.text_days;
        command->retention.number_days = body.number_days;
        command->retention.delete_days = body.delete_days;
        request_submit_take(request, command, done);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

void api_retention_show(struct request *request)
{
    struct retention row = {.account = 0};
    enum query_status status =
        query_retention(request_store(request), &row, request_principal(request)->account);
    if (status == QUERY_FAILED)
        request_unavailable(request);
    else
        request_reply_json_take(request, 200, retention_json(&row));
}
