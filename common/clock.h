// The two clocks. Logic never reads them: it gets `now` as an argument.
#ifndef SMSQUITTO_COMMON_CLOCK_H
#define SMSQUITTO_COMMON_CLOCK_H

#include <stdint.h>

// Milliseconds since 1970 UTC.
int64_t clock_wall_ms(void);

// Milliseconds since some fixed point, never stepped: for waits and rates.
int64_t clock_mono_ms(void);

// The same in microseconds: for measuring.
int64_t clock_mono_us(void);

#endif
