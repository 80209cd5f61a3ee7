// To which countries the codes of an account go: the store's two sides.
#include "bridge/store/otp_rule.h"
#include "bridge/store/query_internal.h"
#include "bridge/store/rows.h"
#include "bridge/store/store_internal.h"

static void row_otp_rule(struct otp_rule *out, struct db_statement *statement)
{
    *out = (struct otp_rule){.account = row_number(statement, 0), .per_country = row_number(statement, 3)};
    row_text(out->countries, sizeof(out->countries), statement, 1);
    row_text(out->refused, sizeof(out->refused), statement, 2);
}

bool store_otp_rule_set(struct store *store, const struct otp_rule *row)
{
    bool none = row->countries[0] == '\0' && row->refused[0] == '\0' && row->per_country == 0;
    struct db_statement *statement =
        store_use(store, none ? STATEMENT_OTP_RULE_REMOVE : STATEMENT_OTP_RULE_PUT);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->account);
    if (!none) {
        db_bind_text(statement, 2, row->countries);
        db_bind_text(statement, 3, row->refused);
        db_bind_int(statement, 4, row->per_country);
    }
    return store_finish(store, statement);
}

void store_otp_rule_load(struct store *store, struct otp_rule *out, int64_t account)
{
    struct db_statement *statement = store_use(store, STATEMENT_OTP_RULE_LOAD);
    *out = (struct otp_rule){.account = account};
    if (statement == NULL)
        return;
    db_bind_int(statement, 1, account);
    if (store_next_row(store, statement))
        row_otp_rule(out, statement);
    db_reset(statement);
}

enum query_status query_otp_rule(struct query *query, struct otp_rule *out, int64_t account)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_OTP_RULE);
    db_bind_int(statement, 1, account);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK)
        row_otp_rule(out, statement);
    db_reset(statement);
    return status;
}
