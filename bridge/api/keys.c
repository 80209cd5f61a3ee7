// /v1/keys: app keys.
#include "bridge/api/api_internal.h"

#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RATE_DEFAULT = 100,
    RATE_MAX = 1000000,
    NEVER = -1,
    URL_SIZE = 512,
    TWILIO_SCOPES = SCOPE_MESSAGES_SEND | SCOPE_MESSAGES_READ | SCOPE_OTP_WRITE, // what that API can do
};

struct body {
    const char *name;
    json_t *scopes;
    bool twilio;
    int64_t rate_per_minute, expires_at;
};

static const struct field BODY_FIELDS[] = {
    {"name", FIELD_STRING, offsetof(struct body, name), true, 1, NAME_SIZE - 1},
    {"scopes", FIELD_ARRAY, offsetof(struct body, scopes), false, 1, 16},
    {"rate_per_minute", FIELD_INT, offsetof(struct body, rate_per_minute), false, 0, RATE_MAX},
    {"expires_at", FIELD_TIME, offsetof(struct body, expires_at), false, 0, INT64_MAX},
    {"twilio", FIELD_BOOL, offsetof(struct body, twilio), false, 0, 0},
};

static json_t *scopes_json(int64_t scopes)
{
    json_t *list = json_array();
    for (int64_t bit = 1; bit < SCOPE_ALL; bit <<= 1)
        if ((scopes & bit) != 0)
            json_list_add_take(&list, json_string(scope_name((enum scope)bit)));
    return list;
}

static json_t *key_json(const struct app_key *key)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:I, s:o, s:o, s:o, s:o}", "id", key->id, "name", key->name,
                     "hint", key->hint, "scopes", scopes_json(key->scopes), "rate_per_minute",
                     (json_int_t)key->rate_per_minute, "created_at", api_time(key->created_at), "expires_at",
                     api_time(key->expires_at), "revoked_at", api_time(key->revoked_at), "used_at",
                     api_time(key->used_at));
}

static bool read_scopes(int64_t *scopes, const struct body *body, struct field_error *error)
{
    const json_t *list = body->scopes;
    char path[32];
    size_t i;
    json_t *value;
    *scopes = list != NULL ? 0 : body->twilio ? TWILIO_SCOPES : SCOPE_ALL;
    json_array_foreach(list, i, value)
    {
        enum scope scope;
        snprintf(path, sizeof(path), "scopes[%zu]", i);
        if (!json_is_string(value) || !scope_parse(&scope, json_string_value(value)))
            return field_fail(error, path, "is no scope");
        *scopes |= scope;
    }
    return true;
}

// A key may only hand out what it has itself.
static bool may_grant(const struct principal *principal, int64_t scopes, struct field_error *error)
{
    return (scopes & ~principal->scopes) == 0 ||
           field_fail(error, "scopes", "hold more than your own key may do");
}

// The credentials as Twilio's SDKs take them: letters and digits only.
static json_t *twilio_json(struct request *request, const struct command_key *key)
{
    struct account account;
    const char *secret = key->secret + strlen(SECRET_APP_KEY);
    if (query_account_by_n(request_store(request), &account, key->row.account) != QUERY_OK)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:s, s:b}", "account_sid", account.id, "auth_token", secret, "key_sid",
                     key->row.id, "key_secret", secret, "signs", key->signs);
}

static void created(struct request *request, struct command *command)
{
    char url[URL_SIZE];
    json_t *json = key_json(&command->key.row);
    request_public_url(request, url, sizeof(url));
    json_object_set_new(json, "key", json_string(command->key.secret));
    json_object_set_new(json, "url", api_text(url));
    if (command->key.twilio)
        json_object_set_new(json, "twilio", twilio_json(request, &command->key));
    request_reply_json_take(request, 201, json);
}

void api_keys_create(struct request *request)
{
    struct body body = {.rate_per_minute = RATE_DEFAULT, .expires_at = NEVER};
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command =
        command_new(COMMAND_KEY_CREATE, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL)
        request_unavailable(request);
    else if (!fields_decode(&body, json, BODY_FIELDS, sizeof(BODY_FIELDS) / sizeof(BODY_FIELDS[0]), "",
                            &error) ||
             !read_scopes(&command->key.scopes, &body, &error) ||
             !may_grant(request_principal(request), command->key.scopes, &error) ||
             (body.expires_at != NEVER && body.expires_at <= clock_wall_ms() &&
              !field_fail(&error, "expires_at", "lies in the past")))
        request_invalid(request, &error);
    else {
        api_copy(command->key.name, sizeof(command->key.name), body.name);
        command->key.rate_per_minute = body.rate_per_minute;
        command->key.twilio = body.twilio;
        command->key.expires_at = body.expires_at != NEVER ? body.expires_at : 0;
        request_submit_take(request, command, created);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

void api_keys_list(struct request *request)
{
    int64_t limit, cursor;
    size_t count;
    if (!api_page(request, &limit, &cursor))
        return;
    struct app_key *keys = calloc((size_t)limit, sizeof(*keys));
    if (keys == NULL || query_keys(request_store(request), keys, (size_t)limit, &count,
                                   request_principal(request)->account, cursor) != QUERY_OK) {
        free(keys);
        request_unavailable(request);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_list_add_take(&list, key_json(&keys[i]));
    int64_t last = count == (size_t)limit ? keys[count - 1].n : 0;
    free(keys);
    api_reply_page_take(request, "keys", list, last);
}

static void revoked(struct request *request, struct command *command)
{
    (void)command;
    request_reply_empty(request, 204);
}

void api_keys_revoke(struct request *request)
{
    const char *id = request_param(request, 0);
    if (!id_valid(id, strlen(id), ID_KEY)) {
        request_not_found(request, "there is no such key");
        return;
    }
    struct command *command =
        command_new(COMMAND_KEY_REVOKE, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
        return;
    }
    api_copy(command->key.id, sizeof(command->key.id), id);
    request_submit_take(request, command, revoked);
}
