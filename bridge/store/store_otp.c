// One-time codes: the store's two sides.
#include "bridge/store/query_internal.h"
#include "bridge/store/rows.h"
#include "bridge/store/store_internal.h"
#include "bridge/store/verification.h"

#include <string.h>

const char *otp_state_name(enum otp_state state)
{
    static const char *const NAMES[] = {[OTP_PENDING] = "pending",
                                        [OTP_VERIFIED] = "verified",
                                        [OTP_FAILED] = "failed",
                                        [OTP_EXPIRED] = "expired",
                                        [OTP_CANCELLED] = "cancelled"};
    return NAMES[state];
}

static void row_verification(struct verification *out, struct db_statement *statement)
{
    size_t length;
    *out = (struct verification){.n = db_int(statement, 0),
                                 .account = db_int(statement, 2),
                                 .digits = db_int(statement, 7),
                                 .state = (enum otp_state)db_int(statement, 8),
                                 .checks_left = db_int(statement, 9),
                                 .sends = db_int(statement, 10),
                                 .created_at = db_int(statement, 12),
                                 .expires_at = db_int(statement, 13),
                                 .ended_at = db_int(statement, 14)};
    row_text(out->id, sizeof(out->id), statement, 1);
    row_text(out->number, sizeof(out->number), statement, 3);
    row_text(out->purpose, sizeof(out->purpose), statement, 4);
    row_text(out->region, sizeof(out->region), statement, 5);
    const void *seed = db_blob(statement, 6, &length);
    if (length == sizeof(out->seed))
        memcpy(out->seed, seed, length);
    row_text(out->message, sizeof(out->message), statement, 11);
}

int64_t store_verification_last(struct store *store)
{
    return store_number(store, STATEMENT_LAST_VERIFICATION, 0);
}

bool store_verification_add(struct store *store, const struct verification *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_VERIFICATION_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->n);
    db_bind_text(statement, 2, row->id);
    db_bind_int(statement, 3, row->account);
    db_bind_text(statement, 4, row->number);
    db_bind_text(statement, 5, row->purpose);
    db_bind_text(statement, 6, row->region);
    db_bind_blob(statement, 7, row->seed, sizeof(row->seed));
    db_bind_int(statement, 8, row->digits);
    db_bind_int(statement, 9, row->state);
    db_bind_int(statement, 10, row->checks_left);
    db_bind_int(statement, 11, row->sends);
    db_bind_text(statement, 12, row->message);
    db_bind_int(statement, 13, row->created_at);
    db_bind_int(statement, 14, row->expires_at);
    bind_int_or_null(statement, 15, row->ended_at);
    return store_finish(store, statement);
}

bool store_verification_update(struct store *store, const struct verification *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_VERIFICATION_UPDATE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->n);
    db_bind_int(statement, 2, row->state);
    db_bind_int(statement, 3, row->checks_left);
    db_bind_int(statement, 4, row->sends);
    db_bind_text(statement, 5, row->message);
    bind_int_or_null(statement, 6, row->ended_at);
    return store_finish(store, statement);
}

// Reads the one row of a statement that was bound.
static bool load(struct store *store, struct verification *out, struct db_statement *statement)
{
    bool found = store_next_row(store, statement);
    if (found)
        row_verification(out, statement);
    db_reset(statement);
    return found;
}

bool store_verification_load(struct store *store, struct verification *out, int64_t account, const char *id)
{
    struct db_statement *statement = store_use(store, STATEMENT_VERIFICATION_LOAD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, id);
    return load(store, out, statement);
}

bool store_verification_newest(struct store *store, struct verification *out, int64_t account,
                               const char *number, const char *purpose)
{
    struct db_statement *statement = store_use(store, STATEMENT_VERIFICATION_NEWEST);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, number);
    db_bind_text(statement, 3, purpose);
    return load(store, out, statement);
}

size_t store_verifications_over(struct store *store, struct verification *out, size_t limit, int64_t at)
{
    struct db_statement *statement = store_use(store, STATEMENT_VERIFICATIONS_OVER);
    size_t count = 0;
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, at);
    db_bind_int(statement, 2, (int64_t)limit);
    while (count < limit && store_next_row(store, statement))
        row_verification(&out[count++], statement);
    db_reset(statement);
    return count;
}

bool store_verification_text_add(struct store *store, int64_t verification, const char *message)
{
    struct db_statement *statement = store_use(store, STATEMENT_VERIFICATION_TEXT_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, verification);
    db_bind_text(statement, 2, message);
    return store_finish(store, statement);
}

size_t store_verification_texts(struct store *store, char (*ids)[ID_SIZE], size_t limit, int64_t verification)
{
    struct db_statement *statement = store_use(store, STATEMENT_VERIFICATION_TEXTS);
    size_t count = 0;
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, verification);
    db_bind_int(statement, 2, (int64_t)limit);
    while (count < limit && store_next_row(store, statement))
        row_text(ids[count++], ID_SIZE, statement, 0);
    db_reset(statement);
    return count;
}

bool store_otp_send_add(struct store *store, const struct otp_send *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_OTP_SEND_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->account);
    db_bind_text(statement, 2, row->number);
    db_bind_text(statement, 3, row->range);
    db_bind_int(statement, 4, row->key);
    db_bind_text(statement, 5, row->client);
    db_bind_int(statement, 6, row->at);
    db_bind_text(statement, 7, row->region);
    return store_finish(store, statement);
}

int64_t store_otp_sends(struct store *store, const struct otp_send *row, enum otp_limit limit, int64_t since,
                        int64_t max, int64_t *oldest)
{
    static const enum statement COUNTS[OTP_LIMITS] = {
        [OTP_BY_NUMBER] = STATEMENT_OTP_SENDS_NUMBER, [OTP_BY_RANGE] = STATEMENT_OTP_SENDS_RANGE,
        [OTP_BY_KEY] = STATEMENT_OTP_SENDS_KEY,       [OTP_BY_CLIENT] = STATEMENT_OTP_SENDS_CLIENT,
        [OTP_BY_REGION] = STATEMENT_OTP_SENDS_REGION,
    };
    const char *const values[OTP_LIMITS] = {
        [OTP_BY_NUMBER] = row->number,
        [OTP_BY_RANGE] = row->range,
        [OTP_BY_CLIENT] = row->client,
        [OTP_BY_REGION] = row->region,
    };
    struct db_statement *statement = store_use(store, COUNTS[limit]);
    int64_t count = 0;
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, limit == OTP_BY_KEY ? row->key : row->account);
    if (values[limit] != NULL)
        db_bind_text(statement, 2, values[limit]);
    db_bind_int(statement, 3, since);
    db_bind_int(statement, 4, max);
    if (store_next_row(store, statement)) {
        count = db_int(statement, 0);
        *oldest = db_int(statement, 1);
    }
    db_reset(statement);
    return count;
}

bool store_otp_count(struct store *store, int64_t account, const char *region, int64_t hour, int64_t sent,
                     int64_t verified, int64_t failed)
{
    struct db_statement *statement = store_use(store, STATEMENT_OTP_COUNT);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, region);
    db_bind_int(statement, 3, hour);
    db_bind_int(statement, 4, sent);
    db_bind_int(statement, 5, verified);
    db_bind_int(statement, 6, failed);
    return store_finish(store, statement);
}

static void sweep(struct store *store, enum statement name, int64_t before, size_t limit)
{
    struct db_statement *statement = store_use(store, name);
    if (statement == NULL)
        return;
    db_bind_int(statement, 1, before);
    db_bind_int(statement, 2, (int64_t)limit);
    (void)store_finish(store, statement);
}

void store_otp_sweep(struct store *store, int64_t sends_before, int64_t ended_before, int64_t hours_before,
                     size_t limit)
{
    sweep(store, STATEMENT_OTP_SWEEP_SENDS, sends_before, limit);
    sweep(store, STATEMENT_OTP_SWEEP_HOURS, hours_before, limit);
    sweep(store, STATEMENT_OTP_SWEEP_TEXTS, ended_before, limit); // of the rows that the next one deletes
    sweep(store, STATEMENT_OTP_SWEEP_ENDED, ended_before, limit);
}

enum query_status query_verification(struct query *query, struct verification *out, int64_t account,
                                     const char *id)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_VERIFICATION);
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, id);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK)
        row_verification(out, statement);
    db_reset(statement);
    return status;
}

enum query_status query_verification_newest(struct query *query, struct verification *out, int64_t account,
                                            const char *number, const char *purpose)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_VERIFICATION_NEWEST);
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, number);
    db_bind_text(statement, 3, purpose);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK)
        row_verification(out, statement);
    db_reset(statement);
    return status;
}

enum query_status query_otp_stats(struct query *query, struct otp_figures *out, size_t limit, size_t *count,
                                  int64_t account, int64_t from, int64_t to)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_OTP_STATS);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, account);
    db_bind_int(statement, 2, from);
    db_bind_int(statement, 3, to);
    db_bind_int(statement, 4, (int64_t)limit);
    for (*count = 0; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++) {
        out[*count] = (struct otp_figures){
            .sent = db_int(statement, 1), .verified = db_int(statement, 2), .failed = db_int(statement, 3)};
        row_text(out[*count].region, sizeof(out[*count].region), statement, 0);
    }
    return query_end_list(statement, step);
}
