// /v1/devices/{id}/inbox: have a device read its inbox again.
#include "bridge/api/api_internal.h"

#include "common/clock.h"

#include <string.h>

struct body {
    int64_t from, to;
};

static const struct field FIELDS[] = {
    {"from", FIELD_TIME, offsetof(struct body, from), true, 0, INT64_MAX},
    {"to", FIELD_TIME, offsetof(struct body, to), false, 0, INT64_MAX},
};

// How far it got.
static const char *state_name_of(const struct inbox_request *row, int64_t now)
{
    if (row->taken_at != 0)
        return "taken";
    if (now - row->asked_at >= INBOX_ASK_MS)
        return "expired";
    return row->told_at != 0 ? "told" : "waiting";
}

static json_t *inbox_json(const char *device, const struct inbox_request *row)
{
    return json_pack("{s:s, s:o, s:o, s:s, s:o, s:o, s:o}", "device", device, "from", api_time(row->from),
                     "to", api_time(row->to), "state", state_name_of(row, clock_wall_ms()), "asked_at",
                     api_time(row->asked_at), "told_at", api_time(row->told_at), "taken_at",
                     api_time(row->taken_at));
}

static void asked(struct request *request, struct command *command)
{
    request_reply_json_take(request, 202, inbox_json(command->inbox.device, &command->inbox.row));
}

void api_inbox_ask(struct request *request)
{
    struct body body = {.to = clock_wall_ms()};
    struct field_error error;
    const char *id = request_param(request, 0);
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command = command_new(COMMAND_INBOX, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!device_id_valid(id, strlen(id))) {
        request_not_found(request, "there is no such device");
    } else if (!fields_decode(&body, json, FIELDS, sizeof(FIELDS) / sizeof(FIELDS[0]), "", &error) ||
               (body.from >= body.to && !field_fail(&error, "from", "must be before to, or now"))) {
        request_invalid(request, &error);
    } else {
        api_copy(command->inbox.device, sizeof(command->inbox.device), id);
        command->inbox.row.from = body.from > 0 ? body.from : 1; // 0 = none
        command->inbox.row.to = body.to;
        request_submit_take(request, command, asked);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

void api_inbox_show(struct request *request)
{
    struct device_view view;
    struct inbox_request row = {.from = 0};
    const char *id = request_param(request, 0);
    if (!api_find_device(request, &view))
        return;
    enum query_status status = query_inbox_request(request_store(request), &row, view.device.n);
    device_view_clear(&view);
    if (status == QUERY_NONE)
        request_not_found(request, "the device was not asked to read its inbox again");
    else if (status == QUERY_FAILED)
        request_unavailable(request);
    else
        request_reply_json_take(request, 200, inbox_json(id, &row));
}
