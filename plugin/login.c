// The checks of a login, cheapest first, and the key before anything that tells names apart.
#include "plugin/login.h"

#include <string.h>

static enum login_verdict check_shape(const struct options *options, const struct login_attempt *attempt)
{
    const char *name = attempt->username;
    if (name == NULL || !device_id_valid(name, strnlen(name, DEVICE_ID_SIZE)))
        return LOGIN_NAME;
    if (attempt->client_id == NULL || strcmp(attempt->client_id, name) != 0)
        return LOGIN_CLIENT_ID;
    if (attempt->keepalive_s < 1 || attempt->keepalive_s > options->keepalive_max_s)
        return LOGIN_KEEPALIVE;
    return LOGIN_WELCOME;
}

// Length of a key of the right shape, or 0.
static size_t key_length(const char *key)
{
    if (key == NULL)
        return 0;
    size_t length = strnlen(key, LOGIN_KEY_MAX + 1);
    if (length > LOGIN_KEY_MAX)
        return 0;
    for (size_t i = 0; i < length; i++) {
        if (key[i] < ' ' || key[i] > '~')
            return 0;
    }
    return length;
}

static enum login_verdict check_role(const struct login *login, const struct options *options,
                                     const char *address)
{
    switch ((enum role)login->role) {
    case ROLE_DEVICE:
        return LOGIN_WELCOME;
    case ROLE_BRIDGE:
        return options->bridge_socket != NULL && address != NULL &&
                       strcmp(address, options->bridge_socket) == 0
                   ? LOGIN_WELCOME
                   : LOGIN_PLACE;
    case ROLE_OPERATOR:
        return options->allow_operator ? LOGIN_WELCOME : LOGIN_OPERATOR;
    }
    return LOGIN_UNKNOWN;
}

enum login_verdict login_check(const struct roster *roster, const struct options *options,
                               const struct login_attempt *attempt)
{
    static const uint8_t nobody[SECRET_HASH_BYTES];
    enum login_verdict shape = check_shape(options, attempt);
    if (shape != LOGIN_WELCOME)
        return shape;
    size_t length = key_length(attempt->key);
    if (length == 0)
        return LOGIN_KEY_SHAPE;

    // The same work for known and unknown names.
    const struct login *login = roster_find(roster, attempt->username);
    uint8_t hash[SECRET_HASH_BYTES];
    secret_hash(hash, attempt->key, length);
    bool equal = secret_hash_equal(hash, login == NULL ? nobody : login->key_hash);
    secret_clear(hash, sizeof hash);
    if (login == NULL)
        return LOGIN_UNKNOWN;
    if (!equal)
        return LOGIN_KEY;
    if (login->disabled)
        return LOGIN_DISABLED;
    return check_role(login, options, attempt->address);
}

const char *login_verdict_text(enum login_verdict verdict)
{
    static const char *const texts[] = {
        [LOGIN_WELCOME] = "welcome",
        [LOGIN_NAME] = "not a valid name",
        [LOGIN_CLIENT_ID] = "client id differs from the user name",
        [LOGIN_KEEPALIVE] = "keepalive missing or too long",
        [LOGIN_KEY_SHAPE] = "key missing or malformed",
        [LOGIN_UNKNOWN] = "unknown name",
        [LOGIN_KEY] = "wrong key",
        [LOGIN_DISABLED] = "disabled",
        [LOGIN_PLACE] = "a bridge logs in on its socket only",
        [LOGIN_OPERATOR] = "operators are not allowed here",
    };
    return texts[verdict];
}
