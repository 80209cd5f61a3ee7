// App keys, cached by their hash.
#include "bridge/http/auth.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    SLOTS = 1024,
    USED_EVERY_MS = 60000,
    KEY_MAX = 127,
    BASIC_MAX = 256, // base64 of a user name, a colon and a password
};

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

// What a client says of itself.
struct credential {
    char user[ID_SIZE]; // "" = it sent the key alone
    char key[KEY_MAX + 1];
};

static bool read_bearer(struct credential *out, const char *header)
{
    const char *token = header + 7 + strspn(header + 7, " ");
    size_t length = strlen(token);
    if (length == 0 || length > KEY_MAX)
        return false;
    memcpy(out->key, token, length + 1);
    return true;
}

// base64 of "user:password" (RFC 7617). A password holds colons, a user does not. The key may come without
// its "sqk_": some clients send letters and digits only.
static bool read_basic(struct credential *out, const char *header)
{
    const char *text = header + 6 + strspn(header + 6, " ");
    unsigned char plain[BASIC_MAX / 4 * 3 + 1];
    size_t length = strlen(text);
    if (length == 0 || length % 4 != 0 || length > BASIC_MAX)
        return false;
    int bytes = EVP_DecodeBlock(plain, (const unsigned char *)text, (int)length);
    if (bytes < 0)
        return false;
    plain[bytes - (text[length - 1] == '=') - (text[length - 2] == '=')] = '\0';
    char *colon = strchr((char *)plain, ':');
    bool fits = colon != NULL && colon - (char *)plain < ID_SIZE && colon != (char *)plain &&
                colon[1] != '\0' && strlen(colon + 1) < SECRET_SIZE;
    if (fits) {
        *colon = '\0';
        memcpy(out->user, plain, strlen((char *)plain) + 1);
        bool whole = strncmp(colon + 1, SECRET_APP_KEY, strlen(SECRET_APP_KEY)) == 0;
        snprintf(out->key, sizeof(out->key), "%s%s", whole ? "" : SECRET_APP_KEY, colon + 1);
    }
    secret_clear(plain, sizeof(plain));
    return fits;
}

static bool read_header(struct credential *out, const char *header, bool basic)
{
    *out = (struct credential){.user = ""};
    if (header != NULL && strncasecmp(header, "Bearer ", 7) == 0)
        return read_bearer(out, header);
    return basic && header != NULL && strncasecmp(header, "Basic ", 6) == 0 && read_basic(out, header);
}

// Whether the user name that came with the key is its own.
static enum auth_status check_user(struct query *store, const struct app_key *key, const char *user)
{
    struct account account;
    if (user[0] == '\0' || strcmp(user, key->id) == 0)
        return AUTH_OK;
    if (!id_valid(user, strlen(user), ID_ACCOUNT))
        return AUTH_WRONG;
    if (query_account_by_n(store, &account, key->account) != QUERY_OK)
        return AUTH_FAILED;
    return strcmp(user, account.id) == 0 ? AUTH_OK : AUTH_WRONG;
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
                            const char *header, bool basic, int64_t now_ms)
{
    struct credential given;
    uint8_t hash[SECRET_HASH_BYTES];
    enum auth_status status;
    if (!read_header(&given, header, basic))
        return AUTH_MISSING;
    secret_hash(hash, given.key, strlen(given.key));
    secret_clear(given.key, sizeof(given.key));
    struct app_key *key = find(auth, &status, store, hash);
    if (key == NULL)
        return status;
    status = check_user(store, key, given.user);
    if (status != AUTH_OK)
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
    return AUTH_OK;
}
