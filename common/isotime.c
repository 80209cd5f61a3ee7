// RFC 3339 date-times by hand: strptime and timegm accept and depend on too much.
#include "common/isotime.h"

#include <string.h>

enum { MS_PER_SECOND = 1000, MS_PER_MINUTE = 60000, MS_PER_DAY = 86400000 };

static const int64_t LAST_MS = 253402300799999; // 9999-12-31T23:59:59.999Z

struct date {
    int year, month, day;
};

// Days since 1970-01-01 in the proleptic Gregorian calendar. Years are counted from March, so that the leap
// day comes last and the months before it have a regular length; 719468 is the day of 1970-01-01 counted from
// 0000-03-01.
static int64_t days_of(struct date date)
{
    int year = date.month > 2 ? date.year : date.year - 1;
    int month = date.month > 2 ? date.month - 3 : date.month + 9;
    return 365 * (int64_t)year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + date.day - 1 -
           719468;
}

// The reverse: eras of 400 years (146097 days) from 0000-03-01.
static struct date date_of(int64_t days)
{
    days += 719468;
    int era = (int)(days / 146097), of_era = (int)(days % 146097);
    int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * year + year / 4 - year / 100);
    int month = (5 * of_year + 2) / 153;
    return (struct date){
        .year = era * 400 + year + (month >= 10),
        .month = month < 10 ? month + 3 : month - 9,
        .day = of_year - (153 * month + 2) / 5 + 1,
    };
}

static char *put(char *out, int64_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return out + digits;
}

void isotime_format(char out[ISOTIME_SIZE], int64_t at_ms)
{
    at_ms = at_ms < 0 ? 0 : at_ms > LAST_MS ? LAST_MS : at_ms;
    struct date date = date_of(at_ms / MS_PER_DAY);
    int64_t of_day = at_ms % MS_PER_DAY;
    const struct {
        int64_t value;
        int digits;
        char after;
    } parts[] = {
        {date.year, 4, '-'},
        {date.month, 2, '-'},
        {date.day, 2, 'T'},
        {of_day / (60 * MS_PER_MINUTE), 2, ':'},
        {of_day / MS_PER_MINUTE % 60, 2, ':'},
        {of_day / MS_PER_SECOND % 60, 2, '.'},
        {of_day % MS_PER_SECOND, 3, 'Z'},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        out = put(out, parts[i].value, parts[i].digits);
        *out++ = parts[i].after;
    }
    *out = '\0';
}

struct reader {
    const char *at, *end;
};

// Reads exactly that many digits as a value within min-max.
static bool take_number(struct reader *in, int *value, int digits, int min, int max)
{
    int sum = 0;
    if (in->end - in->at < digits)
        return false;
    for (int i = 0; i < digits; i++, in->at++) {
        if (*in->at < '0' || *in->at > '9')
            return false;
        sum = sum * 10 + (*in->at - '0');
    }
    *value = sum;
    return sum >= min && sum <= max;
}

// Reads one of the characters of any, which RFC 3339 lets be of either case.
static bool take_char(struct reader *in, char *which, const char *any)
{
    if (in->at == in->end || *in->at == '\0' || strchr(any, *in->at) == NULL)
        return false;
    *which = *in->at++;
    return true;
}

static bool take_date(struct reader *in, struct date *date)
{
    char dash;
    if (!take_number(in, &date->year, 4, 1969, 9999) || !take_char(in, &dash, "-") ||
        !take_number(in, &date->month, 2, 1, 12) || !take_char(in, &dash, "-") ||
        !take_number(in, &date->day, 2, 1, 31))
        return false;
    // A day that does not exist comes back as another one.
    struct date same = date_of(days_of(*date));
    return same.month == date->month && same.day == date->day;
}

// Reads hh:mm:ss and an optional fraction as milliseconds.
static bool take_time(struct reader *in, int64_t *of_day_ms)
{
    int hour, minute, second, fraction = 0;
    char mark;
    if (!take_number(in, &hour, 2, 0, 23) || !take_char(in, &mark, ":") ||
        !take_number(in, &minute, 2, 0, 59) || !take_char(in, &mark, ":") ||
        !take_number(in, &second, 2, 0, 59))
        return false;
    if (take_char(in, &mark, ".")) {
        int digits = 0, digit;
        for (; digits < 9 && take_number(in, &digit, 1, 0, 9); digits++)
            fraction = digits < 3 ? fraction * 10 + digit : fraction;
        if (digits == 0)
            return false;
        for (; digits < 3; digits++)
            fraction *= 10;
    }
    *of_day_ms = (int64_t)(hour * 60 + minute) * MS_PER_MINUTE + second * MS_PER_SECOND + fraction;
    return true;
}

static bool take_zone(struct reader *in, int64_t *offset_ms)
{
    char sign, colon;
    int hours, minutes;
    *offset_ms = 0;
    if (take_char(in, &sign, "Zz"))
        return true;
    if (!take_char(in, &sign, "+-") || !take_number(in, &hours, 2, 0, 23) || !take_char(in, &colon, ":") ||
        !take_number(in, &minutes, 2, 0, 59))
        return false;
    *offset_ms = (int64_t)(hours * 60 + minutes) * MS_PER_MINUTE * (sign == '-' ? -1 : 1);
    return true;
}

bool isotime_parse(int64_t *at_ms, const char *text, size_t length)
{
    struct reader in = {text, text + length};
    struct date date;
    int64_t of_day_ms, offset_ms;
    char mark;
    if (!take_date(&in, &date) || !take_char(&in, &mark, "Tt") || !take_time(&in, &of_day_ms) ||
        !take_zone(&in, &offset_ms) || in.at != in.end)
        return false;
    int64_t at = days_of(date) * MS_PER_DAY + of_day_ms - offset_ms;
    if (at < 0 || at > LAST_MS)
        return false;
    *at_ms = at;
    return true;
}
