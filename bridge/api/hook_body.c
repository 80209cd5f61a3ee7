// What a webhook delivery says: schemas/webhook.schema.json.
#include "bridge/api/api_internal.h"

#include <string.h>

// The message as it was with this event: the rest of it may have moved on.
static json_t *message_of(const struct hook_content *content)
{
    const struct event *event = &content->event.event;
    json_t *json = api_message_json(&content->message, NULL);
    json_object_del(json, "waiting");
    json_object_del(json, "error");
    json_object_set_new(json, "state", json_string(state_name((enum state)event->kind)));
    return json;
}

static json_t *data_of(const struct hook_content *content)
{
    const struct event_view *view = &content->event;
    const struct event *event = &view->event;
    json_t *data = json_object();
    if (event->message != 0)
        json_object_set_new(data, "message", message_of(content));
    else if (event->device != 0)
        json_object_set_new(data, "device", api_text(view->device_id));
    else
        json_object_set_new(data, "subject", api_text(event->subject));
    json_object_set_new(data, "reason", api_text(event->reason));
    json_object_set_new(data, "detail", api_text(event->detail));
    return data;
}

char *api_hook_body(const struct hook_post *post, const char *event_id, const struct hook_content *content)
{
    bool test = content == NULL;
    (void)json_memory_short();
    json_t *data = test ? json_pack("{s:s}", "webhook", post->webhook_id) : data_of(content);
    json_t *json = json_pack("{s:s, s:s, s:o, s:o}", "id", event_id, "type",
                             test ? "webhook.test" : event_name(content->event.event.kind), "timestamp",
                             api_time(test ? post->created_at : content->event.event.at), "data", data);
    return json_text_take(json);
}
