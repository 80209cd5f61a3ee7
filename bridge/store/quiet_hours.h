// When people must not be written to.
#ifndef SMSQUITTO_BRIDGE_STORE_QUIET_HOURS_H
#define SMSQUITTO_BRIDGE_STORE_QUIET_HOURS_H

#include "common/zone.h"

#include <stdint.h>

struct quiet_hours {
    int64_t account;
    int64_t begins_min, ends_min; // minutes of the day; equal = no such hours
    int64_t days;                 // bit k = weekday k is quiet, 0 = Sunday
    char zone[ZONE_NAME_SIZE];    // "" = where the recipient is
};

#endif
