// /inbox: what came in, which SMSGate's own servers cannot list; and asking a device to read its inbox again.
#include "bridge/smsgate/smsgate_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 500, OFFSET_MAX = 10000, WINDOW = 500, WINDOWS_MAX = 25 };

static json_t *inbound_json(const struct message_view *view)
{
    const struct message *message = &view->message;
    const char *text = message->redact == REDACT_DONE ? "" : message->text;
    return json_pack("{s:s, s:s, s:s, s:s, s:n, s:o, s:s, s:o}", "id", message->id, "type", "SMS", "deviceId",
                     view->device_id, "sender", message->peer, "recipient", "simNumber",
                     message->sim != 0 ? json_integer(message->sim) : json_null(), "contentPreview", text,
                     "createdAt", api_time(message->created_at));
}

// Appends to list what follows the first offset texts, at most limit; gives up where they are few among very
// many others. False when the store cannot be read.
static bool read_page(json_t *list, struct query *store, struct message_filter *filter, int64_t offset,
                      int64_t limit)
{
    struct message_view *views = calloc(WINDOW, sizeof(*views));
    char cursor[ID_SIZE] = "";
    bool good = views != NULL;
    int64_t seen = 0;
    int windows = 0;
    do {
        size_t count = 0;
        memcpy(filter->before, cursor, sizeof(cursor));
        good = good && query_messages(store, views, WINDOW, &count, cursor, filter) == QUERY_OK;
        for (size_t i = 0; i < count; i++, seen++) {
            if (seen >= offset && seen < offset + limit)
                json_list_add_take(&list, inbound_json(&views[i]));
            message_view_clear(&views[i]);
        }
    } while (good && cursor[0] != '\0' && seen < offset + limit && ++windows < WINDOWS_MAX);
    free(views);
    return good;
}

void smsgate_inbox_list(struct request *request)
{
    struct message_filter filter = {.account = request_principal(request)->account,
                                    .direction = DIRECTION_INBOUND};
    const char *type = request_query(request, "type");
    int64_t limit = LIMIT_DEFAULT, offset = 0;
    if (!api_query_time(request, &filter.created_from, "from") ||
        !api_query_time(request, &filter.created_to, "to") ||
        !api_query_int(request, &limit, "limit", 1, LIMIT_MAX) ||
        !api_query_int(request, &offset, "offset", 0, OFFSET_MAX) ||
        !smsgate_query_device(request, &filter.device))
        return;
    json_t *list = json_array();
    bool other = type != NULL && strcmp(type, "SMS") != 0; // MMS and data texts never come in
    if (other || read_page(list, request_store(request), &filter, offset, limit))
        request_reply_json_take(request, 200, json_incref(list));
    else
        request_unavailable(request);
    json_decref(list);
}

// The body of POST /inbox/refresh, and of its older forms.
struct wish {
    const char *device;
    int64_t since, until;
};

static const struct field FIELDS[] = {
    {"deviceId", FIELD_STRING, offsetof(struct wish, device), false, 1, DEVICE_ID_MAX},
    {"since", FIELD_TIME, offsetof(struct wish, since), true, 0, INT64_MAX},
    {"until", FIELD_TIME, offsetof(struct wish, until), true, 0, INT64_MAX},
};

static void asked(struct request *request, struct command *command)
{
    (void)command;
    request_reply_empty(request, 202);
}

// What the device finds that has not come in yet is stored and told like any other text.
void smsgate_inbox_refresh(struct request *request)
{
    struct wish wish = {.device = NULL};
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command = command_new(COMMAND_INBOX, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!fields_decode_known(&wish, json, FIELDS, 3, "", &error) ||
               (wish.since >= wish.until && !field_fail(&error, "since", "must be before until"))) {
        request_invalid(request, &error);
    } else {
        if (wish.device != NULL)
            api_copy(command->inbox.device, sizeof(command->inbox.device), wish.device);
        command->inbox.row.from = wish.since > 0 ? wish.since : 1; // 0 = none
        command->inbox.row.to = wish.until;
        request_submit_take(request, command, asked);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

void smsgate_not_implemented(struct request *request)
{
    smsgate_refuse(request, 501, "not-implemented", "this gateway keeps no logs of phones");
}
