// What deliveries tell, out of memory: that saves reading it back from the store.
//
// Nothing here fails: a content that cannot be had whole is NULL, and the hooks read it from the store.
// Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_TOLD_H
#define SMSQUITTO_BRIDGE_ENGINE_TOLD_H

#include "bridge/engine/core.h"

// An event, its message still without contents. Owned: hook_content_free.
struct hook_content *told_new(struct core *core, const struct event *event, const struct message *message);

// Puts the message in, at the end of a batch: as readers see it after the commit. *content becomes
// NULL (and is freed) when memory does not have all of it. Of the view, what explains a wait stays empty: it
// is not told.
void told_complete(struct core *core, struct hook_content **content);

#endif
