// /v1/suppressions/backfill: old failures that say that a number takes no texts.
#include "bridge/api/api_internal.h"

struct body {
    int64_t from;
    bool dry_run;
};

static const struct field FIELDS[] = {
    {"from", FIELD_TIME, offsetof(struct body, from), false, 0, INT64_MAX},
    {"dry_run", FIELD_BOOL, offsetof(struct body, dry_run), false, 0, 0},
};

static json_t *backfill_json(const struct backfill *row)
{
    return json_pack("{s:s, s:o, s:b, s:I, s:I, s:I, s:o, s:o}", "state",
                     row->ended_at != 0 ? "done" : "running", "from", api_time(row->from), "dry_run",
                     (int)row->dry_run, "messages", (json_int_t)row->messages, "failures",
                     (json_int_t)row->failures, "numbers", (json_int_t)row->numbers, "began_at",
                     api_time(row->began_at), "ended_at", api_time(row->ended_at));
}

static void begun(struct request *request, struct command *command)
{
    request_reply_json_take(request, 202, backfill_json(&command->backfill));
}

void api_backfill_begin(struct request *request)
{
    struct body body = {.from = 0};
    struct field_error error;
    json_t *json = api_optional_json(request);
    if (json == NULL)
        return;
    struct command *command = command_new(COMMAND_BACKFILL, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!fields_decode(&body, json, FIELDS, sizeof(FIELDS) / sizeof(FIELDS[0]), "", &error)) {
        request_invalid(request, &error);
    } else {
        command->backfill.from = body.from;
        command->backfill.dry_run = body.dry_run;
        request_submit_take(request, command, begun);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

void api_backfill_show(struct request *request)
{
    struct backfill row;
    enum query_status status =
        query_backfill(request_store(request), &row, request_principal(request)->account);
    if (status == QUERY_OK)
        request_reply_json_take(request, 200, backfill_json(&row));
    else if (status == QUERY_NONE)
        request_not_found(request, "old failures were never looked through");
    else
        request_unavailable(request);
}
