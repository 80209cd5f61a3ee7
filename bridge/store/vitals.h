// How devices are and were: what someone should look at, and an hour a row of what they told. Writes are the
// engine's, reads any thread's (store.h, query.h).
#ifndef SMSQUITTO_BRIDGE_STORE_VITALS_H
#define SMSQUITTO_BRIDGE_STORE_VITALS_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"

// Bits. Stored in the database: never reuse or renumber.
enum warning {
    WARNING_BATTERY_LOW = 1,
    WARNING_POWER_SAVER = 2,
    WARNING_AIRPLANE = 4,
    WARNING_SIM_MISSING = 8,
    WARNING_CLOCK_WRONG = 16,
    WARNING_NO_REPORTS = 32, // of several messages in a row none was reported
    WARNING_LAST = WARNING_NO_REPORTS,
};

// The code of one bit ("battery_low"), and a clause for people; borrowed for ever.
const char *warning_code(enum warning warning);
const char *warning_text(enum warning warning);

struct vitals {
    int64_t device;   // device.n
    int64_t warnings; // bits
    int64_t sims;     // slots that had a SIM: bit k-1 = slot k
};

// What a device told in one hour. Percents, -1 = not told.
struct telemetry {
    int64_t device, hour; // ms, its beginning
    int64_t battery_min, battery;
    bool charging;
    int64_t signal_min, signal; // of its best SIM
    int64_t told;               // how often
    int64_t sent, failed;       // messages in this hour; only read
};

bool store_vitals_put(struct store *store, const struct vitals *row);
bool store_vitals_each(struct store *store, void (*each)(void *context, const struct vitals *row),
                       void *context);
// Adds one word of the device (battery, charging, signal) to its hour.
bool store_telemetry_put(struct store *store, const struct telemetry *row);
// Deletes at most limit rows of hours before; returns how many.
size_t store_telemetry_sweep(struct store *store, int64_t before, size_t limit);

// Fills out[limit] in the order of time, from inclusive, to exclusive, and sets *count.
enum query_status query_telemetry(struct query *query, struct telemetry *out, size_t limit, size_t *count,
                                  int64_t account, int64_t device, int64_t from, int64_t to);

#endif
