// Texts with variables, of each account: COMMAND_TEMPLATE_PUT and COMMAND_TEMPLATE_REMOVE, and the texts that
// requests make of them. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_TEMPLATES_H
#define SMSQUITTO_BRIDGE_ENGINE_TEMPLATES_H

#include "bridge/engine/core.h"

// Fill in the command's status and result.
void templates_put(struct core *core, struct command *command);
void templates_remove(struct core *core, struct command *command);

// The template of that name, and its variables; the caller clears row. False with the command's error set.
bool templates_load(struct core *core, struct command *command, const char *name, struct template_row *row,
                    struct template_names *known);

// Makes the texts of a COMMAND_SEND that has a template. False with the command's error set.
bool templates_fill(struct core *core, struct command *command);

#endif
