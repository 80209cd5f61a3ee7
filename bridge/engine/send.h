// Accepting messages and withdrawing them: COMMAND_SEND and COMMAND_CANCEL. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_SEND_H
#define SMSQUITTO_BRIDGE_ENGINE_SEND_H

#include "bridge/engine/core.h"

// Fill in the command's status and result.
void send_apply(struct core *core, struct command *command);
void send_cancel(struct core *core, struct command *command);
// Withdraws an outbound message, or asks the device that holds it to let it go. False when it is too late.
bool send_withdraw(struct core *core, struct message *message, const char *detail);

// COMMAND_RESCHEDULE: another time for a message that is not due yet; its time to live moves along.
void send_reschedule(struct core *core, struct command *command);

// COMMAND_FEEDBACK: notes in the timeline what the app knows of the reader, each outcome once.
void send_feedback(struct core *core, struct command *command);

// Copies a message with all that it owns. False, and *copy empty, when memory runs out.
bool send_copy_message(struct message *copy, const struct message *message);

#endif
