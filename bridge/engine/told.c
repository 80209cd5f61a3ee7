// What deliveries tell, out of memory.
#include "bridge/engine/told.h"

#include "bridge/engine/fleet_pool.h"

#include <stdlib.h>
#include <string.h>

// The id of a device, "" for none. False when it is not in memory.
static bool put_device(struct core *core, char out[DEVICE_ID_SIZE], int64_t n)
{
    const struct fleet_device *device = n != 0 ? fleet_device(core->fleet, n) : NULL;
    if (device != NULL)
        memcpy(out, device->row.id, DEVICE_ID_SIZE);
    return n == 0 || device != NULL;
}

static bool put_pool(struct core *core, char out[POOL_NAME_SIZE], int64_t n)
{
    const struct fleet_pool *pool = n != 0 ? fleet_pool(core->fleet, n) : NULL;
    if (pool != NULL)
        memcpy(out, pool->row.name, POOL_NAME_SIZE);
    return n == 0 || pool != NULL;
}

struct hook_content *told_new(struct core *core, const struct event *event, const struct message *message)
{
    struct hook_content *content = event->n != 0 ? calloc(1, sizeof(*content)) : NULL;
    if (content == NULL)
        return NULL;
    content->event.event = *event;
    if (message != NULL)
        memcpy(content->event.message_id, message->id, sizeof(content->event.message_id));
    if (put_device(core, content->event.device_id, event->device))
        return content;
    hook_content_free(content);
    return NULL;
}

// A copy of a text that may be missing. False when memory runs out.
static bool copy_text(char **text)
{
    if (*text != NULL)
        *text = strdup(*text);
    return *text != NULL;
}

// What the store has as NULL, "" is.
static bool copy_optional(char **text)
{
    if (*text != NULL && (*text)[0] == '\0')
        *text = NULL;
    return *text == NULL || copy_text(text);
}

static bool put_message(struct core *core, struct message_view *view, const struct message *message)
{
    view->message = *message;
    bool text = copy_text(&view->message.text), metadata = copy_optional(&view->message.metadata),
         url = copy_optional(&view->message.callback_url);
    return text && metadata && url && message->schedule == 0 &&
           put_device(core, view->device_id, message->device) &&
           put_device(core, view->want_device_id, message->want_device) &&
           put_pool(core, view->want_pool, message->want_pool);
}

void told_complete(struct core *core, struct hook_content **content)
{
    if (*content == NULL || (*content)->event.event.message == 0)
        return;
    struct event_view *view = &(*content)->event;
    const struct message *message =
        cache_get(core->cache, core->store, view->event.account, view->message_id);
    if (message == NULL || !put_message(core, &(*content)->message, message)) {
        hook_content_free(*content);
        *content = NULL;
        return;
    }
    memcpy(view->peer, message->peer, sizeof(view->peer));
    view->direction = message->direction;
}
