// /v1/devices/{id}/telemetry: how a device was, an hour a row.
#include "bridge/api/api_internal.h"

#include "bridge/store/stat.h"
#include "bridge/store/vitals.h"
#include "common/clock.h"

#include <stdlib.h>

enum { DAYS_MAX = 31, ROWS_MAX = DAYS_MAX * 24 + 1 };

static const int64_t DAY_MS = INT64_C(24) * STAT_HOUR_MS;

static json_t *percent(int64_t value)
{
    return value >= 0 ? json_integer(value) : json_null();
}

static json_t *hour_json(const struct telemetry *row)
{
    return json_pack("{s:o, s:{s:o, s:o, s:b}, s:{s:o, s:o}, s:I, s:I, s:I}", "from", api_time(row->hour),
                     "battery", "level", percent(row->battery), "min", percent(row->battery_min), "charging",
                     row->charging, "signal", "level", percent(row->signal), "min", percent(row->signal_min),
                     "told", (json_int_t)row->told, "sent", (json_int_t)row->sent, "failed",
                     (json_int_t)row->failed);
}

static void reply(struct request *request, int64_t device, int64_t from, int64_t to)
{
    size_t count = 0;
    struct telemetry *rows = calloc(ROWS_MAX, sizeof(*rows));
    if (rows == NULL ||
        query_telemetry(request_store(request), rows, ROWS_MAX, &count, request_principal(request)->account,
                        device, from - from % STAT_HOUR_MS, to) != QUERY_OK) {
        free(rows);
        request_unavailable(request);
        return;
    }
    json_t *hours = json_array();
    for (size_t i = 0; i < count; i++)
        json_list_add_take(&hours, hour_json(&rows[i]));
    free(rows);
    request_reply_json_take(request, 200, json_pack("{s:o}", "hours", hours));
}

// Reads from and to: the last day otherwise. False after replying.
static bool read_span(struct request *request, int64_t *from, int64_t *to)
{
    static const char *const NAMES[] = {"from", "to", NULL};
    struct field_error error;
    *from = 0;
    *to = clock_wall_ms();
    if (!request_query_check(request, NAMES) || !api_query_time(request, from, "from") ||
        !api_query_time(request, to, "to"))
        return false;
    *from = *from != 0 ? *from : *to - DAY_MS;
    if (*from < *to && *to - *from <= DAYS_MAX * DAY_MS)
        return true;
    field_fail(&error, "from", "must lie before to, by at most %d days", DAYS_MAX);
    request_invalid(request, &error);
    return false;
}

void api_devices_telemetry(struct request *request)
{
    struct device_view view;
    int64_t from, to;
    if (!read_span(request, &from, &to) || !api_find_device(request, &view))
        return;
    reply(request, view.device.n, from, to);
    device_view_clear(&view);
}
