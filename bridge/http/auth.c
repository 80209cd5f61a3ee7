// App keys, cached by their hash.
#include "bridge/http/auth.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SLOTS = 1024, USED_EVERY_MS = 60000 };

struct auth {
    struct app_key slots[SLOTS]; // by the first bytes of the hash; n = 0 is free
};

struct auth *auth_new(void)
{
    return calloc(1, sizeof(struct auth));
}

void auth_free(struct auth *auth)
{
    free(auth);
}

void auth_forget(struct auth *auth)
{
    memset(auth, 0, sizeof(*auth));
}

static bool bearer(const char **token, const char *header)
{
    if (header == NULL || strncasecmp(header, "Bearer ", 7) != 0)
        return false;
    *token = header + 7 + strspn(header + 7, " ");
    size_t length = strlen(*token);
    return length > 0 && length < 128;
}

// The key with that hash, from the cache or the store; NULL with *status set.
static struct app_key *find(struct auth *auth, enum auth_status *status, struct query *store,
                            const uint8_t hash[SECRET_HASH_BYTES])
{
    struct app_key *slot = &auth->slots[(hash[0] << 8 | hash[1]) % SLOTS];
    if (slot->n != 0 && secret_hash_equal(slot->hash, hash))
        return slot;
    struct app_key key;
    enum query_status found = query_key_by_hash(store, &key, hash);
    *status = found == QUERY_NONE ? AUTH_WRONG : AUTH_FAILED;
    if (found != QUERY_OK)
        return NULL;
    *slot = key;
    return slot;
}

enum auth_status auth_check(struct auth *auth, struct principal *principal, bool *used, struct query *store,
                            const char *header, int64_t now_ms)
{
    const char *token;
    uint8_t hash[SECRET_HASH_BYTES];
    enum auth_status status;
    if (!bearer(&token, header))
        return AUTH_MISSING;
    secret_hash(hash, token, strlen(token));
    struct app_key *key = find(auth, &status, store, hash);
    if (key == NULL)
        return status;
    if (key->revoked_at != 0 || (key->expires_at != 0 && key->expires_at <= now_ms))
        return AUTH_WRONG;
    *used = now_ms - key->used_at >= USED_EVERY_MS;
    if (*used)
        key->used_at = now_ms;
    *principal = (struct principal){.account = key->account,
                                    .key = key->n,
                                    .scopes = key->scopes,
                                    .rate_per_minute = key->rate_per_minute,
                                    .expires_at = key->expires_at};
    memcpy(principal->hash, key->hash, sizeof(principal->hash));
    memcpy(principal->hash, key->hash, sizeof(principal->hash));
    return AUTH_OK;
}
