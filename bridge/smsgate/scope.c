// Scopes of SMSGate's tokens.
#include "bridge/smsgate/scope.h"

#include "common/json_memory.h"

#include <string.h>

static const struct {
    int64_t scope;
    const char *name;
} SCOPES[] = {
    {TOKEN_ALL, "all:any"},
    {TOKEN_MESSAGES_SEND, "messages:send"},
    {TOKEN_MESSAGES_READ, "messages:read"},
    {TOKEN_MESSAGES_LIST, "messages:list"},
    {TOKEN_MESSAGES_CANCEL, "messages:cancel"},
    {TOKEN_MESSAGES_EXPORT, "messages:export"},
    {TOKEN_DEVICES_LIST, "devices:list"},
    {TOKEN_DEVICES_DELETE, "devices:delete"},
    {TOKEN_WEBHOOKS_LIST, "webhooks:list"},
    {TOKEN_WEBHOOKS_WRITE, "webhooks:write"},
    {TOKEN_WEBHOOKS_DELETE, "webhooks:delete"},
    {TOKEN_SETTINGS_READ, "settings:read"},
    {TOKEN_SETTINGS_WRITE, "settings:write"},
    {TOKEN_LOGS_READ, "logs:read"},
    {TOKEN_INBOX_LIST, "inbox:list"},
    {TOKEN_INBOX_REFRESH, "inbox:refresh"},
    {TOKEN_MANAGE, "tokens:manage"},
};

enum { COUNT = sizeof(SCOPES) / sizeof(SCOPES[0]) };

const char *smsgate_scope_name(int64_t scope)
{
    for (size_t i = 0; i < COUNT; i++)
        if (SCOPES[i].scope == scope)
            return SCOPES[i].name;
    return "";
}

bool smsgate_scope_parse(int64_t *scope, const char *name)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(SCOPES[i].name, name) == 0) {
            *scope = SCOPES[i].scope;
            return true;
        }
    return false;
}

json_t *smsgate_scopes_json(int64_t scopes)
{
    json_t *list = json_array();
    if (scopes == TOKEN_ALL) {
        json_list_add_take(&list, json_string(SCOPES[0].name));
        return list;
    }
    for (size_t i = 1; i < COUNT; i++)
        if ((scopes & SCOPES[i].scope) != 0)
            json_list_add_take(&list, json_string(SCOPES[i].name));
    return list;
}
