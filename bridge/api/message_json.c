// A message as JSON, with the reason for each wait in words.
#include "bridge/api/api_internal.h"

#include "bridge/store/webhook.h"
#include "common/segments.h"

#include <stdio.h>
#include <string.h>

static void set(json_t *object, const char *name, json_t *value)
{
    json_object_set_new(object, name, value);
}

// Final states that say why; delivered and cancelled speak for themselves.
static bool tells_error(enum state state)
{
    return state == STATE_FAILED || state == STATE_EXPIRED || state == STATE_UNKNOWN ||
           state == STATE_UNDELIVERED;
}

// A code is for its reader only, and a text that was taken out is not an empty one.
static bool is_hidden(const struct message *message)
{
    return message->purpose == PURPOSE_OTP || message->redact == REDACT_DONE;
}

static json_t *callback_json(const char *kept)
{
    enum hook_signature form;
    return api_text(kept != NULL ? hook_callback_url(&form, kept) : NULL);
}

// Of a text that was taken out nobody knows any more.
static json_t *characters_json(const struct message *message)
{
    return message->redact == REDACT_DONE ? json_null()
                                          : json_integer((json_int_t)api_characters(message->text));
}

static json_t *plain_json(const struct message_view *view)
{
    const struct message *message = &view->message;
    bool outbound = message->direction == DIRECTION_OUTBOUND;
    const char *device = view->device_id[0] != '\0' ? view->device_id : view->want_device_id;
    int64_t sim = message->sim != 0 ? message->sim : message->want_sim;
    json_t *json =
        json_pack("{s:s, s:o, s:s, s:o, s:o, s:s, s:o, s:o, s:s, s:I, s:{s:I, s:s, s:o}, s:I, s:o, s:o}",
                  "id", message->id, "batch", api_text(message->batch), "direction",
                  outbound ? "outbound" : "inbound", outbound ? "to" : "from", api_text(message->peer),
                  "text", is_hidden(message) ? json_null() : json_string(message->text), "state",
                  state_name(message->state), "device", api_text(device), "sim",
                  sim != 0 ? json_integer(sim) : json_null(), "lane", lane_name(message->lane), "qos",
                  (json_int_t)message->qos, "segments", "count", (json_int_t)message->parts, "encoding",
                  segments_encoding_name((enum segments_encoding)message->encoding), "characters",
                  characters_json(message), "attempts", (json_int_t)message->attempts, "created_at",
                  api_time(message->created_at), "updated_at", api_time(message->updated_at));
    if (json == NULL)
        return NULL;
    if (outbound) {
        set(json, "from", api_text(view->want_pool[0] != '\0' ? view->want_pool : view->want_device_id));
        set(json, "pool", api_text(view->want_pool));
        set(json, "report", json_boolean(message->want_report));
        set(json, "send_at", api_time(message->send_at));
        set(json, "expires_at", api_time(message->expires_at));
        set(json, "callback_url", callback_json(message->callback_url));
        set(json, "schedule", api_text(view->schedule_id));
    }
    if (is_hidden(message))
        set(json, "redacted", json_true());
    set(json, "metadata", message->metadata != NULL ? json_loads(message->metadata, 0, NULL) : json_null());
    if (tells_error(message->state))
        set(json, "error",
            json_pack("{s:o, s:o}", "code", api_text(message->reason), "text", api_text(message->detail)));
    return json;
}

static void queued_text(struct query *store, const struct message_view *view, const char *device, char *text,
                        size_t size)
{
    int64_t ahead = 0;
    if (view->message.turn == TURN_OUT)
        snprintf(text, size, "is on its way to %s; the broker has not confirmed it yet", device);
    else if (store == NULL)
        snprintf(text, size, "waits for its turn");
    else if (query_messages_ahead(store, &ahead, &view->message) != QUERY_OK || ahead == 0)
        snprintf(text, size, "is next");
    else
        snprintf(text, size, "%lld%s %s before it", (long long)ahead, ahead >= 1000 ? " or more" : "",
                 ahead == 1 ? "message stands" : "messages stand");
}

// Why a message that is not final waits. Fills code and text; false for one that waits for nothing.
static bool why(struct query *store, const struct message_view *view, const char **code, char *text,
                size_t size)
{
    const struct message *message = &view->message;
    const char *device = view->device_id[0] != '\0' ? view->device_id : "a device";
    bool away = !view->device_online && view->device_id[0] != '\0';
    *code = state_name(message->state);
    switch (message->state) {
    case STATE_SCHEDULED:
        snprintf(text, size, "is scheduled for later");
        return true;
    case STATE_QUEUED:
        queued_text(store, view, device, text, size);
        return true;
    case STATE_HELD:
        *code = message->reason;
        snprintf(text, size, "%s", message->detail);
        return true;
    case STATE_DISPATCHED:
        snprintf(text, size,
                 message->qos == 0 ? "was given to %s without asking for an answer (QoS 0)"
                 : away            ? "%s is offline and has not confirmed that it has the message"
                                   : "%s has not confirmed yet that it has the message",
                 device);
        return message->qos > 0;
    case STATE_ACCEPTED:
        snprintf(text, size, away ? "%s has it and is offline" : "%s has it and has not sent it yet", device);
        return true;
    case STATE_SENT:
        snprintf(text, size, "was sent; no delivery report has come yet");
        return message->want_report && message->due_at != 0;
    default:
        return false;
    }
}

// Until when it waits at most, as far as that is known.
static int64_t wait_end(const struct message *message)
{
    if (message->state == STATE_SCHEDULED)
        return message->send_at;
    if (message->state == STATE_HELD && message->turn == TURN_NONE)
        return message->due_at;
    return state_rank(message->state) < state_rank(STATE_SENT) ? message->expires_at : 0;
}

json_t *api_message_json(const struct message_view *view, struct query *store)
{
    char text[DETAIL_SIZE + 64];
    const char *code;
    json_t *json = plain_json(view);
    if (json != NULL && view->message.direction == DIRECTION_OUTBOUND &&
        why(store, view, &code, text, sizeof(text)))
        set(json, "waiting",
            json_pack("{s:s, s:s, s:o, s:o}", "code", code, "text", text, "since",
                      api_time(view->message.updated_at), "until", api_time(wait_end(&view->message))));
    return json;
}

json_t *api_event_json(const struct event_view *view)
{
    const struct event *event = &view->event;
    json_t *json = json_pack("{s:s, s:o}", "event", event_name(event->kind), "at", api_time(event->at));
    if (json == NULL)
        return NULL;
    if (view->message_id[0] != '\0') {
        json_t *message =
            json_pack("{s:s, s:o}", "id", view->message_id,
                      view->direction == DIRECTION_OUTBOUND ? "to" : "from", api_text(view->peer));
        if (event->kind < EVENT_MOVED)
            set(message, "state", json_string(state_name((enum state)event->kind)));
        set(json, "message", message);
    }
    set(json, "device", api_text(view->device_id));
    if (event->message != 0)
        set(json, "lease", json_integer(event->lease));
    if (event->part != 0)
        set(json, "part", json_integer(event->part));
    set(json, "reason", api_text(event->reason));
    set(json, "text", api_text(event->detail));
    return json;
}
