// Taking texts, or whole messages, out of what is kept. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_ERASE_H
#define SMSQUITTO_BRIDGE_ENGINE_ERASE_H

#include "bridge/engine/core.h"

// Empties the text of a message that needs it no more: it was sent, is final, or came in.
void erase_text(struct core *core, struct command *command);

// Takes a final message from its account: its number, text and all that the app gave with it are gone. Its
// row and its events stay, without them, as nothing that counts or has been told may run backwards.
void erase_message(struct core *core, struct command *command);

#endif
