// How much a SIM may send, and what it has sent, in the store. Writes are the engine's, reads any thread's.
#ifndef SMSQUITTO_BRIDGE_STORE_LIMIT_H
#define SMSQUITTO_BRIDGE_STORE_LIMIT_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"
#include "common/wire.h"
#include "common/zone.h"

enum { SIM_LIMITS_MAX = WIRE_SIMS_MAX + 1 }; // of one device: one a slot, and one for all

struct sim_limit {
    int64_t device, slot;                  // slot 0 = all SIMs together
    int64_t per_minute, per_hour, per_day; // parts; 0 = no limit
    int64_t gap_ms, jitter_ms;
    int64_t opens_min, closes_min; // minutes of the day; equal = always
    char zone[ZONE_NAME_SIZE];
    int64_t minute_at, minute, hour_at, hour, day_at, day; // what is counted, since when
    int64_t last_at;
    int64_t recipients_day, recipients_month; // limits of different numbers; 0 = none
    int64_t recipients_since;                 // when they began to be counted
    int64_t day_recipients, month_at, month_recipients;
};

// Writes the row anew.
bool store_sim_limit_put(struct store *store, const struct sim_limit *row);
// Writes what is counted.
bool store_sim_limit_count(struct store *store, const struct sim_limit *row);
bool store_sim_limit_remove(struct store *store, int64_t device, int64_t slot);
// When the SIM last wrote to the number, 0 = never, as far as is known.
int64_t store_sim_recipient_at(struct store *store, int64_t device, int64_t slot, const char *number);
bool store_sim_recipient_put(struct store *store, int64_t device, int64_t slot, const char *number,
                             int64_t at);
// Deletes at most limit of those that were last written to before that time; returns how many.
size_t store_sim_recipient_sweep(struct store *store, int64_t before, size_t limit);
// By device and slot.
bool store_sim_limits_each(struct store *store, bool (*each)(void *context, const struct sim_limit *row),
                           void *context);
// Fills out[SIM_LIMITS_MAX] with those of a device.
enum query_status query_sim_limits(struct query *query, struct sim_limit *out, size_t *count, int64_t device);

#endif
