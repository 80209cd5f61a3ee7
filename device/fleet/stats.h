// What the fleet counts, and its latencies in buckets of about 3 % width.
//
// Pure logic; one thread.
#ifndef SMSQUITTO_DEVICE_FLEET_STATS_H
#define SMSQUITTO_DEVICE_FLEET_STATS_H

#include <stdint.h>
#include <stdio.h>

enum { STATS_STEPS = 32, STATS_BUCKETS = 40 * STATS_STEPS };

struct stats {
    int64_t devices, online, connects, refused, lost;
    int64_t sends, repeats, radio, failed, delivered, cancelled, queries, bad;
    int64_t reports, report_payloads, receipts, repeated_uplinks, puback_errors;
    int64_t latency_count, latency_max_ns;
    uint32_t latency[STATS_BUCKETS];
};

// One message took that long from the bridge's word to the radio.
void stats_latency(struct stats *stats, int64_t ns);

// The latency that this share (0 - 1) of the messages did not exceed, in ns; 0 when there were none.
int64_t stats_percentile(const struct stats *stats, double share);

// Writes one line of JSON.
void stats_print(FILE *file, const char *event, const struct stats *stats, double seconds);

#endif
