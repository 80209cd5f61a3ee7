// Local times in the time zones of the IANA database (https://www.iana.org/time-zones), as ICU knows them.
//
// All functions may be called from any thread. A zone is read from ICU's data once in a process and kept;
// after that a call costs about a microsecond.
#ifndef SMSQUITTO_COMMON_ZONE_H
#define SMSQUITTO_COMMON_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ZONE_NAME_SIZE = 41 }; // "America/Argentina/ComodRivadavia" has 32

// What a clock on the wall shows.
struct zone_local {
    int year, month, day; // month 1-12, day 1-31
    int hour, minute, second;
    int weekday; // 0 = Sunday; not read by zone_from_local
};

// Whether name is a zone: "Europe/Berlin", "UTC". Abbreviations and offsets ("CET+1", "GMT+3") are none.
bool zone_known(const char *name);

// The wall's time in the zone at an instant (ms since 1970 UTC). False when the zone is not known.
bool zone_to_local(struct zone_local *out, const char *zone, int64_t at_ms);

// The instant at which the zone's wall shows that time. When the clock jumps over it (spring), the first
// instant after the jump; when the wall shows it twice (autumn), the first time. False when the zone is not
// known, or the fields are no date and time of the years 1970-9999.
bool zone_from_local(int64_t *at_ms, const char *zone, const struct zone_local *local);

// The zones of a country (ISO 3166-1 alpha-2), one a name, at most limit; returns how many were written, 0
// for a country that is not known.
size_t zone_of_region(char (*out)[ZONE_NAME_SIZE], size_t limit, const char *region);

#ifdef __cplusplus
}
#endif

#endif
