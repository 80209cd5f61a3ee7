// What the sources of the hooks share.
#ifndef SMSQUITTO_BRIDGE_HOOKS_HOOKS_INTERNAL_H
#define SMSQUITTO_BRIDGE_HOOKS_HOOKS_INTERNAL_H

#include "bridge/hooks/hooks.h"
#include "bridge/hooks/sign.h"

#include <curl/curl.h>
#include <pthread.h>

enum { HOOKS_IDLE_MAX = 64 };

struct hooks {
    struct hooks_options options;
    struct engine *engine;
    pthread_t thread;
    bool started;
    CURLM *multi;
    pthread_mutex_t lock; // covers the next two
    bool stop;
    struct hook_post *queued, **queued_end;
    // the thread's own
    struct query *query;
    struct signer *signer; // owned
    struct transfer *running;
    CURL *idle[HOOKS_IDLE_MAX]; // handles for the next transfers, owned
    size_t idle_count;
    struct hook_result *results; // not handed to the engine yet
    size_t result_count, result_room;
};

// One attempt.
struct transfer {
    struct hooks *hooks;
    struct hook_post *post; // owned
    CURL *easy;
    struct curl_slist *headers;
    char *body;
    char error[HOOK_ERROR_SIZE];
    size_t received;
    char *answer; // what was received, for those who act on it; NULL otherwise
    char event_id[ID_SIZE];
    bool refused; // by the guard
    struct transfer *next, *previous;
};

// Starts a delivery (taken). What cannot be started becomes a result at once.
void transfer_start_take(struct hooks *hooks, struct hook_post *post);
// Ends one that curl is done with, and notes its result.
void transfer_finish(struct transfer *transfer, CURLcode code);
// Frees it without a result.
void transfer_drop(struct transfer *transfer);

// Keeps a result for the engine; one that finds no memory is lost, and made again after a restart.
void hooks_note(struct hooks *hooks, const struct hook_result *result);

#endif
