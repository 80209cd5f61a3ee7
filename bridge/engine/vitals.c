// What devices tell of themselves.
#include "bridge/engine/vitals.h"

#include "bridge/engine/life.h"
#include "bridge/store/stat.h"
#include "bridge/store/vitals.h"

#include <stdlib.h>

enum {
    BATTERY_LOW = 15,
    BATTERY_FINE = 20,
    SKEW_WRONG_MS = 120000,
    SKEW_FINE_MS = 60000,
    UNREPORTED_MAX = 5, // sent messages in a row
    SWEEP_EACH_MS = 60000,
    SWEEP_ROWS = 500,
};

static const int64_t KEEP_MS = INT64_C(31) * 24 * STAT_HOUR_MS;

static void load(void *context, const struct vitals *row)
{
    const struct core *core = context;
    struct fleet_device *device = fleet_device(core->fleet, row->device);
    if (device == NULL)
        return;
    device->warnings = row->warnings;
    device->sims_seen = row->sims;
}

bool vitals_load(struct core *core)
{
    return store_vitals_each(core->store, load, core);
}

// Takes over new warnings: stores a change, and tells of what is new.
static void warn(struct core *core, struct fleet_device *device, int64_t warnings)
{
    int64_t more = warnings & ~device->warnings;
    if (warnings == device->warnings)
        return;
    device->warnings = warnings;
    (void)store_vitals_put(core->store, &(struct vitals){device->row.n, warnings, device->sims_seen});
    for (int64_t bit = 1; bit <= WARNING_LAST; bit <<= 1)
        if ((more & bit) != 0)
            life_device_event(core, device,
                              bit == WARNING_BATTERY_LOW ? EVENT_DEVICE_LOW_BATTERY : EVENT_DEVICE_WARNING,
                              warning_code((enum warning)bit), warning_text((enum warning)bit));
}

// A warning begins at one bound and ends at another, so that what stands between does not come and go.
static int64_t between(const struct fleet_device *device, enum warning bit, bool begins, bool ends)
{
    return begins || ((device->warnings & bit) != 0 && !ends) ? bit : 0;
}

static int64_t battery(const struct fleet_device *device, const struct wire_status *status)
{
    bool drains = status->battery >= 0 && !status->charging;
    return between(device, WARNING_BATTERY_LOW, drains && status->battery <= BATTERY_LOW,
                   !drains || status->battery >= BATTERY_FINE);
}

static int64_t clock_of(const struct core *core, const struct fleet_device *device,
                        const struct wire_status *status)
{
    int64_t skew = llabs(status->at - core->now);
    return between(device, WARNING_CLOCK_WRONG, skew > SKEW_WRONG_MS, skew < SKEW_FINE_MS);
}

// Which slots have a SIM now. Those that ever had one are remembered.
static int64_t sims(struct core *core, struct fleet_device *device, const struct wire_status *status)
{
    int64_t there = 0;
    for (size_t i = 0; i < status->sim_count; i++)
        there |= (int64_t)1 << (status->sims[i].slot - 1);
    if ((there & ~device->sims_seen) != 0) {
        device->sims_seen |= there;
        (void)store_vitals_put(core->store,
                               &(struct vitals){device->row.n, device->warnings, device->sims_seen});
    }
    return (device->sims_seen & ~there) != 0 ? WARNING_SIM_MISSING : 0;
}

static void keep(struct core *core, const struct fleet_device *device, const struct wire_status *status)
{
    int64_t best = -1;
    for (size_t i = 0; i < status->sim_count; i++)
        if (status->sims[i].signal > best)
            best = status->sims[i].signal;
    if (status->battery < 0 && best < 0)
        return;
    const struct telemetry row = {.device = device->row.n,
                                  .hour = core->now - core->now % STAT_HOUR_MS,
                                  .battery = status->battery,
                                  .charging = status->charging,
                                  .signal = best};
    (void)store_telemetry_put(core->store, &row);
}

void vitals_status(struct core *core, struct fleet_device *device, const struct wire_status *status)
{
    keep(core, device, status);
    warn(core, device,
         (device->warnings & WARNING_NO_REPORTS) | battery(device, status) | clock_of(core, device, status) |
             sims(core, device, status) | (status->power_saver ? WARNING_POWER_SAVER : 0) |
             (status->airplane ? WARNING_AIRPLANE : 0));
}

void vitals_report(struct core *core, int64_t n, bool came)
{
    struct fleet_device *device = fleet_device(core->fleet, n);
    if (device == NULL)
        return;
    device->unreported = came ? 0 : device->unreported + 1;
    if (came)
        warn(core, device, device->warnings & ~(int64_t)WARNING_NO_REPORTS);
    else if (device->unreported >= UNREPORTED_MAX)
        warn(core, device, device->warnings | WARNING_NO_REPORTS);
}

void vitals_upkeep(struct core *core)
{
    if (core->now < core->next_telemetry_sweep && core->next_telemetry_sweep <= core->now + SWEEP_EACH_MS)
        return;
    core->next_telemetry_sweep = core->now + SWEEP_EACH_MS;
    (void)store_telemetry_sweep(core->store, core->now - KEEP_MS, SWEEP_ROWS);
}
