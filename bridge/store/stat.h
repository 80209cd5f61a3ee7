// Figures for the operator: what happened in each hour. Writes are the engine's, reads any thread's (store.h,
// query.h).
#ifndef SMSQUITTO_BRIDGE_STORE_STAT_H
#define SMSQUITTO_BRIDGE_STORE_STAT_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"

// In the order of the columns.
enum figure {
    FIGURE_ACCEPTED,
    FIGURE_PARTS, // of what was sent
    FIGURE_RECEIVED,
    FIGURE_SENT,
    FIGURE_DELIVERED,
    FIGURE_UNDELIVERED,
    FIGURE_FAILED,
    FIGURE_EXPIRED,
    FIGURE_CANCELLED,
    FIGURE_UNKNOWN,
    FIGURES,
};

enum { STAT_DELAYS = 16, STAT_HOUR_MS = 3600000, STAT_ROWS_MAX = 10000 };

// Figures that belong together. What is not told apart is 0.
struct stat {
    int64_t account, hour; // ms, its beginning
    int64_t device, sim;
    enum lane lane;
    int64_t figures[FIGURES];
    int64_t delays[STAT_DELAYS]; // delivered messages by the time it took
};

// The longest time in seconds that delays[i] counts; INT64_MAX for the last one.
int64_t stat_delay_s(size_t i);
// Which of delays counts that time.
size_t stat_delay_of(int64_t ms);
// The time in seconds within which that share (0-1) of the delivered messages arrived, between two bounds by
// proportion; -1 when none was delivered.
double stat_quantile(const struct stat *stat, double share);
// Adds the figures of more, not what tells them apart.
void stat_add(struct stat *stat, const struct stat *more);

// One thing that happened: kind is an enum state, 0 for a message that was accepted.
struct stat_event {
    int64_t account, at;
    enum lane lane;
    int64_t kind, device, sim, parts;
    int64_t begun_at; // when the message could go
};

// Adds the figures to what is stored.
bool store_stat_put(struct store *store, const struct stat *row);
// Up to which message and event is counted.
bool store_stat_mark(struct store *store, int64_t *message, int64_t *event);
bool store_stat_mark_set(struct store *store, int64_t message, int64_t event);
// Calls each for what happened after the mark. False when reading failed.
bool store_stat_since(struct store *store, int64_t message, int64_t event,
                      void (*each)(void *context, const struct stat_event *event), void *context);
// Deletes at most limit rows of hours before; returns how many.
size_t store_stat_sweep(struct store *store, int64_t before, size_t limit);

struct stat_filter {
    int64_t account, from, to; // hours: from inclusive, to exclusive
    int64_t device;            // 0 = any
    enum lane lane;            // 0 = any
    bool by_hour, by_device, by_sim, by_lane;
};
struct stat_view {
    struct stat stat;
    char device_id[DEVICE_ID_SIZE]; // "" = none
};
// Fills out[limit] by device, SIM, lane and hour, and sets *count.
enum query_status query_stats(struct query *query, struct stat_view *out, size_t limit, size_t *count,
                              const struct stat_filter *filter);

struct webhook_health {
    int64_t count, paused;
    int64_t waiting, dead; // deliveries, counted up to 10,000
};
enum query_status query_webhook_health(struct query *query, struct webhook_health *out, int64_t account);

#endif
