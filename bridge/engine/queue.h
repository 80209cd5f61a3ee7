// A bounded queue of commands: many producers, one consumer.
#ifndef SMSQUITTO_BRIDGE_ENGINE_QUEUE_H
#define SMSQUITTO_BRIDGE_ENGINE_QUEUE_H

#include "bridge/engine/command.h"

struct queue;

// An empty queue for at most max commands. NULL when memory runs out.
struct queue *queue_new(size_t max);
// Frees the queue and the commands in it.
void queue_free(struct queue *queue);

// Takes the command. Returns false, and leaves it with the caller, when the queue is full or closed. Any
// thread.
bool queue_put(struct queue *queue, struct command *command);

// Waits until there is a command, the queue is closed, or wait_ms is over; then hands over at most limit
// commands in order, linked by next (NULL = none). Sets *closed when it is closed and empty. Consumer only.
struct command *queue_take(struct queue *queue, size_t limit, int64_t wait_ms, bool *closed);

// From now on puts are refused; what is in it can still be taken. Any thread.
void queue_close(struct queue *queue);

// Any thread.
size_t queue_length(struct queue *queue);
bool queue_full(struct queue *queue);

#endif
