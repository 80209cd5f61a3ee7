// Requests to devices to read their inboxes again. Engine thread only.
//
// A device that is away is asked when it is back, and any until it says that it has the request on disk;
// phones with SMSGate's app, which do not say so, once. What it sends then is dropped where it is known by
// its uid.
#ifndef SMSQUITTO_BRIDGE_ENGINE_INBOX_H
#define SMSQUITTO_BRIDGE_ENGINE_INBOX_H

#include "bridge/engine/core.h"

// Reads the requests from the store. False when it cannot be read.
bool inbox_load(struct core *core);
enum { INBOX_ALL_MAX = 100 }; // devices that one command asks

// COMMAND_INBOX. Without a device, all of the account.
void inbox_ask(struct core *core, struct command *command);
// The device can be sent to: tells it what it has not taken yet.
void inbox_ready(struct core *core, struct fleet_device *device);
// The device has that request, by its asked_at; 0 = none.
void inbox_taken(struct core *core, struct fleet_device *device, int64_t asked_at);
// Asks again where no answer came.
void inbox_upkeep(struct core *core);

#endif
