// POST and DELETE of /messages: sending and withdrawing.
#include "bridge/smsgate/smsgate_internal.h"

#include "common/clock.h"
#include "common/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECIPIENTS_MAX = 100,
    TEXT_MAX_BYTES = SEND_TEXT_MAX_CHARACTERS * 4,
    PRIORITY_HIGH = 100, // from here on SMSGate's phones let a message jump their queue
    TTL_MIN_S = 5,
    TTL_MAX_S = 30 * 86400,
    ACTIVE_HOURS_MAX = 24 * 365,
    HOUR_MS = 3600000,
};

// The body of a message.
struct wish {
    const char *id, *device, *text, *valid_until, *schedule_at;
    json_t *text_message, *data_message, *numbers;
    int64_t sim, priority, ttl_s;
    bool report, encrypted;
};

static const struct field FIELDS[] = {
    {"id", FIELD_STRING, offsetof(struct wish, id), false, 1, SEND_NAME_SIZE - 1},
    {"deviceId", FIELD_STRING, offsetof(struct wish, device), false, 1, DEVICE_ID_MAX},
    {"message", FIELD_STRING, offsetof(struct wish, text), false, 1, TEXT_MAX_BYTES},
    {"textMessage", FIELD_OBJECT, offsetof(struct wish, text_message), false, 0, 16},
    {"dataMessage", FIELD_OBJECT, offsetof(struct wish, data_message), false, 0, 16},
    {"phoneNumbers", FIELD_ARRAY, offsetof(struct wish, numbers), true, 1, RECIPIENTS_MAX},
    {"isEncrypted", FIELD_BOOL, offsetof(struct wish, encrypted), false, 0, 0},
    {"simNumber", FIELD_INT, offsetof(struct wish, sim), false, 1, 3},
    {"withDeliveryReport", FIELD_BOOL, offsetof(struct wish, report), false, 0, 0},
    {"priority", FIELD_INT, offsetof(struct wish, priority), false, -128, 127},
    {"ttl", FIELD_INT, offsetof(struct wish, ttl_s), false, TTL_MIN_S, TTL_MAX_S},
    {"validUntil", FIELD_STRING, offsetof(struct wish, valid_until), false, 1, 40},
    {"scheduleAt", FIELD_STRING, offsetof(struct wish, schedule_at), false, 1, 40},
};

static const struct field TEXT_FIELDS[] = {
    {"text", FIELD_STRING, offsetof(struct wish, text), true, 1, TEXT_MAX_BYTES},
};

// Reads what only SMSGate has, and refuses what we do not have.
static bool read_wish(struct wish *wish, const json_t *json, struct field_error *error)
{
    if (!fields_decode_known(wish, json, FIELDS, sizeof(FIELDS) / sizeof(FIELDS[0]), "", error))
        return false;
    if (wish->data_message != NULL)
        return field_fail(error, "dataMessage", "cannot be sent: this gateway sends texts only");
    if (wish->encrypted)
        return field_fail(error, "isEncrypted", "cannot be true: this gateway reads what it sends");
    if ((wish->text != NULL) == (wish->text_message != NULL))
        return field_fail(error, "textMessage", "is needed; message is its old form, so give one of them");
    if (wish->id != NULL && !smsgate_name_valid(wish->id))
        return field_fail(error, "id", "must be visible ASCII characters without a slash");
    return wish->text_message == NULL ||
           fields_decode_known(wish, wish->text_message, TEXT_FIELDS, 1, "textMessage", error);
}

static const char *lane_of(int64_t priority)
{
    return lane_name(priority >= PRIORITY_HIGH ? LANE_HIGH : priority < 0 ? LANE_BULK : LANE_NORMAL);
}

// The same message as the body of POST /v1/messages; owned.
static json_t *own_form(const struct wish *wish)
{
    bool one = json_array_size(wish->numbers) == 1;
    json_t *json = json_pack("{s:O, s:s, s:b, s:s, s:s*, s:s*, s:s*}", "to",
                             one ? json_array_get(wish->numbers, 0) : wish->numbers, "text", wish->text,
                             "report", wish->report, "lane", lane_of(wish->priority), "device", wish->device,
                             "expires_at", wish->valid_until, "send_at", wish->schedule_at);
    if (json != NULL && wish->sim != 0)
        json_object_set_new(json, "sim", json_integer(wish->sim));
    if (json != NULL && wish->ttl_s != 0)
        json_object_set_new(json, "ttl", json_integer(wish->ttl_s));
    return json;
}

// Whether a device has been heard of since then; the named one, or any. False after replying.
static bool check_active(struct request *request, const char *device, int64_t hours)
{
    enum { WINDOW = 100 };
    int64_t since = clock_wall_ms() - hours * HOUR_MS, after = 0;
    struct device_view *views = calloc(WINDOW, sizeof(*views));
    bool found = hours == 0, failed = views == NULL;
    for (size_t count = WINDOW; !found && !failed && count == WINDOW;) {
        failed = query_devices(request_store(request), views, WINDOW, &count,
                               request_principal(request)->account, after) != QUERY_OK;
        for (size_t i = 0; i < count && !failed; i++) {
            const struct device *row = &views[i].device;
            found |= row->seen_at >= since && (device == NULL || strcmp(row->id, device) == 0);
            after = row->n;
            device_view_clear(&views[i]);
        }
    }
    free(views);
    if (failed)
        request_unavailable(request);
    else if (!found)
        smsgate_invalid(request, "deviceActiveWithin", "no such device was heard of within this time");
    return found && !failed;
}

static bool read_active(struct request *request, const char *device)
{
    int64_t hours = 0;
    return api_query_int(request, &hours, "deviceActiveWithin", 0, ACTIVE_HOURS_MAX) &&
           check_active(request, device, hours);
}

// Those who must not be written to have no message with us; the caller is told of them here.
static void add_refused(json_t *json, const struct command_send *send)
{
    for (size_t i = 0; i < send->refused_count; i++)
        json_array_append_new(json_object_get(json, "recipients"),
                              json_pack("{s:s, s:s, s:s}", "phoneNumber", send->refused[i].to, "state",
                                        smsgate_state_name(SMSGATE_FAILED), "error", send->refused[i].why));
}

static void created(struct request *request, struct command *command)
{
    const struct command_send *send = &command->send;
    char location[sizeof("messages/") + ID_SIZE + SEND_NAME_SIZE];
    const char *id = send->batch ? send->batch_id : send->messages[0].id;
    json_t *json;
    if (smsgate_message_json(&json, request, id, true) != QUERY_OK) {
        request_unavailable(request);
        return;
    }
    add_refused(json, send);
    // Relative to this path, which may be behind a prefix of ours or of a proxy.
    snprintf(location, sizeof(location), "messages/%s", json_string_value(json_object_get(json, "id")));
    request_add_header(request, "Location", location);
    request_reply_json_take(request, 202, json);
}

// Sends what the body says.
static void submit(struct request *request, const struct wish *wish)
{
    struct field_error error = {.path = ""};
    struct command *command = command_new(COMMAND_SEND, ORIGIN_HTTP, request_principal(request)->account);
    json_t *own = own_form(wish);
    if (command == NULL || own == NULL)
        request_unavailable(request);
    else if (!api_send_read(request, &command->send, own, &error))
        request_invalid(request, &error);
    else if (request_charge(request, (int64_t)command->send.count)) {
        api_copy(command->send.name, sizeof(command->send.name), wish->id);
        command->send.mind_backlog = true;
        request_submit_take(request, command, created);
        command = NULL;
    }
    command_free(command);
    json_decref(own);
}

void smsgate_messages_create(struct request *request)
{
    struct wish wish = {.report = true};
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    if (!read_wish(&wish, json, &error))
        request_invalid(request, &error);
    else if (read_active(request, wish.device))
        submit(request, &wish);
    json_decref(json);
}

static void reply_message(struct request *request, const char *id)
{
    json_t *json;
    enum query_status status = smsgate_message_json(&json, request, id, true);
    if (status == QUERY_OK)
        request_reply_json_take(request, 200, json);
    else if (status == QUERY_NONE)
        request_not_found(request, "there is no such message");
    else
        request_unavailable(request);
}

// The id with us of the message that the path names. False after replying.
static bool find(char id[ID_SIZE], struct request *request)
{
    enum query_status status = smsgate_find_send(id, request, request_param(request, 0));
    if (status == QUERY_NONE)
        request_not_found(request, "there is no such message");
    else if (status == QUERY_FAILED)
        request_unavailable(request);
    return status == QUERY_OK;
}

void smsgate_messages_show(struct request *request)
{
    char id[ID_SIZE];
    if (find(id, request))
        reply_message(request, id);
}

static void cancelled(struct request *request, struct command *command)
{
    reply_message(request, command->cancel.id);
}

void smsgate_messages_cancel(struct request *request)
{
    char id[ID_SIZE];
    if (!find(id, request))
        return;
    struct command *command = command_new(COMMAND_CANCEL, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
        return;
    }
    memcpy(command->cancel.id, id, sizeof(command->cancel.id));
    request_submit_take(request, command, cancelled);
}
