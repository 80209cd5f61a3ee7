// SMSGate's client API (https://docs.sms-gate.app) over our engine: another face of the same messages,
// devices and webhooks. It translates; it has no rules of its own.
#ifndef SMSQUITTO_BRIDGE_SMSGATE_SMSGATE_H
#define SMSQUITTO_BRIDGE_SMSGATE_SMSGATE_H

#include "bridge/http/server.h"

// The face for http_options; borrowed for ever.
const struct http_face *smsgate_face(void);

#endif
