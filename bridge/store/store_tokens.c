// Tokens: the store's two sides.
#include "bridge/store/query_internal.h"
#include "bridge/store/rows.h"
#include "bridge/store/store_internal.h"
#include "bridge/store/token.h"

#include <string.h>

enum { TOKEN_COLUMNS = 11 };

static void row_token(struct token *out, struct db_statement *statement)
{
    *out = (struct token){.account = db_int(statement, 3),
                          .key = db_int(statement, 4),
                          .scopes = db_int(statement, 5),
                          .created_at = db_int(statement, 6),
                          .expires_at = db_int(statement, 7),
                          .refresh_until = db_int(statement, 8),
                          .refreshed_at = db_int(statement, 9),
                          .revoked_at = db_int(statement, 10)};
    row_text(out->id, sizeof(out->id), statement, 0);
    row_text(out->refresh, sizeof(out->refresh), statement, 1);
    row_text(out->family, sizeof(out->family), statement, 2);
}

bool store_token_add(struct store *store, const struct token *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_TOKEN_ADD);
    if (statement == NULL)
        return false;
    db_bind_text(statement, 1, row->id);
    db_bind_text(statement, 2, row->refresh);
    db_bind_text(statement, 3, row->family);
    db_bind_int(statement, 4, row->account);
    db_bind_int(statement, 5, row->key);
    db_bind_int(statement, 6, row->scopes);
    db_bind_int(statement, 7, row->created_at);
    db_bind_int(statement, 8, row->expires_at);
    db_bind_int(statement, 9, row->refresh_until);
    bind_int_or_null(statement, 10, row->refreshed_at);
    bind_int_or_null(statement, 11, row->revoked_at);
    return store_finish(store, statement);
}

bool store_token_by_refresh(struct store *store, struct token *out, const char *refresh)
{
    struct db_statement *statement = store_use(store, STATEMENT_TOKEN_BY_REFRESH);
    if (statement == NULL)
        return false;
    db_bind_text(statement, 1, refresh);
    bool found = store_next_row(store, statement);
    if (found)
        row_token(out, statement);
    db_reset(statement);
    return found;
}

// A write with a text and a time.
static bool stamp(struct store *store, enum statement name, const char *text, int64_t at)
{
    struct db_statement *statement = store_use(store, name);
    if (statement == NULL)
        return false;
    db_bind_text(statement, 1, text);
    db_bind_int(statement, 2, at);
    return store_finish(store, statement);
}

bool store_token_refreshed(struct store *store, const char *id, int64_t at)
{
    return stamp(store, STATEMENT_TOKEN_REFRESHED, id, at);
}

bool store_token_revoke_family(struct store *store, const char *family, int64_t at)
{
    return stamp(store, STATEMENT_TOKEN_REVOKE_FAMILY, family, at);
}

bool store_token_revoke(struct store *store, int64_t account, const char *id, int64_t at)
{
    struct db_statement *statement = store_use(store, STATEMENT_TOKEN_REVOKE);
    if (statement == NULL)
        return false;
    db_bind_text(statement, 1, id);
    db_bind_int(statement, 2, account);
    db_bind_int(statement, 3, at);
    return store_finish(store, statement) && db_changes(store->db) > 0;
}

int64_t store_token_count(struct store *store, int64_t account, int64_t at, int64_t limit)
{
    struct db_statement *statement = store_use(store, STATEMENT_TOKEN_COUNT);
    int64_t count = 0;
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, account);
    db_bind_int(statement, 2, at);
    db_bind_int(statement, 3, limit);
    if (store_next_row(store, statement))
        count = db_int(statement, 0);
    db_reset(statement);
    return count;
}

void store_token_sweep(struct store *store, int64_t before, size_t limit)
{
    struct db_statement *statement = store_use(store, STATEMENT_TOKEN_SWEEP);
    if (statement == NULL)
        return;
    db_bind_int(statement, 1, before);
    db_bind_int(statement, 2, (int64_t)limit);
    (void)store_finish(store, statement);
}

enum query_status query_token(struct query *query, struct token_view *out, const char *id)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_TOKEN);
    size_t length;
    db_bind_text(statement, 1, id);
    enum query_status status = query_status_of(db_step(statement));
    if (status == QUERY_OK) {
        row_token(&out->token, statement);
        out->key = (struct app_key){.n = out->token.key,
                                    .account = out->token.account,
                                    .scopes = db_int(statement, TOKEN_COLUMNS),
                                    .rate_per_minute = db_int(statement, TOKEN_COLUMNS + 1),
                                    .expires_at = db_int(statement, TOKEN_COLUMNS + 2),
                                    .revoked_at = db_int(statement, TOKEN_COLUMNS + 3)};
        const void *hash = db_blob(statement, TOKEN_COLUMNS + 4, &length);
        if (length == sizeof(out->key.hash))
            memcpy(out->key.hash, hash, length);
    }
    db_reset(statement);
    return status;
}
