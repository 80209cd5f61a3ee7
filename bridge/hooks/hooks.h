// Webhook deliveries over HTTP (libcurl multi): one thread posts what the engine hands out, and tells it what
// came of each. It decides nothing about retries, and holds nothing that is not in the store.
#ifndef SMSQUITTO_BRIDGE_HOOKS_HOOKS_H
#define SMSQUITTO_BRIDGE_HOOKS_HOOKS_H

#include "bridge/engine/engine.h"
#include "bridge/hooks/guard.h"

// What a receiver said; borrowed for the call.
struct hook_answer {
    const char *event_id; // as it was told
    const char *type;     // Content-Type, NULL = none
    const char *text;
    size_t length;
};

struct hooks_options {
    const char *store_path; // read on the thread's own connection
    struct guard guard;
    const char *ca_file;   // certificates to trust, "" = the system's
    int64_t timeout_ms;    // of one attempt
    bool follow_redirects; // at most 3, each address guarded
    // The body of a delivery as owned text, NULL when memory runs out. content NULL = a test. store is the
    // thread's own.
    char *(*body)(struct query *store, const struct hook_post *post, const char *event_id,
                  const struct hook_content *content);
    // Acts on what a receiver said of a post that it took (HOOK_TWILIO_FORM only). Fills error with what is
    // wrong with that, in words ("" = nothing). False when the post is to be made again later.
    bool (*answered)(struct query *store, struct engine *engine, const struct hook_post *post,
                     const struct hook_answer *answer, char error[HOOK_ERROR_SIZE]);
};

struct hooks;

// Copies the options; borrows their strings until hooks_free. NULL when memory runs out.
struct hooks *hooks_new(const struct hooks_options *options);
void hooks_free(struct hooks *hooks);

// False when the thread cannot be started.
bool hooks_start(struct hooks *hooks, struct engine *engine);
// Drops what is under way (it is made again after the next start) and joins.
void hooks_stop(struct hooks *hooks);

// The outlet: takes the list, queues and wakes. The engine's thread.
void hooks_post(struct hooks *hooks, struct hook_post *posts);

#endif
