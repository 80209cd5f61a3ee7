// A message as SMSGate shows it: one id, one text, a state for each recipient.
#include "bridge/smsgate/smsgate_internal.h"

#include <stdlib.h>
#include <string.h>

// The texts behind one message of theirs, in the order of the request. Owned: send_clear frees.
struct send {
    struct message_view *views;
    size_t count;
};

static void send_clear(struct send *send)
{
    for (size_t i = 0; i < send->count; i++)
        message_view_clear(&send->views[i]);
    free(send->views);
}

static void reverse(struct send *send)
{
    for (size_t i = 0, k = send->count; i + 1 < k--; i++) {
        struct message_view kept = send->views[i];
        send->views[i] = send->views[k];
        send->views[k] = kept;
    }
}

static enum query_status load(struct send *send, struct query *store, int64_t account, const char *id)
{
    bool batch = id_valid(id, strlen(id), ID_BATCH);
    size_t room = batch ? SEND_RECIPIENTS_MAX : 1;
    *send = (struct send){.views = calloc(room, sizeof(*send->views))};
    if (send->views == NULL)
        return QUERY_FAILED;
    enum query_status status;
    if (batch) {
        struct message_filter filter = {.account = account, .direction = DIRECTION_OUTBOUND};
        char cursor[ID_SIZE];
        memcpy(filter.batch, id, strlen(id) + 1);
        status = query_messages(store, send->views, room, &send->count, cursor, &filter);
        reverse(send); // they come newest first
    } else {
        status = query_message(store, send->views, account, id);
        send->count = status == QUERY_OK;
    }
    if (status == QUERY_OK && (send->count == 0 || send->views[0].message.direction != DIRECTION_OUTBOUND))
        status = QUERY_NONE;
    if (status != QUERY_OK)
        send_clear(send);
    return status;
}

static enum smsgate_state state_of(const struct message *message)
{
    return smsgate_state_of(message->state, message->cancelling);
}

static json_t *recipient_json(const struct message *message)
{
    enum smsgate_state state = state_of(message);
    json_t *json = json_pack("{s:s, s:s}", "phoneNumber", message->peer, "state", smsgate_state_name(state));
    if (state == SMSGATE_FAILED)
        json_object_set_new(json, "error",
                            json_string(message->detail[0] != '\0'   ? message->detail
                                        : message->reason[0] != '\0' ? message->reason
                                                                     : state_name(message->state)));
    return json;
}

// When the message was first pending, and when the last recipient reached each further state. NULL when the
// store cannot be read.
static json_t *states_json(const struct send *send, struct query *store)
{
    int64_t reached[SMSGATE_STATES] = {0}, at[STATE_RECEIVED + 1];
    for (size_t i = 0; i < send->count; i++) {
        enum query_status status = query_times(store, at, send->views[i].message.n);
        if (status == QUERY_FAILED)
            return NULL;
        if (status != QUERY_OK)
            continue;
        for (int k = 0; k < SMSGATE_STATES; k++) {
            int64_t time = smsgate_state_at((enum smsgate_state)k, at);
            if (time != 0 && (reached[k] == 0 || (k == SMSGATE_PENDING) == (time < reached[k])))
                reached[k] = time;
        }
    }
    json_t *json = json_object();
    for (int k = 0; k < SMSGATE_STATES; k++)
        if (reached[k] != 0)
            json_object_set_new(json, smsgate_state_name((enum smsgate_state)k), api_time(reached[k]));
    return json;
}

static const char *device_of(const struct message_view *view)
{
    return view->device_id[0] != '\0' ? view->device_id : view->want_device_id;
}

static json_t *send_json(const struct send *send, struct query *store, const char *id, bool content)
{
    int64_t counts[SMSGATE_STATES] = {0};
    json_t *recipients = json_array();
    for (size_t i = 0; i < send->count; i++) {
        counts[state_of(&send->views[i].message)]++;
        json_list_add_take(&recipients, recipient_json(&send->views[i].message));
    }
    const struct message *first = &send->views[0].message;
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:b, s:b, s:o, s:o}", "id", id, "deviceId", device_of(&send->views[0]),
                  "state", smsgate_state_name(smsgate_state_join(counts)), "isHashed", false, "isEncrypted",
                  false, "recipients", recipients, "states", states_json(send, store));
    // A code is for its reader only, and a text that was taken out is not an empty one.
    if (content && first->purpose != PURPOSE_OTP && first->redact != REDACT_DONE)
        json_object_set_new(json, "textMessage", json_pack("{s:s}", "text", first->text));
    return json;
}

enum query_status smsgate_message_json(json_t **out, struct request *request, const char *id, bool content)
{
    struct query *store = request_store(request);
    int64_t account = request_principal(request)->account;
    char name[SEND_NAME_SIZE] = "";
    struct send send;
    enum query_status status = load(&send, store, account, id);
    if (status != QUERY_OK)
        return status;
    status = query_send_name(store, name, account, id);
    *out = NULL;
    if (status != QUERY_FAILED)
        *out = send_json(&send, store, status == QUERY_OK ? name : id, content);
    send_clear(&send);
    return status == QUERY_FAILED || *out == NULL ? QUERY_FAILED : QUERY_OK;
}

enum query_status smsgate_find_send(char id[ID_SIZE], struct request *request, const char *given)
{
    enum query_status status =
        query_send_by_name(request_store(request), id, request_principal(request)->account, given);
    size_t length = strlen(given);
    if (status != QUERY_NONE || (!id_valid(given, length, ID_MESSAGE) && !id_valid(given, length, ID_BATCH)))
        return status;
    memcpy(id, given, length + 1);
    return QUERY_OK;
}
