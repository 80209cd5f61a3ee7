// What devices and the broker say: reports, inbound texts, acknowledgements of the broker.
//
// A report counts only from the device that holds the message, under its present lease, and only forward.
// Everything may arrive twice. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_REPORT_H
#define SMSQUITTO_BRIDGE_ENGINE_REPORT_H

#include "bridge/engine/core.h"

void report_apply(struct core *core, struct command *command);     // COMMAND_REPORTS
void report_inbound(struct core *core, struct command *command);   // COMMAND_INBOUND
void report_published(struct core *core, struct command *command); // COMMAND_PUBLISHED

#endif
