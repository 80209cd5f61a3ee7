// /v1/account and /v1/accounts: tenants.
#include "bridge/api/api_internal.h"

#include <stdlib.h>

struct body {
    const char *name;
};

static const struct field BODY_FIELDS[] = {
    {"name", FIELD_STRING, offsetof(struct body, name), true, 1, NAME_SIZE - 1},
};

static json_t *account_json(const struct account *account)
{
    return json_pack("{s:s, s:s, s:o}", "id", account->id, "name", account->name, "created_at",
                     api_time(account->created_at));
}

void api_account_show(struct request *request)
{
    struct account account;
    if (query_account_by_n(request_store(request), &account, request_principal(request)->account) == QUERY_OK)
        request_reply_json_take(request, 200, account_json(&account));
    else
        request_unavailable(request);
}

void api_accounts_list(struct request *request)
{
    int64_t limit, cursor;
    size_t count;
    struct account accounts[API_PAGE_MAX];
    if (!api_page(request, &limit, &cursor))
        return;
    if (query_accounts(request_store(request), accounts, (size_t)limit, &count, cursor) != QUERY_OK) {
        request_unavailable(request);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_list_add_take(&list, account_json(&accounts[i]));
    int64_t last = count == (size_t)limit ? accounts[count - 1].n : 0;
    api_reply_page_take(request, "accounts", list, last);
}

static void created(struct request *request, struct command *command)
{
    request_reply_json_take(request, 201, account_json(&command->account_add.row));
}

void api_accounts_create(struct request *request)
{
    struct body body = {0};
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command = command_new(COMMAND_ACCOUNT_ADD, ORIGIN_HTTP, 0);
    if (command == NULL)
        request_unavailable(request);
    else if (!fields_decode(&body, json, BODY_FIELDS, 1, "", &error))
        request_invalid(request, &error);
    else {
        api_copy(command->account_add.name, sizeof(command->account_add.name), body.name);
        request_submit_take(request, command, created);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}
