// Names of zones: what is one turns instants into walls' times and back, to the same instant or to the other
// one at which the wall shows that. The input is a name, a line end, and seconds since 1970.
#include "common/parse.h"
#include "common/zone.h"

#include <stdlib.h>
#include <string.h>

enum { HOUR_MS = 3600000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const struct zone_local *a, const struct zone_local *b)
{
    return a->year == b->year && a->month == b->month && a->day == b->day && a->hour == b->hour &&
           a->minute == b->minute && a->second == b->second && a->weekday == b->weekday;
}

static void check(const char *zone, int64_t at)
{
    struct zone_local local, again;
    int64_t back;
    if (!zone_to_local(&local, zone, at))
        abort();
    if (local.month < 1 || local.month > 12 || local.day < 1 || local.day > 31 || local.hour > 23 ||
        local.minute > 59 || local.second > 59 || local.weekday < 0 || local.weekday > 6)
        abort();
    if (!zone_from_local(&back, zone, &local))
        abort();
    if (back > at || back < at - 26 * (int64_t)HOUR_MS || !zone_to_local(&again, zone, back) ||
        !same(&local, &again))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t seconds = 1700000000;
    char *text = malloc(size + 1), *end;
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    end = strchr(text, '\n');
    if (end != NULL) {
        *end = '\0';
        // A day within the years that can be read back.
        if (parse_int(&seconds, end + 1, strlen(end + 1), 86400, 253402000000) || end[1] == '\0') {
            if (zone_known(text))
                check(text, seconds * 1000);
        }
    }
    char zones[8][ZONE_NAME_SIZE];
    size_t count = zone_of_region(zones, 8, text);
    for (size_t i = 0; i < count && i < 8; i++)
        if (!zone_known(zones[i]))
            abort();
    free(text);
    return 0;
}
