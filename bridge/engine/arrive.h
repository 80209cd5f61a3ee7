// Devices that come and go, as the link, the plugin and they themselves tell. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_ARRIVE_H
#define SMSQUITTO_BRIDGE_ENGINE_ARRIVE_H

#include "bridge/engine/core.h"

void arrive_link(struct core *core, struct command *command);     // COMMAND_LINK
void arrive_online(struct core *core, struct command *command);   // COMMAND_ONLINE
void arrive_presence(struct core *core, struct command *command); // COMMAND_PRESENCE
void arrive_status(struct core *core, struct command *command);   // COMMAND_STATUS; takes its text

// Tells the device its configuration.
void arrive_configure(struct core *core, const struct fleet_device *device);

// Marks devices offline that are connected and have not said anything for too long. Called about once a
// second.
void arrive_heartbeats(struct core *core);
// Notes that the device has said something; one that was silent is back.
void arrive_word(struct core *core, struct fleet_device *device);

#endif
