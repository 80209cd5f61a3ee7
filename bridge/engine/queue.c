// The queue between those who ask and the engine.
#include "bridge/engine/queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct queue {
    pthread_mutex_t lock; // covers all below
    pthread_cond_t filled;
    struct command *first, **end;
    size_t length, max;
    bool closed;
};

struct queue *queue_new(size_t max)
{
    struct queue *queue = calloc(1, sizeof(*queue));
    if (queue == NULL)
        return NULL;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->filled, &attributes);
    pthread_condattr_destroy(&attributes);
    queue->end = &queue->first;
    queue->max = max;
    return queue;
}

void queue_free(struct queue *queue)
{
    if (queue == NULL)
        return;
    for (struct command *command = queue->first, *next; command != NULL; command = next) {
        next = command->next;
        command_free(command);
    }
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

bool queue_put(struct queue *queue, struct command *command)
{
    pthread_mutex_lock(&queue->lock);
    bool taken = !queue->closed && queue->length < queue->max;
    if (taken) {
        command->next = NULL;
        *queue->end = command;
        queue->end = &command->next;
        if (queue->length++ == 0)
            pthread_cond_signal(&queue->filled);
    }
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

static struct timespec deadline_in(int64_t wait_ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += wait_ms / 1000;
    at.tv_nsec += wait_ms % 1000 * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

// Cuts the first limit commands off the queue. The lock is held.
static struct command *cut(struct queue *queue, size_t limit)
{
    struct command *taken = queue->first, **end = &queue->first;
    size_t count = 0;
    for (; *end != NULL && count < limit; count++)
        end = &(*end)->next;
    queue->first = *end;
    *end = NULL;
    queue->length -= count;
    if (queue->first == NULL)
        queue->end = &queue->first;
    return count > 0 ? taken : NULL;
}

struct command *queue_take(struct queue *queue, size_t limit, int64_t wait_ms, bool *closed)
{
    struct timespec deadline = deadline_in(wait_ms);
    pthread_mutex_lock(&queue->lock);
    while (queue->length == 0 && !queue->closed)
        if (pthread_cond_timedwait(&queue->filled, &queue->lock, &deadline) != 0)
            break;
    struct command *taken = cut(queue, limit);
    *closed = queue->closed && taken == NULL;
    pthread_mutex_unlock(&queue->lock);
    return taken;
}

void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_signal(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}

size_t queue_length(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t length = queue->length;
    pthread_mutex_unlock(&queue->lock);
    return length;
}

bool queue_full(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    bool full = queue->closed || queue->length >= queue->max;
    pthread_mutex_unlock(&queue->lock);
    return full;
}
