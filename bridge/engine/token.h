// Tokens that apps exchange their key for. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_TOKEN_H
#define SMSQUITTO_BRIDGE_ENGINE_TOKEN_H

#include "bridge/engine/core.h"

// COMMAND_TOKEN_ADD: a first pair of tokens.
void token_add(struct core *core, struct command *command);
// COMMAND_TOKEN_REFRESH: a new pair for an old one, once. Who comes with a refresh token that was used before
// ends all tokens that were made of it: one of two has stolen it.
void token_refresh(struct core *core, struct command *command);
// COMMAND_TOKEN_REVOKE: ends one pair.
void token_revoke(struct core *core, struct command *command);

// Deletes rows whose time is over.
void token_upkeep(struct core *core);

#endif
