// What an MQTT library's thread has to say, handed to the thread that owns the port.
#include "device/mqtt_queue.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { QUEUE_MAX_MESSAGES = 4096 };
enum { REASON_BAD_USER = 0x86, REASON_NOT_AUTHORIZED = 0x87 };

bool mqtt_queue_init(struct mqtt_queue *queue)
{
    pthread_mutex_init(&queue->lock, NULL);
    queue->first = NULL;
    queue->last = &queue->first;
    queue->messages = 0;
    queue->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return queue->wake >= 0;
}

static struct mqtt_event *take_all(struct mqtt_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    struct mqtt_event *events = queue->first;
    queue->first = NULL;
    queue->last = &queue->first;
    queue->messages = 0;
    pthread_mutex_unlock(&queue->lock);
    return events;
}

void mqtt_queue_clear(struct mqtt_queue *queue)
{
    for (struct mqtt_event *event = take_all(queue), *next; event != NULL; event = next) {
        next = event->next;
        free(event);
    }
    if (queue->wake >= 0)
        close(queue->wake);
    queue->wake = -1;
    pthread_mutex_destroy(&queue->lock);
}

void mqtt_queue_push(struct mqtt_queue *queue, int64_t attempt, enum mqtt_event_kind kind, int reason,
                     const char *topic, const void *bytes, size_t length)
{
    size_t topic_size = topic != NULL ? strlen(topic) + 1 : 0;
    struct mqtt_event *event = malloc(sizeof *event + length + 1 + topic_size);
    if (event == NULL)
        return;
    *event = (struct mqtt_event){.kind = kind, .attempt = attempt, .reason = reason, .length = length};
    if (length > 0)
        memcpy(event->bytes, bytes, length);
    event->bytes[length] = '\0';
    event->topic = event->bytes + length + 1;
    if (topic_size > 0)
        memcpy(event->topic, topic, topic_size);
    pthread_mutex_lock(&queue->lock);
    bool full = kind == MQTT_EVENT_MESSAGE && queue->messages >= QUEUE_MAX_MESSAGES;
    if (!full) {
        *queue->last = event;
        queue->last = &event->next;
        queue->messages += kind == MQTT_EVENT_MESSAGE;
    }
    pthread_mutex_unlock(&queue->lock);
    if (full) {
        free(event);
        return;
    }
    uint64_t one = 1;
    if (write(queue->wake, &one, sizeof one) < 0)
        return; // the counter is full: it rings anyway
}

struct mqtt_event *mqtt_queue_take(struct mqtt_queue *queue)
{
    uint64_t count;
    return read(queue->wake, &count, sizeof count) < 0 ? NULL : take_all(queue);
}

void mqtt_queue_wait_end(struct mqtt_queue *queue, int timeout_ms)
{
    for (bool closed = false; !closed;) {
        struct pollfd wait = {.fd = queue->wake, .events = POLLIN};
        if (poll(&wait, 1, timeout_ms) <= 0)
            return;
        for (struct mqtt_event *event = mqtt_queue_take(queue), *next; event != NULL; event = next) {
            closed |= event->kind == MQTT_EVENT_DISCONNECTED;
            next = event->next;
            free(event);
        }
    }
}

void mqtt_event_tell(const struct mqtt_event *event, const struct mqtt_handler *handler, void *context)
{
    bool accepted = event->reason >= 0 && event->reason < MQTT_REASON_FAILURES;
    bool refused = event->reason == REASON_NOT_AUTHORIZED || event->reason == REASON_BAD_USER;
    switch (event->kind) {
    case MQTT_EVENT_CONNECTED:
        handler->connected(context);
        break;
    case MQTT_EVENT_LOST:
        handler->lost(context, refused ? MQTT_REFUSED : MQTT_LOST, event->bytes);
        break;
    case MQTT_EVENT_SUBSCRIBED:
        handler->subscribed(context, accepted);
        break;
    case MQTT_EVENT_MESSAGE:
        handler->message(context, event->topic, event->bytes, event->length);
        break;
    case MQTT_EVENT_PUBLISHED:
        handler->published(context, accepted, event->reason);
        break;
    case MQTT_EVENT_DISCONNECTED:
        break;
    }
}
