// What the fleet counts.
#include "device/fleet/stats.h"

#include <inttypes.h>
#include <stddef.h>

// Bucket of a value: its highest bit and the STATS_STEPS steps below it.
static int bucket_of(int64_t ns)
{
    uint64_t value = ns > STATS_STEPS ? (uint64_t)ns : STATS_STEPS;
    int bits = 63 - __builtin_clzll(value) - 5; // STATS_STEPS is 2^5
    int bucket = bits * STATS_STEPS + (int)(value >> bits) - STATS_STEPS;
    return bucket < STATS_BUCKETS ? bucket : STATS_BUCKETS - 1;
}

static int64_t bucket_top(int bucket)
{
    int bits = bucket / STATS_STEPS;
    return ((int64_t)(bucket % STATS_STEPS + STATS_STEPS + 1) << bits) - 1;
}

void stats_latency(struct stats *stats, int64_t ns)
{
    stats->latency[bucket_of(ns)]++;
    stats->latency_count++;
    if (ns > stats->latency_max_ns)
        stats->latency_max_ns = ns;
}

int64_t stats_percentile(const struct stats *stats, double share)
{
    int64_t rank = (int64_t)(share * (double)stats->latency_count), seen = 0;
    for (int bucket = 0; bucket < STATS_BUCKETS; bucket++) {
        seen += stats->latency[bucket];
        if (stats->latency[bucket] > 0 && seen > rank)
            return bucket_top(bucket);
    }
    return stats->latency_max_ns;
}

#define COUNTER(name)                                                                                        \
    {                                                                                                        \
#name, offsetof(struct stats, name)                                                                  \
    }

void stats_print(FILE *file, const char *event, const struct stats *stats, double seconds)
{
    static const struct {
        const char *name;
        size_t offset;
    } counters[] = {
        COUNTER(devices),
        COUNTER(online),
        COUNTER(connects),
        COUNTER(refused),
        COUNTER(lost),
        COUNTER(sends),
        COUNTER(repeats),
        COUNTER(radio),
        COUNTER(failed),
        COUNTER(delivered),
        COUNTER(cancelled),
        COUNTER(queries),
        COUNTER(bad),
        COUNTER(reports),
        COUNTER(report_payloads),
        COUNTER(receipts),
        COUNTER(repeated_uplinks),
        COUNTER(puback_errors),
        COUNTER(latency_count),
    };
    fprintf(file, "{\"event\":\"%s\",\"seconds\":%.3f", event, seconds);
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        fprintf(file, ",\"%s\":%" PRId64, counters[i].name,
                *(const int64_t *)(const void *)((const char *)stats + counters[i].offset));
    if (stats->latency_count > 0)
        fprintf(file, ",\"latency_us\":{\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"max\":%.1f}",
                (double)stats_percentile(stats, 0.5) / 1e3, (double)stats_percentile(stats, 0.9) / 1e3,
                (double)stats_percentile(stats, 0.99) / 1e3, (double)stats->latency_max_ns / 1e3);
    fputs("}\n", file);
    fflush(file);
}
