// /v1/devices/{id}/limits: how much the SIMs of a device may send, and what they have sent.
#include "bridge/api/api_internal.h"

#include "bridge/engine/pace.h"
#include "common/clock.h"
#include "common/parse.h"

#include <stdio.h>
#include <string.h>

enum { PARTS_MAX = 1000000, RECIPIENTS_MAX = 100000, GAP_MAX_S = 3600 };

struct body {
    int64_t sim, per_minute, per_hour, per_day, recipients_day, recipients_month, gap_s, jitter_s;
    const char *opens, *closes, *zone;
};

static const struct field FIELDS[] = {
    {"sim", FIELD_INT, offsetof(struct body, sim), false, 0, WIRE_SIMS_MAX},
    {"per_minute", FIELD_INT, offsetof(struct body, per_minute), false, 0, PARTS_MAX},
    {"per_hour", FIELD_INT, offsetof(struct body, per_hour), false, 0, PARTS_MAX},
    {"per_day", FIELD_INT, offsetof(struct body, per_day), false, 0, PARTS_MAX},
    {"recipients_per_day", FIELD_INT, offsetof(struct body, recipients_day), false, 0, RECIPIENTS_MAX},
    {"recipients_per_month", FIELD_INT, offsetof(struct body, recipients_month), false, 0, RECIPIENTS_MAX},
    {"gap_s", FIELD_INT, offsetof(struct body, gap_s), false, 0, GAP_MAX_S},
    {"jitter_s", FIELD_INT, offsetof(struct body, jitter_s), false, 0, GAP_MAX_S},
    {"opens", FIELD_STRING, offsetof(struct body, opens), false, 5, 5},
    {"closes", FIELD_STRING, offsetof(struct body, closes), false, 5, 5},
    {"zone", FIELD_STRING, offsetof(struct body, zone), false, 1, ZONE_NAME_SIZE - 1},
};

static json_t *time_of_day(const struct sim_limit *row, int64_t minutes)
{
    char text[16];
    if (row->opens_min == row->closes_min)
        return json_null();
    snprintf(text, sizeof(text), "%02d:%02d", (int)(minutes / 60) % 24, (int)(minutes % 60));
    return json_string(text);
}

// What was counted in a time that is over counts no more.
static json_t *used_json(const struct sim_limit *row, int64_t now)
{
    struct sim_limit used = *row;
    pace_roll(&used, now);
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "minute", (json_int_t)used.minute, "hour",
                     (json_int_t)used.hour, "day", (json_int_t)used.day, "recipients_day",
                     (json_int_t)used.day_recipients, "recipients_month", (json_int_t)used.month_recipients);
}

static json_t *limit_json(const struct sim_limit *row)
{
    json_t *json = json_pack(
        "{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:s, s:o}", "sim",
        row->slot != 0 ? json_integer(row->slot) : json_null(), "per_minute", (json_int_t)row->per_minute,
        "per_hour", (json_int_t)row->per_hour, "per_day", (json_int_t)row->per_day, "recipients_per_day",
        (json_int_t)row->recipients_day, "recipients_per_month", (json_int_t)row->recipients_month, "gap_s",
        (json_int_t)row->gap_ms / 1000, "jitter_s", (json_int_t)row->jitter_ms / 1000, "opens",
        time_of_day(row, row->opens_min), "closes", time_of_day(row, row->closes_min), "zone", row->zone,
        "used", used_json(row, clock_wall_ms()));
    return json;
}

static bool read_time(int64_t *minutes, const char *text, const char *path, struct field_error *error)
{
    int64_t hour, minute;
    if (text == NULL)
        return true;
    if (text[2] != ':' || !parse_int(&hour, text, 2, 0, 23) || !parse_int(&minute, text + 3, 2, 0, 59))
        return field_fail(error, path, "must be a time of day such as 08:00");
    *minutes = hour * 60 + minute;
    return true;
}

static bool read_limit(struct sim_limit *row, const struct body *body, struct field_error *error)
{
    if ((body->opens == NULL) != (body->closes == NULL))
        return field_fail(error, body->opens == NULL ? "opens" : "closes", "goes with the other one");
    if (!zone_known(body->zone))
        return field_fail(error, "zone", "must be a zone such as Europe/Berlin");
    *row = (struct sim_limit){.slot = body->sim,
                              .per_minute = body->per_minute,
                              .per_hour = body->per_hour,
                              .per_day = body->per_day,
                              .recipients_day = body->recipients_day,
                              .recipients_month = body->recipients_month,
                              .gap_ms = body->gap_s * 1000,
                              .jitter_ms = body->jitter_s * 1000};
    api_copy(row->zone, sizeof(row->zone), body->zone);
    return read_time(&row->opens_min, body->opens, "opens", error) &&
           read_time(&row->closes_min, body->closes, "closes", error);
}

// All limits of a device, as the store has them.
static void reply_all(struct request *request, int64_t device)
{
    struct sim_limit rows[SIM_LIMITS_MAX];
    size_t count;
    if (query_sim_limits(request_store(request), rows, &count, device) != QUERY_OK) {
        request_unavailable(request);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_list_add_take(&list, limit_json(&rows[i]));
    request_reply_json_take(request, 200, json_pack("{s:o}", "limits", list));
}

void api_limits_show(struct request *request)
{
    struct device_view view;
    if (!api_find_device(request, &view))
        return;
    reply_all(request, view.device.n);
    device_view_clear(&view);
}

static void done(struct request *request, struct command *command)
{
    reply_all(request, command->limit.row.device);
}

void api_limits_set(struct request *request)
{
    struct body body = {.zone = "UTC"};
    struct field_error error;
    const char *id = request_param(request, 0);
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command =
        command_new(COMMAND_LIMIT_SET, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!device_id_valid(id, strlen(id))) {
        request_not_found(request, "there is no such device");
    } else if (!fields_decode(&body, json, FIELDS, sizeof(FIELDS) / sizeof(FIELDS[0]), "", &error) ||
               !read_limit(&command->limit.row, &body, &error)) {
        request_invalid(request, &error);
    } else {
        api_copy(command->limit.device, sizeof(command->limit.device), id);
        request_submit_take(request, command, done);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}
