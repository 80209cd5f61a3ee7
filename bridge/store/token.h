// Tokens that apps exchange their key for.
//
// As in store.h: writes are the engine's, reads any thread's; the first failure of a transaction sticks.
#ifndef SMSQUITTO_BRIDGE_STORE_TOKEN_H
#define SMSQUITTO_BRIDGE_STORE_TOKEN_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"

#define ID_TOKEN "TK"
#define ID_REFRESH "TR"

// An access token and the refresh token that came with it. Absent times are 0.
struct token {
    char id[ID_SIZE], refresh[ID_SIZE];
    char family[ID_SIZE]; // id of the first one, of which this one was made by refreshing
    int64_t account, key; // app_key.n
    int64_t scopes;       // bits of the API that it is for
    int64_t created_at, expires_at, refresh_until;
    int64_t refreshed_at, revoked_at;
};

bool store_token_add(struct store *store, const struct token *row);
// False when there is no such refresh token.
bool store_token_by_refresh(struct store *store, struct token *out, const char *refresh);
bool store_token_refreshed(struct store *store, const char *id, int64_t at);
// Returns whether the account has one of that id that was not revoked yet.
bool store_token_revoke(struct store *store, int64_t account, const char *id, int64_t at);
bool store_token_revoke_family(struct store *store, const char *family, int64_t at);
// How many of the account can still be used or refreshed at that time, counted up to limit.
int64_t store_token_count(struct store *store, int64_t account, int64_t at, int64_t limit);
// Deletes at most limit rows that could not be refreshed any more before that time.
void store_token_sweep(struct store *store, int64_t before, size_t limit);

// With the key that it was made with.
struct token_view {
    struct token token;
    struct app_key key; // n, account, hash, scopes, rate_per_minute, expires_at and revoked_at only
};
enum query_status query_token(struct query *query, struct token_view *out, const char *id);

#endif
