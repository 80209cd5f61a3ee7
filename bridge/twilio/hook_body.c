// What a webhook delivery says in Twilio's form: a status callback, or an inbound message.
#include "bridge/twilio/twilio_internal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { FIELDS_MAX = 24 };

struct fields {
    struct form_pair pairs[FIELDS_MAX];
    size_t count;
};

static void put(struct fields *fields, const char *name, const char *value)
{
    if (fields->count < FIELDS_MAX)
        fields->pairs[fields->count++] = (struct form_pair){name, value};
}

static void put_ids(struct fields *fields, const char *id, const char *account_sid)
{
    put(fields, "MessageSid", id);
    put(fields, "SmsSid", id);
    put(fields, "AccountSid", account_sid);
    put(fields, "ApiVersion", TWILIO_API_VERSION);
}

// What this event says of the message: the rest of it may have moved on.
static struct message as_it_was(const struct hook_content *content)
{
    const struct event *event = &content->event.event;
    struct message message = content->message.message;
    message.state = (enum state)event->kind;
    memcpy(message.reason, event->reason, sizeof(message.reason));
    return message;
}

static void put_status(struct fields *fields, const struct message *message, char code[12], char done[16],
                       int64_t at_ms)
{
    int error = twilio_error_code(message);
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm utc;
    put(fields, "MessageStatus", twilio_status(message));
    put(fields, "SmsStatus", twilio_status(message));
    if (error != 0 && snprintf(code, 12, "%d", error) > 0)
        put(fields, "ErrorCode", code);
    if (state_final(message->state) && gmtime_r(&seconds, &utc) != NULL &&
        strftime(done, 16, "%y%m%d%H%M", &utc) > 0)
        put(fields, "RawDlrDoneDate", done);
}

static void put_inbound(struct fields *fields, const struct message *message, char parts[24])
{
    snprintf(parts, 24, "%lld", (long long)message->parts);
    put(fields, "SmsMessageSid", message->id);
    put(fields, "SmsStatus", "received");
    put(fields, "Body", message->redact == REDACT_DONE ? "" : message->text);
    put(fields, "NumMedia", "0");
    put(fields, "NumSegments", parts);
}

static char *sample(const struct hook_post *post, const char *event_id)
{
    struct fields fields = {.count = 0};
    put(&fields, "EventSid", event_id);
    put(&fields, "AccountSid", post->account_id);
    put(&fields, "SmsStatus", "test");
    return form_encode(fields.pairs, fields.count);
}

char *twilio_hook_body(struct query *store, const struct hook_post *post, const char *event_id,
                       const struct hook_content *content)
{
    struct fields fields = {.count = 0};
    char own[TWILIO_SENDER_SIZE], service[ID_SIZE], code[12], done[16], parts[24];
    if (content == NULL)
        return sample(post, event_id);
    const struct message_view *view = &content->message;
    struct message message = as_it_was(content);
    bool inbound = message.direction == DIRECTION_INBOUND;
    struct twilio_senders senders = {.store = store, .account = message.account};
    twilio_sender(&senders, own, view);
    put_ids(&fields, message.id, post->account_id);
    put(&fields, "From", inbound ? message.peer : own);
    put(&fields, "To", inbound ? own : message.peer);
    if (view->want_pool[0] != '\0' && twilio_service_of(store, service, message.account, view->want_pool))
        put(&fields, "MessagingServiceSid", service);
    if (inbound)
        put_inbound(&fields, &message, parts);
    else
        put_status(&fields, &message, code, done, content->event.event.at);
    return form_encode(fields.pairs, fields.count);
}
