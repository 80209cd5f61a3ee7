// A message as JSON, with the reason for each wait in words.
#include "bridge/api/api_internal.h"

#include "bridge/store/webhook.h"
#include "common/clock.h"
#include "common/segments.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

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

static void put_segments(struct json_out *out, const struct message *message)
{
    json_out_open(out, "segments", '{');
    json_out_integer(out, "count", message->parts);
    json_out_string(out, "encoding", segments_encoding_name((enum segments_encoding)message->encoding));
    if (message->redact == REDACT_DONE) // of a text that was taken out nobody knows any more
        json_out_string(out, "characters", NULL);
    else
        json_out_integer(out, "characters", (int64_t)api_characters(message->text));
    json_out_close(out, '}');
}

static void put_outbound(struct json_out *out, const struct message_view *view)
{
    const struct message *message = &view->message;
    enum hook_signature form;
    api_put_text(out, "from", view->want_pool[0] != '\0' ? view->want_pool : view->want_device_id);
    api_put_text(out, "pool", view->want_pool);
    json_out_boolean(out, "report", message->want_report);
    api_put_time(out, "send_at", message->send_at);
    api_put_time(out, "expires_at", message->expires_at);
    api_put_text(out, "callback_url",
                 message->callback_url != NULL ? hook_callback_url(&form, message->callback_url) : NULL);
    api_put_text(out, "schedule", view->schedule_id);
}

// All but its state, its wait and its error.
static void put_message(struct json_out *out, const struct message_view *view)
{
    const struct message *message = &view->message;
    bool outbound = message->direction == DIRECTION_OUTBOUND;
    int64_t sim = message->sim != 0 ? message->sim : message->want_sim;
    json_out_string(out, "id", message->id);
    api_put_text(out, "batch", message->batch);
    json_out_string(out, "direction", outbound ? "outbound" : "inbound");
    api_put_text(out, outbound ? "to" : "from", message->peer);
    json_out_string(out, "text", is_hidden(message) ? NULL : message->text);
    api_put_text(out, "device", view->device_id[0] != '\0' ? view->device_id : view->want_device_id);
    if (sim != 0)
        json_out_integer(out, "sim", sim);
    else
        json_out_string(out, "sim", NULL);
    json_out_string(out, "lane", lane_name(message->lane));
    json_out_integer(out, "qos", message->qos);
    put_segments(out, message);
    json_out_integer(out, "attempts", message->attempts);
    api_put_time(out, "created_at", message->created_at);
    api_put_time(out, "updated_at", message->updated_at);
    if (outbound)
        put_outbound(out, view);
    if (is_hidden(message))
        json_out_boolean(out, "redacted", true);
    json_out_raw(out, "metadata", message->metadata);
}

// Whether it stands in a line, for a device or a pool that serves one after the other.
static bool stands_in_line(const struct message *message)
{
    return message->turn == TURN_WAITS &&
           (message->state == STATE_QUEUED || strcmp(message->reason, "sim_limit") == 0 ||
            strcmp(message->reason, "device_limit") == 0);
}

// Whether those that it waits for rest now.
static bool is_resting(const struct message_view *view)
{
    return stands_in_line(&view->message) && view->rest.until > clock_wall_ms();
}

static void queued_text(struct query *store, const struct message_view *view, const char *device, char *text,
                        size_t size)
{
    int64_t ahead = 0;
    if (view->message.turn == TURN_OUT)
        snprintf(text, size, "is on its way to %s; the broker has not confirmed it yet", device);
    else if (store == NULL)
        text_copy(text, size, "waits for its turn");
    else if (query_messages_ahead(store, &ahead, &view->message) != QUERY_OK || ahead == 0)
        text_copy(text, size, "is next");
    else
        snprintf(text, size, "%lld%s %s before it", (long long)ahead, ahead >= 1000 ? " or more" : "",
                 ahead == 1 ? "message stands" : "messages stand");
}

// What stands in a line: who rests, and how many are before it.
static const char *line_text(struct query *store, const struct message_view *view, const char *device,
                             char *text, size_t size)
{
    bool rests = is_resting(view);
    size_t length = 0;
    if (rests) {
        snprintf(text, size, "%s; ", view->rest.detail);
        length = strlen(text);
    }
    queued_text(store, view, device, text + length, size - length);
    if (rests)
        return view->rest.reason;
    return view->message.state == STATE_HELD ? "turn" : state_name(view->message.state);
}

// Why a message that is not final waits. Fills code and text; false for one that waits for nothing.
static bool why(struct query *store, const struct message_view *view, const char **code, char *text,
                size_t size)
{
    const struct message *message = &view->message;
    const char *device = view->device_id[0] != '\0' ? view->device_id : "a device";
    bool away = !view->device_online && view->device_id[0] != '\0';
    *code = state_name(message->state);
    if (stands_in_line(message)) {
        *code = line_text(store, view, device, text, size);
        return true;
    }
    switch (message->state) {
    case STATE_SCHEDULED:
        text_copy(text, size, "is scheduled for later");
        return true;
    case STATE_QUEUED:
        queued_text(store, view, device, text, size);
        return true;
    case STATE_HELD:
        *code = message->reason;
        text_copy(text, size, message->detail);
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
        text_copy(text, size, "was sent; no delivery report has come yet");
        return message->want_report && message->due_at != 0;
    default:
        return false;
    }
}

// Until when it waits at most, as far as that is known.
static int64_t wait_end(const struct message_view *view)
{
    const struct message *message = &view->message;
    if (is_resting(view) && view->rest.until != REST_END_UNKNOWN)
        return view->rest.until;
    if (message->state == STATE_SCHEDULED)
        return message->send_at;
    if (message->state == STATE_HELD && message->turn == TURN_NONE)
        return message->due_at;
    return state_rank(message->state) < state_rank(STATE_SENT) ? message->expires_at : 0;
}

static void put_wait(struct json_out *out, const struct message_view *view, struct query *store)
{
    char text[DETAIL_SIZE + 96];
    const char *code;
    if (view->message.direction != DIRECTION_OUTBOUND || !why(store, view, &code, text, sizeof(text)))
        return;
    json_out_open(out, "waiting", '{');
    json_out_string(out, "code", code);
    json_out_string(out, "text", text);
    api_put_time(out, "since", view->message.updated_at);
    api_put_time(out, "until", wait_end(view));
    json_out_close(out, '}');
}

void api_message_members(struct json_out *out, const struct message_view *view, struct query *store)
{
    const struct message *message = &view->message;
    put_message(out, view);
    json_out_string(out, "state", state_name(message->state));
    if (tells_error(message->state)) {
        json_out_open(out, "error", '{');
        api_put_text(out, "code", message->reason);
        api_put_text(out, "text", message->detail);
        json_out_close(out, '}');
    }
    put_wait(out, view, store);
}

void api_message_json(struct json_out *out, const struct message_view *view, struct query *store)
{
    json_out_open(out, NULL, '{');
    api_message_members(out, view, store);
    json_out_close(out, '}');
}

void api_message_then_json(struct json_out *out, const char *name, const struct message_view *view,
                           enum state state)
{
    json_out_open(out, name, '{');
    put_message(out, view);
    json_out_string(out, "state", state_name(state));
    json_out_close(out, '}');
}

static void put_event_message(struct json_out *out, const struct event_view *view)
{
    json_out_open(out, "message", '{');
    json_out_string(out, "id", view->message_id);
    api_put_text(out, view->direction == DIRECTION_OUTBOUND ? "to" : "from", view->peer);
    if (view->event.kind < EVENT_MOVED)
        json_out_string(out, "state", state_name((enum state)view->event.kind));
    json_out_close(out, '}');
}

// What is told of an event of a message, and of a line of its timeline.
static void put_event(struct json_out *out, const struct event_view *view)
{
    const struct event *event = &view->event;
    json_out_string(out, "event", event_name(event->kind));
    api_put_time(out, "at", event->at);
    api_put_text(out, "device", view->device_id);
    if (event->message != 0)
        json_out_integer(out, "lease", event->lease);
    if (event->part != 0)
        json_out_integer(out, "part", event->part);
    api_put_text(out, "reason", event->reason);
    api_put_text(out, "text", event->detail);
}

char *api_event_json(const struct event_view *view)
{
    struct json_out out = {0};
    json_out_open(&out, NULL, '{');
    if (view->message_id[0] != '\0')
        put_event_message(&out, view);
    put_event(&out, view);
    json_out_close(&out, '}');
    return json_out_take(&out);
}

void api_timeline_json(struct json_out *out, const struct event_view *view)
{
    json_out_open(out, NULL, '{');
    put_event(out, view);
    if (view->event.kind < EVENT_MOVED)
        json_out_string(out, "state", state_name((enum state)view->event.kind));
    json_out_close(out, '}');
}
