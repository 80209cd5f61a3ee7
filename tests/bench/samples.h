// Time, and latencies with their percentiles, for the programs of this folder.
#ifndef SMSQUITTO_BENCH_SAMPLES_H
#define SMSQUITTO_BENCH_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

enum { SAMPLES_MAX = 4000000 };

// Zeroed is empty; what comes after SAMPLES_MAX is left out.
struct samples {
    float *ms;
    size_t count;
};

// The monotonic clock, which all programs of one machine share.
int64_t now_ns(void);

// Adds the time from since_ns until now.
void samples_add(struct samples *samples, int64_t since_ns);

// Writes '"p50_ms": 0.500, "p99_ms": 1.000'; zeros when there is nothing. Returns out.
const char *samples_text(char *out, size_t size, struct samples *samples);

#endif
