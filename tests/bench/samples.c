#include "tests/bench/samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void samples_add(struct samples *samples, int64_t since_ns)
{
    if (samples->ms == NULL)
        samples->ms = malloc(SAMPLES_MAX * sizeof(*samples->ms));
    if (samples->ms == NULL)
        abort();
    if (samples->count < SAMPLES_MAX)
        samples->ms[samples->count++] = (float)(now_ns() - since_ns) / 1e6f;
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double percentile(const struct samples *samples, double part)
{
    return samples->count == 0 ? 0 : samples->ms[(size_t)((double)(samples->count - 1) * part)];
}

const char *samples_text(char *out, size_t size, struct samples *samples)
{
    if (samples->count > 0)
        qsort(samples->ms, samples->count, sizeof(*samples->ms), compare);
    snprintf(out, size, "\"p50_ms\": %.3f, \"p99_ms\": %.3f", percentile(samples, 0.5),
             percentile(samples, 0.99));
    return out;
}
