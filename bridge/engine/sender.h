// Whom a request to send names as its sender. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_SENDER_H
#define SMSQUITTO_BRIDGE_ENGINE_SENDER_H

#include "bridge/engine/core.h"

// Writes what the request's `from` means down as device, sim and pool of the command, or what its
// `fallback_from` means when nobody of `from` could send at once and somebody of that could. *device is the
// named device's n, 0 = any. False with the command's error set.
bool sender_read(struct core *core, struct command *command, int64_t *device);

#endif
