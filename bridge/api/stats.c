// /v1/stats: what happened, by hour or day, device, SIM and lane.
#include "bridge/api/api_internal.h"

#include "bridge/store/stat.h"
#include "common/clock.h"

#include <stdlib.h>
#include <string.h>

enum { SPAN_MAX_DAYS = 92, DAY_MS = 24 * STAT_HOUR_MS };

enum period { PERIOD_TOTAL, PERIOD_HOUR, PERIOD_DAY };

static const char *const PERIODS[] = {[PERIOD_TOTAL] = "total", [PERIOD_HOUR] = "hour", [PERIOD_DAY] = "day"};

struct wish {
    struct stat_filter filter;
    enum period period;
    const char *zone;
};

static const char *const FIGURE_NAMES[FIGURES] = {"accepted",  "parts",       "received", "sent",
                                                  "delivered", "undelivered", "failed",   "expired",
                                                  "cancelled", "unknown"};

static bool refuse(struct request *request, const char *name, const char *detail)
{
    struct field_error error;
    field_fail(&error, name, "%s", detail);
    request_invalid(request, &error);
    return false;
}

static bool read_span(struct request *request, struct stat_filter *filter)
{
    int64_t from = 0, to = clock_wall_ms();
    if (!api_query_time(request, &from, "from") || !api_query_time(request, &to, "to"))
        return false;
    if (from == 0)
        from = to - DAY_MS;
    if (from >= to)
        return refuse(request, "from", "must lie before to");
    if (to - from > (int64_t)SPAN_MAX_DAYS * DAY_MS)
        return refuse(request, "from", "must lie at most 92 days before to");
    filter->from = from - from % STAT_HOUR_MS;
    filter->to = to;
    return true;
}

// Reads per: "device", "sim", "lane", or several with commas between.
static bool read_per(struct request *request, struct stat_filter *filter)
{
    const char *per = request_query(request, "per");
    while (per != NULL && *per != '\0') {
        size_t length = strcspn(per, ",");
        if (length == 6 && memcmp(per, "device", 6) == 0)
            filter->by_device = true;
        else if (length == 3 && memcmp(per, "sim", 3) == 0)
            filter->by_device = filter->by_sim = true;
        else if (length == 4 && memcmp(per, "lane", 4) == 0)
            filter->by_lane = true;
        else
            return refuse(request, "per", "must be device, sim or lane, with commas between");
        per += length + (per[length] == ',');
    }
    return true;
}

static bool read_period(struct request *request, struct wish *wish)
{
    const char *by = request_query(request, "by"), *zone = request_query(request, "zone");
    wish->zone = zone != NULL ? zone : "UTC";
    if (!zone_known(wish->zone))
        return refuse(request, "zone", "must be a zone such as Europe/Berlin");
    for (int i = PERIOD_TOTAL; by != NULL && i <= PERIOD_DAY; i++)
        if (strcmp(PERIODS[i], by) == 0) {
            wish->period = (enum period)i;
            by = NULL;
        }
    wish->filter.by_hour = wish->period != PERIOD_TOTAL;
    return by == NULL || refuse(request, "by", "must be total, hour or day");
}

static bool read_device(struct request *request, struct stat_filter *filter)
{
    struct device_view view;
    const char *id = request_query(request, "device"), *lane = request_query(request, "lane");
    if (lane != NULL && !lane_parse(&filter->lane, lane))
        return refuse(request, "lane", "must be otp, high, normal or bulk");
    if (id == NULL)
        return true;
    enum query_status status = query_device(request_store(request), &view, filter->account, id);
    if (status == QUERY_NONE)
        return refuse(request, "device", "there is no such device");
    if (status == QUERY_FAILED) {
        request_unavailable(request);
        return false;
    }
    filter->device = view.device.n;
    device_view_clear(&view);
    return true;
}

// The beginning of the period that the hour belongs to.
static int64_t begin_of(const struct wish *wish, int64_t hour)
{
    struct zone_local local;
    int64_t begin;
    if (wish->period != PERIOD_DAY || !zone_to_local(&local, wish->zone, hour))
        return hour;
    local.hour = local.minute = local.second = 0;
    return zone_from_local(&begin, wish->zone, &local) ? begin : hour;
}

static json_t *delay_json(const struct stat *stat)
{
    double p50 = stat_quantile(stat, 0.5);
    if (p50 < 0)
        return json_null();
    return json_pack("{s:f, s:f, s:f}", "p50", p50, "p95", stat_quantile(stat, 0.95), "p99",
                     stat_quantile(stat, 0.99));
}

static json_t *row_json(const struct wish *wish, const struct stat_view *view)
{
    const struct stat *stat = &view->stat;
    const int64_t *figures = stat->figures;
    int64_t reported = figures[FIGURE_DELIVERED] + figures[FIGURE_UNDELIVERED];
    int64_t sent = figures[FIGURE_SENT] > reported ? figures[FIGURE_SENT] : reported;
    json_t *json = json_object();
    if (wish->period != PERIOD_TOTAL)
        json_object_set_new(json, "from", api_time(stat->hour));
    if (wish->filter.by_device)
        json_object_set_new(json, "device", api_text(view->device_id));
    if (wish->filter.by_sim)
        json_object_set_new(json, "sim", stat->sim != 0 ? json_integer(stat->sim) : json_null());
    if (wish->filter.by_lane)
        json_object_set_new(json, "lane", json_string(lane_name(stat->lane)));
    for (size_t i = 0; i < FIGURES; i++)
        json_object_set_new(json, FIGURE_NAMES[i], json_integer(figures[i]));
    json_object_set_new(json, "delivery_rate",
                        sent > 0 ? json_real((double)figures[FIGURE_DELIVERED] / (double)sent) : json_null());
    json_object_set_new(json, "seconds_to_deliver", delay_json(stat));
    return json;
}

static bool same_row(const struct stat *a, const struct stat *b)
{
    return a->hour == b->hour && a->device == b->device && a->sim == b->sim && a->lane == b->lane;
}

// Joins the hours of a day, which stand together.
static json_t *rows_json(const struct wish *wish, struct stat_view *views, size_t count)
{
    json_t *rows = json_array();
    for (size_t i = 0, next; i < count; i = next) {
        struct stat_view *view = &views[i];
        view->stat.hour = begin_of(wish, view->stat.hour);
        for (next = i + 1; next < count; next++) {
            views[next].stat.hour = begin_of(wish, views[next].stat.hour);
            if (!same_row(&view->stat, &views[next].stat))
                break;
            stat_add(&view->stat, &views[next].stat);
        }
        json_list_add_take(&rows, row_json(wish, view));
    }
    return rows;
}

static void reply(struct request *request, const struct wish *wish, struct stat_view *views)
{
    struct webhook_health health;
    size_t count = 0;
    struct query *store = request_store(request);
    if (query_stats(store, views, STAT_ROWS_MAX + 1, &count, &wish->filter) != QUERY_OK ||
        query_webhook_health(store, &health, wish->filter.account) != QUERY_OK) {
        request_unavailable(request);
        return;
    }
    if (count > STAT_ROWS_MAX) {
        refuse(request, "from", "asks for more than 10000 rows: ask for fewer days, or by day");
        return;
    }
    json_t *codes = api_otp_figures(request, wish->filter.from, wish->filter.to);
    request_reply_json_take(request, 200,
                            json_pack("{s:o, s:o, s:s, s:s, s:o, s:{s:I, s:I, s:I, s:I}, s:o}", "from",
                                      api_time(wish->filter.from), "to", api_time(wish->filter.to), "by",
                                      PERIODS[wish->period], "zone", wish->zone, "rows",
                                      rows_json(wish, views, count), "webhooks", "count",
                                      (json_int_t)health.count, "paused", (json_int_t)health.paused,
                                      "waiting", (json_int_t)health.waiting, "dead", (json_int_t)health.dead,
                                      "codes", codes != NULL ? codes : json_array()));
}

void api_stats(struct request *request)
{
    static const char *const NAMES[] = {"from", "to", "by", "per", "device", "lane", "zone", NULL};
    struct wish wish = {.filter = {.account = request_principal(request)->account}};
    if (!request_query_check(request, NAMES) || !read_span(request, &wish.filter) ||
        !read_per(request, &wish.filter) || !read_period(request, &wish) ||
        !read_device(request, &wish.filter))
        return;
    struct stat_view *views = calloc(STAT_ROWS_MAX + 1, sizeof(*views));
    if (views == NULL)
        request_unavailable(request);
    else
        reply(request, &wish, views);
    free(views);
}
