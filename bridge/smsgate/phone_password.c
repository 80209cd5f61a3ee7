// /user/password: a phone's login changes hands from one app key to another.
//
// Passwords are app keys here, made of 256 random bits and kept as bare hashes: what a person thinks up would
// not be safe like that. So a new password is a key that was made for it, and the old one is revoked.
#include "bridge/smsgate/phone_internal.h"

#include "common/clock.h"

#include <stdio.h>
#include <string.h>

enum { PASSWORD_MAX = 127 };

struct passwords {
    const char *current, *new;
};

static const struct field FIELDS[] = {
    {"currentPassword", FIELD_STRING, offsetof(struct passwords, current), true, 1, PASSWORD_MAX},
    {"newPassword", FIELD_STRING, offsetof(struct passwords, new), true, 1, PASSWORD_MAX},
};

// The key that is this password, with or without its prefix, if it is one of the account that can be used.
static enum query_status find_key(struct request *request, struct app_key *key, const char *password,
                                  int64_t account)
{
    char text[PASSWORD_MAX + sizeof(SECRET_APP_KEY)];
    uint8_t hash[SECRET_HASH_BYTES];
    bool whole = strncmp(password, SECRET_APP_KEY, strlen(SECRET_APP_KEY)) == 0;
    snprintf(text, sizeof(text), "%s%s", whole ? "" : SECRET_APP_KEY, password);
    secret_hash(hash, text, strlen(text));
    secret_clear(text, sizeof(text));
    enum query_status status = query_key_by_hash(request_store(request), key, hash);
    if (status != QUERY_OK)
        return status;
    bool usable = key->account == account && key->revoked_at == 0 &&
                  (key->expires_at == 0 || key->expires_at > clock_wall_ms());
    return usable ? QUERY_OK : QUERY_NONE;
}

static void changed(struct request *request, struct command *command)
{
    (void)command;
    request_reply_empty(request, 204);
}

static void revoke(struct request *request, const struct app_key *key)
{
    struct command *command = command_new(COMMAND_KEY_REVOKE, ORIGIN_HTTP, key->account);
    if (command == NULL) {
        request_unavailable(request);
        return;
    }
    api_copy(command->key.id, sizeof(command->key.id), key->id);
    request_submit_take(request, command, changed);
}

static void change(struct request *request, const struct passwords *wish, int64_t account)
{
    struct app_key old, new;
    struct field_error error;
    enum query_status found = find_key(request, &old, wish->current, account);
    if (found == QUERY_NONE) {
        request_unauthorized(request, "currentPassword: is not a password of this account");
        return;
    }
    enum query_status made = found == QUERY_OK ? find_key(request, &new, wish->new, account) : QUERY_FAILED;
    if (made == QUERY_FAILED) {
        request_unavailable(request);
    } else if (made == QUERY_NONE) {
        field_fail(&error, "newPassword",
                   "must be an app key of this account, as passwords are: smsquitto key create makes one");
        request_invalid(request, &error);
    } else if ((new.scopes &SCOPE_DEVICES_WRITE) == 0) {
        field_fail(&error, "newPassword", "is an app key that lacks the scope devices:write");
        request_invalid(request, &error);
    } else if (new.n == old.n) {
        field_fail(&error, "newPassword", "is the current one");
        request_invalid(request, &error);
    } else {
        revoke(request, &old);
    }
}

void phone_password(struct request *request)
{
    struct passwords wish = {.current = NULL};
    struct field_error error;
    struct device device;
    if (!phone_of(&device, request))
        return;
    int64_t account = device.account;
    device_clear(&device);
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    if (fields_decode_known(&wish, json, FIELDS, sizeof(FIELDS) / sizeof(FIELDS[0]), "", &error))
        change(request, &wish, account);
    else
        request_invalid(request, &error);
    json_decref(json);
}
