// Tokens that apps exchange their key for.
#include "bridge/engine/token.h"

#include <string.h>

enum { LIVE_MAX = 1000, SWEEP_ROWS = 100 }; // tokens of one account

static void add(struct core *core, struct command_token *wish, struct token *row)
{
    int64_t ttl = wish->ttl_ms != 0 ? wish->ttl_ms : core->options.token_ttl_ms;
    int64_t refresh = core->options.token_refresh_ms;
    id_new(row->id, ID_TOKEN, core->now);
    id_new(row->refresh, ID_REFRESH, core->now);
    if (row->family[0] == '\0')
        memcpy(row->family, row->id, sizeof(row->family));
    row->created_at = core->now;
    row->expires_at = core->now + (ttl < refresh ? ttl : refresh);
    row->refresh_until = core->now + refresh;
    (void)store_token_add(core->store, row);
    wish->row = *row;
}

void token_add(struct core *core, struct command *command)
{
    struct command_token *wish = &command->token;
    struct token row = {.account = command->account, .key = wish->key, .scopes = wish->scopes};
    if (store_token_count(core->store, command->account, core->now, LIVE_MAX) >= LIVE_MAX) {
        command->status = COMMAND_LIMITED;
        command->retry_after_ms = core->options.token_ttl_ms;
        field_fail(&command->error, "", "%d tokens are in use already: revoke some", LIVE_MAX);
        return;
    }
    add(core, wish, &row);
}

void token_refresh(struct core *core, struct command *command)
{
    struct command_token *wish = &command->token;
    struct token old;
    wish->refused = true;
    if (!store_token_by_refresh(core->store, &old, wish->id) || old.revoked_at != 0 ||
        old.refresh_until <= core->now)
        return;
    if (old.refreshed_at != 0) {
        (void)store_token_revoke_family(core->store, old.family, core->now);
        return;
    }
    struct token row = {.account = old.account, .key = old.key, .scopes = old.scopes};
    memcpy(row.family, old.family, sizeof(row.family));
    (void)store_token_refreshed(core->store, old.id, core->now);
    add(core, wish, &row);
    wish->refused = false;
}

void token_revoke(struct core *core, struct command *command)
{
    if (store_token_revoke(core->store, command->account, command->token.id, core->now))
        return;
    command_fail(command, COMMAND_NOT_FOUND, "jti", "there is no such token, or it is revoked already");
}

void token_upkeep(struct core *core)
{
    store_token_sweep(core->store, core->now, SWEEP_ROWS);
}
