// Scopes of SMSGate's tokens. Pure logic; any thread.
#ifndef SMSQUITTO_BRIDGE_SMSGATE_SCOPE_H
#define SMSQUITTO_BRIDGE_SMSGATE_SCOPE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

// Bits of token.scopes. Stored in the database: never reuse or renumber.
enum smsgate_scope {
    TOKEN_MESSAGES_SEND = 1,
    TOKEN_MESSAGES_READ = 2,
    TOKEN_MESSAGES_LIST = 4,
    TOKEN_MESSAGES_CANCEL = 8,
    TOKEN_MESSAGES_EXPORT = 16,
    TOKEN_DEVICES_LIST = 32,
    TOKEN_DEVICES_DELETE = 64,
    TOKEN_WEBHOOKS_LIST = 128,
    TOKEN_WEBHOOKS_WRITE = 256,
    TOKEN_WEBHOOKS_DELETE = 512,
    TOKEN_SETTINGS_READ = 1024,
    TOKEN_SETTINGS_WRITE = 2048,
    TOKEN_LOGS_READ = 4096,
    TOKEN_INBOX_LIST = 8192,
    TOKEN_INBOX_REFRESH = 16384,
    TOKEN_MANAGE = 32768,
    TOKEN_ALL = 65535,
};

// The word for one bit ("messages:send"), "all:any" for all of them, "" for what is none; borrowed for ever.
const char *smsgate_scope_name(int64_t scope);
bool smsgate_scope_parse(int64_t *scope, const char *name);

// The words for the bits, owned.
json_t *smsgate_scopes_json(int64_t scopes);

#endif
