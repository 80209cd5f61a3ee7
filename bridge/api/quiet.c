// /v1/account/quiet-hours, and the same of pools: when nobody is written to.
#include "bridge/api/api_internal.h"

#include "common/parse.h"

#include <stdio.h>
#include <string.h>

enum { DAYS_MAX = 7 };

static const char *const DAYS[DAYS_MAX] = {"sunday",   "monday", "tuesday", "wednesday",
                                           "thursday", "friday", "saturday"};

json_t *api_quiet_json(const struct quiet_hours *row)
{
    char begins[16], ends[16];
    json_t *days = json_array();
    snprintf(begins, sizeof(begins), "%02d:%02d", (int)(row->begins_min / 60) % 24,
             (int)(row->begins_min % 60));
    snprintf(ends, sizeof(ends), "%02d:%02d", (int)(row->ends_min / 60) % 24, (int)(row->ends_min % 60));
    for (int day = 0; day < DAYS_MAX; day++)
        if ((row->days >> day & 1) != 0)
            json_list_add_take(&days, json_string(DAYS[day]));
    bool hours = row->begins_min != row->ends_min;
    return json_pack("{s:o, s:o, s:o, s:s}", "begins", hours ? json_string(begins) : json_null(), "ends",
                     hours ? json_string(ends) : json_null(), "days", days, "zone",
                     row->zone[0] != '\0' ? row->zone : "recipient");
}

struct quiet_body {
    const char *begins, *ends, *zone;
    json_t *days;
};

static const struct field QUIET_FIELDS[] = {
    {"begins", FIELD_STRING, offsetof(struct quiet_body, begins), false, 5, 5},
    {"ends", FIELD_STRING, offsetof(struct quiet_body, ends), false, 5, 5},
    {"days", FIELD_ARRAY, offsetof(struct quiet_body, days), false, 0, DAYS_MAX},
    {"zone", FIELD_STRING, offsetof(struct quiet_body, zone), false, 1, ZONE_NAME_SIZE - 1},
};

// "21:30" as minutes of the day.
static bool read_time(int64_t *minutes, const char *text, const char *path, struct field_error *error)
{
    int64_t hour, minute;
    if (text == NULL)
        return true;
    if (text[2] != ':' || !parse_int(&hour, text, 2, 0, 23) || !parse_int(&minute, text + 3, 2, 0, 59))
        return field_fail(error, path, "must be a time of day such as 21:30");
    *minutes = hour * 60 + minute;
    return true;
}

static bool read_days(int64_t *days, const json_t *list, struct field_error *error)
{
    char path[32];
    size_t i;
    json_t *value;
    json_array_foreach(list, i, value)
    {
        int day = 0;
        while (day < DAYS_MAX && (!json_is_string(value) || strcmp(DAYS[day], json_string_value(value)) != 0))
            day++;
        snprintf(path, sizeof(path), "days[%zu]", i);
        if (day == DAYS_MAX)
            return field_fail(error, path, "must be a day such as sunday");
        *days |= (int64_t)1 << day;
    }
    return *days != (1 << DAYS_MAX) - 1 || field_fail(error, "days", "leave no day to write on");
}

static bool read_body(struct quiet_hours *row, const struct quiet_body *body, struct field_error *error)
{
    if ((body->begins == NULL) != (body->ends == NULL))
        return field_fail(error, body->begins == NULL ? "begins" : "ends", "goes with the other one");
    if (!read_time(&row->begins_min, body->begins, "begins", error) ||
        !read_time(&row->ends_min, body->ends, "ends", error) || !read_days(&row->days, body->days, error))
        return false;
    if (body->zone == NULL || strcmp(body->zone, "recipient") == 0)
        return true;
    if (!zone_known(body->zone))
        return field_fail(error, "zone", "must be recipient, or a zone such as Europe/Berlin");
    api_copy(row->zone, sizeof(row->zone), body->zone);
    return true;
}

bool api_quiet_read(struct quiet_hours *row, const json_t *json, const char *prefix,
                    struct field_error *error)
{
    struct quiet_body body = {.begins = NULL};
    struct field_error inner;
    char path[FIELD_PATH_SIZE];
    if (!fields_decode(&body, json, QUIET_FIELDS, sizeof(QUIET_FIELDS) / sizeof(QUIET_FIELDS[0]), prefix,
                       error))
        return false;
    if (read_body(row, &body, &inner))
        return true;
    snprintf(path, sizeof(path), "%.24s%s%.64s", prefix, prefix[0] != '\0' ? "." : "", inner.path);
    return field_fail(error, path, "%s", inner.detail);
}

static void quiet_done(struct request *request, struct command *command)
{
    request_reply_json_take(request, 200, api_quiet_json(&command->quiet));
}

void api_quiet_set(struct request *request)
{
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command = command_new(COMMAND_QUIET, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!api_quiet_read(&command->quiet, json, "", &error)) {
        request_invalid(request, &error);
    } else {
        request_submit_take(request, command, quiet_done);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

void api_quiet_show(struct request *request)
{
    struct quiet_hours row = {.account = 0};
    enum query_status status = query_quiet(request_store(request), &row, request_principal(request)->account);
    if (status == QUERY_FAILED)
        request_unavailable(request);
    else
        request_reply_json_take(request, 200, api_quiet_json(&row));
}
