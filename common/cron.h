// Times that recur: the five fields of crontab(5), in a time zone.
//
// Pure logic; any thread.
#ifndef SMSQUITTO_COMMON_CRON_H
#define SMSQUITTO_COMMON_CRON_H

#include "common/zone.h"

enum { CRON_TEXT_MAX = 128 };

struct cron {
    uint64_t minutes;             // bit k = minute k
    uint32_t hours, days, months; // bit k = hour, day of the month (1-31), month (1-12)
    uint8_t weekdays;             // bit k = weekday k, 0 = Sunday
    bool any_day, any_weekday;    // the field is *
};

// Reads "minute hour day month weekday": *, numbers, names (jan, mon), lists, ranges and steps ("1-5",
// "*/15"), or one of @hourly @daily @weekly @monthly @yearly. Sunday is 0 and 7. A range of hours, months or
// weekdays may go on over the end ("22-6", "sat-sun"). False, and *why a clause for people borrowed for ever,
// when it is none.
bool cron_parse(struct cron *cron, const char *text, const char **why);

// The first time after an instant; 0 when there is none within five years, or the zone is not known. As in
// crontab(5), a day matches by day of the month or weekday when both are given. A time that clocks jump over
// comes at the jump; one that they show twice comes once, the first time. A schedule for every hour goes on
// by real time.
int64_t cron_next(const struct cron *cron, const char *zone, int64_t after_ms);

#endif
