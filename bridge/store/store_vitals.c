// How devices are and were: the store's two sides.
#include "bridge/store/query_internal.h"
#include "bridge/store/store_internal.h"
#include "bridge/store/vitals.h"

static const struct {
    enum warning bit;
    const char *code, *text;
} WARNINGS[] = {
    {WARNING_BATTERY_LOW, "battery_low", "the battery is low"},
    {WARNING_POWER_SAVER, "power_saver", "the phone saves power: it may stop apps from running"},
    {WARNING_AIRPLANE, "airplane", "the phone is in airplane mode"},
    {WARNING_SIM_MISSING, "sim_missing", "a SIM that was there is missing"},
    {WARNING_CLOCK_WRONG, "clock_wrong", "the device's clock is wrong by more than two minutes"},
    {WARNING_NO_REPORTS, "no_reports", "no delivery reports come from this device's network"},
};
enum { WARNING_COUNT = sizeof(WARNINGS) / sizeof(WARNINGS[0]) };

const char *warning_code(enum warning warning)
{
    for (size_t i = 0; i < WARNING_COUNT; i++)
        if (WARNINGS[i].bit == warning)
            return WARNINGS[i].code;
    return "?";
}

const char *warning_text(enum warning warning)
{
    for (size_t i = 0; i < WARNING_COUNT; i++)
        if (WARNINGS[i].bit == warning)
            return WARNINGS[i].text;
    return "?";
}

bool store_vitals_put(struct store *store, const struct vitals *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_VITALS_PUT);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->device);
    db_bind_int(statement, 2, row->warnings);
    db_bind_int(statement, 3, row->sims);
    return store_finish(store, statement);
}

bool store_vitals_each(struct store *store, void (*each)(void *context, const struct vitals *row),
                       void *context)
{
    struct db_statement *statement = store_use(store, STATEMENT_VITALS);
    if (statement == NULL)
        return false;
    while (store_next_row(store, statement)) {
        const struct vitals row = {
            .device = db_int(statement, 0), .warnings = db_int(statement, 1), .sims = db_int(statement, 2)};
        each(context, &row);
    }
    db_reset(statement);
    return store->failure == STORE_OK;
}

bool store_telemetry_put(struct store *store, const struct telemetry *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_TELEMETRY_PUT);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->device);
    db_bind_int(statement, 2, row->hour);
    db_bind_int(statement, 3, row->battery);
    db_bind_int(statement, 4, row->charging);
    db_bind_int(statement, 5, row->signal);
    return store_finish(store, statement);
}

size_t store_telemetry_sweep(struct store *store, int64_t before, size_t limit)
{
    struct db_statement *statement = store_use(store, STATEMENT_TELEMETRY_SWEEP);
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, before);
    db_bind_int(statement, 2, (int64_t)limit);
    return store_finish(store, statement) ? (size_t)db_changes(store->db) : 0;
}

enum query_status query_telemetry(struct query *query, struct telemetry *out, size_t limit, size_t *count,
                                  int64_t account, int64_t device, int64_t from, int64_t to)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_TELEMETRY);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, account);
    db_bind_int(statement, 2, device);
    db_bind_int(statement, 3, from);
    db_bind_int(statement, 4, to);
    db_bind_int(statement, 5, (int64_t)limit);
    for (*count = 0; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++)
        out[*count] = (struct telemetry){.device = device,
                                         .hour = db_int(statement, 0),
                                         .battery_min = db_int(statement, 1),
                                         .battery = db_int(statement, 2),
                                         .charging = db_int(statement, 3) != 0,
                                         .signal_min = db_int(statement, 4),
                                         .signal = db_int(statement, 5),
                                         .told = db_int(statement, 6),
                                         .sent = db_int(statement, 7),
                                         .failed = db_int(statement, 8)};
    return query_end_list(statement, step);
}
