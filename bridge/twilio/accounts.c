// Accounts/{AccountSid}.json: what apps fetch to see whether their credentials are right.
#include "bridge/twilio/twilio_internal.h"

#include <stdio.h>
#include <string.h>

static json_t *account_json(const struct account *account)
{
    char date[TWILIO_DATE_SIZE], uri[sizeof(TWILIO_ROOT) + ID_SIZE + 8],
        messages[sizeof(TWILIO_ROOT) + ID_SIZE + 16];
    twilio_date(date, account->created_at);
    snprintf(uri, sizeof(uri), TWILIO_ROOT "%s.json", account->id);
    snprintf(messages, sizeof(messages), TWILIO_ROOT "%s/Messages.json", account->id);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:n, s:s, s:s, s:s, s:{s:s}}", "sid", account->id,
                     "owner_account_sid", account->id, "friendly_name", account->name, "status", "active",
                     "type", "Full", "auth_token", "date_created", date, "date_updated", date, "uri", uri,
                     "subresource_uris", "messages", messages);
}

void twilio_account_fetch(struct request *request)
{
    char sid[ID_SIZE];
    struct account account;
    if (!twilio_sid(request, sid, 0, ID_ACCOUNT))
        return;
    if (query_account_by_n(request_store(request), &account, request_principal(request)->account) != QUERY_OK)
        request_unavailable(request);
    else if (strcmp(sid, account.id) != 0)
        request_not_found(request, "The credentials are not those of this account");
    else
        request_reply_json_take(request, 200, account_json(&account));
}
