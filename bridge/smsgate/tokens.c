// /auth/token: tokens instead of the key, with fewer rights and a short life; and who comes with one.
#include "bridge/smsgate/jwt.h"
#include "bridge/smsgate/smsgate_internal.h"

#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TTL_MAX_S = 365 * 86400, SCOPES_GIVEN_MAX = 32 };

struct wish {
    int64_t ttl_s;
    json_t *scopes;
};

static const struct field FIELDS[] = {
    {"ttl", FIELD_INT, offsetof(struct wish, ttl_s), false, 0, TTL_MAX_S},
    {"scopes", FIELD_ARRAY, offsetof(struct wish, scopes), true, 1, SCOPES_GIVEN_MAX},
};

static bool read_scopes(int64_t *scopes, const json_t *list, struct field_error *error)
{
    char path[32];
    size_t i;
    json_t *value;
    json_array_foreach(list, i, value)
    {
        int64_t scope;
        snprintf(path, sizeof(path), "scopes[%zu]", i);
        if (!json_is_string(value) || !smsgate_scope_parse(&scope, json_string_value(value)))
            return field_fail(error, path, "is no scope of this API");
        *scopes |= scope;
    }
    return true;
}

// One of the two tokens of a row; owned, NULL when memory runs out.
static char *token_text(const uint8_t *key, const struct token *row, bool refresh)
{
    json_t *claims = json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:o}", "iss", "smsquitto", "jti", refresh ? row->refresh : row->id, "typ",
        refresh ? "refresh" : "access", "iat", (json_int_t)(row->created_at / 1000), "exp",
        (json_int_t)((refresh ? row->refresh_until : row->expires_at) / 1000), "scopes",
        refresh ? json_pack("[s]", "tokens:refresh") : smsgate_scopes_json(row->scopes));
    char *text = claims != NULL ? jwt_write(key, claims) : NULL;
    json_decref(claims);
    return text;
}

static void reply_tokens(struct request *request, const struct token *row)
{
    const uint8_t *key = request_options(request)->token_key;
    char *access = token_text(key, row, false), *refresh = token_text(key, row, true);
    if (access != NULL && refresh != NULL)
        request_reply_json_take(request, 201,
                                json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", row->id, "token_type", "Bearer",
                                          "access_token", access, "refresh_token", refresh, "expires_at",
                                          api_time(row->expires_at)));
    else
        request_unavailable(request);
    free(access);
    free(refresh);
}

static void created(struct request *request, struct command *command)
{
    reply_tokens(request, &command->token.row);
}

void smsgate_tokens_create(struct request *request)
{
    const struct principal *principal = request_principal(request);
    struct wish wish = {.ttl_s = 0};
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command = command_new(COMMAND_TOKEN_ADD, ORIGIN_HTTP, principal->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!fields_decode_known(&wish, json, FIELDS, 2, "", &error) ||
               !read_scopes(&command->token.scopes, wish.scopes, &error)) {
        request_invalid(request, &error);
    } else if (principal->key == 0) {
        smsgate_refuse(request, 403, "key-needed", "a token stands for a key: log in with one");
    } else if (principal->token && (command->token.scopes & ~principal->token_scopes) != 0) {
        smsgate_refuse(request, 403, "missing-scope", "a token cannot hand out more than it may do itself");
    } else {
        command->token.key = principal->key;
        command->token.ttl_ms = wish.ttl_s * 1000;
        request_submit_take(request, command, created);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

// What a token of ours says, when it is of that type: its jti. False otherwise.
static bool read_token(char jti[ID_SIZE], const struct request *request, const char *text, const char *type)
{
    json_t *claims = jwt_read(request_options(request)->token_key, text, clock_wall_ms());
    const char *typ = json_string_value(json_object_get(claims, "typ"));
    const char *id = json_string_value(json_object_get(claims, "jti"));
    bool good = typ != NULL && strcmp(typ, type) == 0 && id != NULL && strlen(id) < ID_SIZE;
    if (good)
        memcpy(jti, id, strlen(id) + 1);
    json_decref(claims);
    return good;
}

static void refreshed(struct request *request, struct command *command)
{
    if (command->token.refused)
        request_unauthorized(request, "this refresh token was used before, or is over");
    else
        reply_tokens(request, &command->token.row);
}

void smsgate_tokens_refresh(struct request *request)
{
    const char *header = request_header(request, "Authorization");
    char jti[ID_SIZE];
    if (header == NULL || strncasecmp(header, "Bearer ", 7) != 0 ||
        !read_token(jti, request, header + 7 + strspn(header + 7, " "), "refresh")) {
        request_unauthorized(request, "send the refresh token in the header: Authorization: Bearer ...");
        return;
    }
    struct command *command = command_new(COMMAND_TOKEN_REFRESH, ORIGIN_HTTP, 0);
    if (command == NULL) {
        request_unavailable(request);
        return;
    }
    memcpy(command->token.id, jti, sizeof(command->token.id));
    request_submit_take(request, command, refreshed);
}

static void revoked(struct request *request, struct command *command)
{
    (void)command;
    request_reply_empty(request, 204);
}

void smsgate_tokens_revoke(struct request *request)
{
    const char *id = request_param(request, 0);
    struct command *command =
        command_new(COMMAND_TOKEN_REVOKE, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
        return;
    }
    if (strlen(id) < ID_SIZE)
        memcpy(command->token.id, id, strlen(id) + 1);
    request_submit_take(request, command, revoked);
}

// Whether the token and its key can be used now.
static bool is_alive(const struct token_view *view, int64_t now)
{
    return view->token.revoked_at == 0 && view->token.expires_at > now && view->key.revoked_at == 0 &&
           (view->key.expires_at == 0 || view->key.expires_at > now);
}

bool smsgate_token_principal(struct request *request, struct principal *out, const char *text)
{
    struct token_view view;
    char jti[ID_SIZE], detail[96];
    enum query_status status = QUERY_NONE;
    if (read_token(jti, request, text, "access"))
        status = query_token(request_store(request), &view, jti);
    if (status == QUERY_FAILED) {
        request_unavailable(request);
        return false;
    }
    if (status == QUERY_NONE || !is_alive(&view, clock_wall_ms())) {
        request_unauthorized(request, "the token is not valid, or its time is over");
        return false;
    }
    int64_t needed = smsgate_route_scope(request_route(request));
    if ((view.token.scopes & needed) != needed) {
        snprintf(detail, sizeof(detail), "the token lacks the scope %s", smsgate_scope_name(needed));
        smsgate_refuse(request, 403, "missing-scope", detail);
        return false;
    }
    *out = (struct principal){.account = view.token.account,
                              .key = view.token.key,
                              .scopes = view.key.scopes,
                              .rate_per_minute = view.key.rate_per_minute,
                              .expires_at = view.token.expires_at,
                              .token = true,
                              .token_scopes = view.token.scopes};
    memcpy(out->hash, view.key.hash, sizeof(out->hash));
    return true;
}
