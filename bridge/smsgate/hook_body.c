// What a delivery says in SMSGate's form, as if the phone had sent it.
#include "bridge/smsgate/hook_event.h"
#include "bridge/smsgate/smsgate_internal.h"

#include <string.h>

static void set(json_t *object, const char *name, json_t *value)
{
    json_object_set_new(object, name, value);
}

// The id that the app has for the message: its own, else ours of the send.
static void add_id(json_t *payload, struct query *store, const struct message *message)
{
    char name[SEND_NAME_SIZE];
    const char *id = message->batch[0] != '\0' ? message->batch : message->id;
    bool named = query_send_name(store, name, message->account, id) == QUERY_OK;
    set(payload, "messageId", json_string(named ? name : id));
}

static const char *reason_of(const struct event *event)
{
    return event->detail[0] != '\0'   ? event->detail
           : event->reason[0] != '\0' ? event->reason
                                      : state_name((enum state)event->kind);
}

// What only this kind of event has.
static void add_own(json_t *payload, const struct event *event, const struct message *message)
{
    switch ((enum state)event->kind) {
    case STATE_RECEIVED:
        set(payload, "message", json_string(message->redact == REDACT_DONE ? "" : message->text));
        set(payload, "receivedAt", api_time(event->at));
        break;
    case STATE_SENT:
        set(payload, "partsCount", json_integer(message->parts));
        set(payload, "sentAt", api_time(event->at));
        break;
    case STATE_DELIVERED:
        set(payload, "deliveredAt", api_time(event->at));
        break;
    case STATE_CANCELLED:
        set(payload, "cancelledAt", api_time(event->at));
        break;
    default:
        set(payload, "failedAt", api_time(event->at));
        set(payload, "reason", json_string(reason_of(event)));
        break;
    }
}

static json_t *message_payload(struct query *store, const struct hook_content *content)
{
    const struct message *message = &content->message.message;
    bool inbound = message->direction == DIRECTION_INBOUND;
    json_t *payload = json_object();
    add_id(payload, store, message);
    set(payload, "phoneNumber", json_string(message->peer));
    set(payload, "sender", inbound ? json_string(message->peer) : json_null());
    set(payload, "recipient", inbound ? json_null() : json_string(message->peer));
    set(payload, "simNumber", message->sim != 0 ? json_integer(message->sim) : json_null());
    add_own(payload, &content->event.event, message);
    return payload;
}

char *smsgate_hook_body(struct query *store, const struct hook_post *post, const char *event_id,
                        const struct hook_content *content)
{
    const struct event *event = content != NULL ? &content->event.event : NULL;
    (void)json_memory_short();
    const char *word = event != NULL ? smsgate_hook_word(event->kind) : "system:ping";
    json_t *payload = event == NULL         ? json_pack("{s:{s:s}}", "health", "status", "pass")
                      : event->message != 0 ? message_payload(store, content)
                                            : json_pack("{s:[]}", "simCards");
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", event_id, "webhookId",
                             post->app_id[0] != '\0' ? post->app_id : post->webhook_id, "event",
                             word != NULL ? word : "", "deviceId",
                             content != NULL ? content->event.device_id : "", "payload", payload);
    return json_text_take(json);
}
