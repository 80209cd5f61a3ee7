// Times that recur.
#include "common/cron.h"

#include "common/parse.h"

#include <string.h>
#include <strings.h>

enum { DAYS_MAX = 5 * 366, HOUR_MS = 3600000, MINUTE_MS = 60000, EVERY_HOUR = (1 << 24) - 1 };

static const char *const MONTHS[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                     "jul", "aug", "sep", "oct", "nov", "dec"};
static const char *const WEEKDAYS[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

static const struct field {
    int64_t min, max;
    const char *const *names;
    size_t name_count;
    int64_t first_name; // value of the first name
    int64_t round;      // a range may go on over the end, after so many values; 0 = it may not
    const char *wrong;
} FIELDS[] = {
    {0, 59, NULL, 0, 0, 0, "has a minute that is not within 0-59"},
    {0, 23, NULL, 0, 0, 24, "has an hour that is not within 0-23"},
    {1, 31, NULL, 0, 0, 0, "has a day that is not within 1-31"},
    {1, 12, MONTHS, 12, 1, 12, "has a month that is not within 1-12 or jan-dec"},
    {0, 7, WEEKDAYS, 7, 0, 7, "has a weekday that is not within 0-7 or sun-sat"},
};

static bool read_value(int64_t *value, const struct field *field, const char *text, size_t length)
{
    for (size_t i = 0; i < field->name_count; i++)
        if (length == 3 && strncasecmp(text, field->names[i], 3) == 0) {
            *value = field->first_name + (int64_t)i;
            return true;
        }
    return length > 0 && parse_int(value, text, length, field->min, field->max);
}

// One of a list: "*", "5", "1-5", each with a step behind.
static bool read_item(uint64_t *bits, const struct field *field, const char *text, size_t length)
{
    int64_t from = field->min, to = field->max, step = 1;
    const char *slash = memchr(text, '/', length);
    size_t range = slash != NULL ? (size_t)(slash - text) : length;
    if (slash != NULL && !parse_int(&step, slash + 1, length - range - 1, 1, field->max))
        return false;
    if (range != 1 || text[0] != '*') {
        const char *dash = memchr(text, '-', range);
        size_t first = dash != NULL ? (size_t)(dash - text) : range;
        if (!read_value(&from, field, text, first) ||
            (dash != NULL && !read_value(&to, field, dash + 1, range - first - 1)))
            return false;
        if (dash == NULL && slash == NULL)
            to = from;
    }
    if (from > to)
        to += field->round;
    for (int64_t value = from; value <= to; value += step)
        *bits |= (uint64_t)1 << (value > field->max ? value - field->round : value);
    return from <= to;
}

static bool read_field(uint64_t *bits, const struct field *field, const char *text, size_t length)
{
    *bits = 0;
    for (size_t start = 0; start <= length;) {
        const char *comma = memchr(text + start, ',', length - start);
        size_t end = comma != NULL ? (size_t)(comma - text) : length;
        if (!read_item(bits, field, text + start, end - start))
            return false;
        start = end + 1;
    }
    return true;
}

static const char *expand(const char *text)
{
    static const struct {
        const char *name, *fields;
    } SHORT[] = {{"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
                 {"@weekly", "0 0 * * 0"},  {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
                 {"@annually", "0 0 1 1 *"}};
    for (size_t i = 0; i < sizeof(SHORT) / sizeof(SHORT[0]); i++)
        if (strcmp(text, SHORT[i].name) == 0)
            return SHORT[i].fields;
    return text;
}

bool cron_parse(struct cron *cron, const char *text, const char **why)
{
    uint64_t bits[5];
    text = expand(text);
    for (size_t i = 0; i < 5; i++) {
        text += strspn(text, " \t");
        size_t length = strcspn(text, " \t");
        *why = length == 0 ? "must have five fields: minute hour day month weekday" : FIELDS[i].wrong;
        if (length == 0 || !read_field(&bits[i], &FIELDS[i], text, length))
            return false;
        if (i == 2)
            cron->any_day = text[0] == '*';
        if (i == 4)
            cron->any_weekday = text[0] == '*';
        text += length;
    }
    *why = "must have five fields: minute hour day month weekday";
    cron->minutes = bits[0];
    cron->hours = (uint32_t)bits[1];
    cron->days = (uint32_t)bits[2];
    cron->months = (uint32_t)bits[3];
    cron->weekdays = (uint8_t)((bits[4] & 0x7f) | (bits[4] >> 7 & 1));
    return text[strspn(text, " \t")] == '\0';
}

static bool matches_day(const struct cron *cron, const struct zone_local *local)
{
    bool day = (cron->days >> local->day & 1) != 0, weekday = (cron->weekdays >> local->weekday & 1) != 0;
    if ((cron->months >> local->month & 1) == 0)
        return false;
    return cron->any_day || cron->any_weekday ? day && weekday : day || weekday;
}

// The first time of that local day that lies after an instant; 0 when there is none.
static int64_t first_of_day(const struct cron *cron, const char *zone, struct zone_local local,
                            int64_t after_ms)
{
    local.second = 0;
    for (local.hour = 0; local.hour < 24; local.hour++) {
        for (local.minute = 0; (cron->hours >> local.hour & 1) != 0 && local.minute < 60; local.minute++) {
            int64_t at;
            if ((cron->minutes >> local.minute & 1) != 0 && zone_from_local(&at, zone, &local) &&
                at > after_ms)
                return at;
        }
    }
    return 0;
}

// The local midnight behind a local day; false when the zone is not known.
static bool next_midnight(int64_t *at, const char *zone, struct zone_local local)
{
    int64_t noon;
    local.hour = 12; // a day is 23 to 25 hours long: from noon, 24 hours on is the next day
    local.minute = local.second = 0;
    if (!zone_from_local(&noon, zone, &local) || !zone_to_local(&local, zone, noon + 24 * HOUR_MS))
        return false;
    local.hour = local.minute = local.second = 0;
    return zone_from_local(at, zone, &local);
}

// Of a schedule for every hour: it goes on by real time, whatever clocks do.
static int64_t next_of_interval(const struct cron *cron, const char *zone, int64_t after_ms)
{
    int64_t at = after_ms - after_ms % MINUTE_MS + MINUTE_MS;
    struct zone_local local;
    for (int i = 0; i < DAYS_MAX + 60 && zone_to_local(&local, zone, at); i++) {
        if (!matches_day(cron, &local)) {
            if (!next_midnight(&at, zone, local))
                return 0;
        } else if ((cron->minutes >> local.minute & 1) != 0) {
            return at;
        } else {
            at += MINUTE_MS;
        }
    }
    return 0;
}

int64_t cron_next(const struct cron *cron, const char *zone, int64_t after_ms)
{
    struct zone_local local;
    int64_t midnight;
    if (cron->hours == EVERY_HOUR)
        return next_of_interval(cron, zone, after_ms);
    if (!zone_to_local(&local, zone, after_ms))
        return 0;
    for (int i = 0; i < DAYS_MAX; i++) {
        int64_t at = matches_day(cron, &local) ? first_of_day(cron, zone, local, after_ms) : 0;
        if (at != 0)
            return at;
        if (!next_midnight(&midnight, zone, local) || !zone_to_local(&local, zone, midnight))
            return 0;
    }
    return 0;
}
