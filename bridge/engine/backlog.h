// The three queues of an operator: active (on their way to a radio), held (waiting for a reason), dead letter
// (ended badly, not seen to yet). COMMAND_QUEUE_*: each item of the command says whether it was done, or why
// not; the command itself always ends well. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_BACKLOG_H
#define SMSQUITTO_BRIDGE_ENGINE_BACKLOG_H

#include "bridge/engine/core.h"

// Looks again at messages that are held until a time, and lets those of quiet hours go now.
void backlog_release(struct core *core, struct command *command);
// Accepts what is in the dead letter queue once more, as a new message with its own id; what may have been
// sent already only by force. Both timelines name the other message.
void backlog_retry(struct core *core, struct command *command);
// Withdraws active and held messages; takes dead ones out of their queue, which leaves them in the lists.
void backlog_drop(struct core *core, struct command *command);

#endif
