// Decides what a client may do with a topic, from its role and name alone.
//
// Pure logic without memory; any thread.
#ifndef SMSQUITTO_PLUGIN_RIGHTS_H
#define SMSQUITTO_PLUGIN_RIGHTS_H

#include "plugin/roster.h"

#define RIGHTS_RESPONSE_TOPIC TOPIC_CONTROL "/response"

// The kinds of access; the values are the broker's.
enum access { ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_SUBSCRIBE = 4, ACCESS_UNSUBSCRIBE = 8 };

// Whether login (NULL: nobody) may have this access to a topic, or, for (un)subscribing, to a filter. Denied
// on any doubt: unknown access, disabled login, anything that is not exactly one of its topics.
bool rights_allow(const struct login *login, int access, const char *topic);

#endif
