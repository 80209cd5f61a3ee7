// What a webhook delivery says: schemas/webhook.schema.json.
#include "bridge/api/api_internal.h"

static void put_data(struct json_out *out, const struct hook_content *content)
{
    const struct event_view *view = &content->event;
    const struct event *event = &view->event;
    if (event->message != 0)
        api_message_then_json(out, "message", &content->message, (enum state)event->kind);
    else if (event->device != 0)
        api_put_text(out, "device", view->device_id);
    else
        api_put_text(out, "subject", event->subject);
    api_put_text(out, "reason", event->reason);
    api_put_text(out, "detail", event->detail);
}

char *api_hook_body(const struct hook_post *post, const char *event_id, const struct hook_content *content)
{
    struct json_out out = {0};
    bool test = content == NULL;
    json_out_open(&out, NULL, '{');
    json_out_string(&out, "id", event_id);
    json_out_string(&out, "type", test ? "webhook.test" : event_name(content->event.event.kind));
    api_put_time(&out, "timestamp", test ? post->created_at : content->event.event.at);
    json_out_open(&out, "data", '{');
    if (test)
        json_out_string(&out, "webhook", post->webhook_id);
    else
        put_data(&out, content);
    json_out_close(&out, '}');
    json_out_close(&out, '}');
    return json_out_take(&out);
}
