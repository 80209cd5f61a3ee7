// The thread that posts deliveries.
#include "bridge/hooks/hooks_internal.h"

#include "common/log.h"

#include <stdlib.h>
#include <string.h>

enum {
    WAIT_MS = 1000,
    REFUSED_WAIT_MS = 20, // the engine's queue is full
    CONNECTIONS_MAX = 512,
    CONNECTIONS_PER_HOST = WEBHOOK_IN_FLIGHT,
};

struct hooks *hooks_new(const struct hooks_options *options)
{
    struct hooks *hooks = calloc(1, sizeof(*hooks));
    if (hooks == NULL)
        return NULL;
    hooks->options = *options;
    hooks->queued_end = &hooks->queued;
    pthread_mutex_init(&hooks->lock, NULL);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        hooks->multi = curl_multi_init();
    hooks->signer = signer_new();
    if (hooks->multi == NULL || hooks->signer == NULL) {
        hooks_free(hooks);
        return NULL;
    }
    curl_multi_setopt(hooks->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS_MAX);
    curl_multi_setopt(hooks->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)CONNECTIONS_PER_HOST);
    return hooks;
}

static void free_posts(struct hook_post *posts)
{
    for (struct hook_post *next; posts != NULL; posts = next) {
        next = posts->next;
        hook_post_free(posts);
    }
}

void hooks_free(struct hooks *hooks)
{
    if (hooks == NULL)
        return;
    free_posts(hooks->queued);
    while (hooks->idle_count > 0)
        curl_easy_cleanup(hooks->idle[--hooks->idle_count]);
    curl_multi_cleanup(hooks->multi);
    curl_global_cleanup();
    signer_free(hooks->signer);
    pthread_mutex_destroy(&hooks->lock);
    free(hooks->results);
    free(hooks);
}

void hooks_post(struct hooks *hooks, struct hook_post *posts)
{
    pthread_mutex_lock(&hooks->lock);
    *hooks->queued_end = posts;
    while (*hooks->queued_end != NULL)
        hooks->queued_end = &(*hooks->queued_end)->next;
    pthread_mutex_unlock(&hooks->lock);
    curl_multi_wakeup(hooks->multi);
}

void hooks_note(struct hooks *hooks, const struct hook_result *result)
{
    if (hooks->result_count == hooks->result_room) {
        size_t room = hooks->result_room * 2 + 64;
        struct hook_result *more = realloc(hooks->results, room * sizeof(*more));
        if (more == NULL)
            return;
        hooks->results = more;
        hooks->result_room = room;
    }
    hooks->results[hooks->result_count++] = *result;
}

// Gives the results to the engine; false when it has no room for them now.
static bool hand_over(struct hooks *hooks)
{
    if (hooks->result_count == 0)
        return true;
    struct command *command = command_new(COMMAND_HOOK_RESULTS, ORIGIN_NONE, 0);
    if (command == NULL)
        return false;
    command->hook_results.items = hooks->results;
    command->hook_results.count = hooks->result_count;
    if (!engine_submit(hooks->engine, command)) {
        command->hook_results.items = NULL;
        command_free(command);
        return false;
    }
    hooks->results = NULL;
    hooks->result_count = hooks->result_room = 0;
    return true;
}

static void collect(struct hooks *hooks)
{
    int left;
    for (const CURLMsg *message; (message = curl_multi_info_read(hooks->multi, &left)) != NULL;) {
        struct transfer *transfer;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        transfer_finish(transfer, code);
    }
}

// Takes what has queued up; false when the thread is to end.
static bool take(struct hooks *hooks, struct hook_post **posts)
{
    pthread_mutex_lock(&hooks->lock);
    bool goes_on = !hooks->stop;
    *posts = hooks->queued;
    hooks->queued = NULL;
    hooks->queued_end = &hooks->queued;
    pthread_mutex_unlock(&hooks->lock);
    return goes_on;
}

static void *run(void *context)
{
    struct hooks *hooks = context;
    struct hook_post *posts;
    int running;
    pthread_setname_np(pthread_self(), "hooks");
    while (take(hooks, &posts)) {
        for (struct hook_post *next; posts != NULL; posts = next) {
            next = posts->next;
            posts->next = NULL;
            transfer_start_take(hooks, posts);
        }
        curl_multi_perform(hooks->multi, &running);
        collect(hooks);
        bool handed = hand_over(hooks);
        curl_multi_poll(hooks->multi, NULL, 0, handed ? WAIT_MS : REFUSED_WAIT_MS, NULL);
    }
    free_posts(posts);
    (void)hand_over(hooks); // what has arrived need not arrive twice
    while (hooks->running != NULL)
        transfer_drop(hooks->running);
    query_close(hooks->query);
    return NULL;
}

bool hooks_start(struct hooks *hooks, struct engine *engine)
{
    hooks->engine = engine;
    hooks->query = query_open(hooks->options.store_path);
    if (hooks->query == NULL)
        return false;
    hooks->started = pthread_create(&hooks->thread, NULL, run, hooks) == 0;
    return hooks->started;
}

void hooks_stop(struct hooks *hooks)
{
    if (!hooks->started)
        return;
    pthread_mutex_lock(&hooks->lock);
    hooks->stop = true;
    pthread_mutex_unlock(&hooks->lock);
    curl_multi_wakeup(hooks->multi);
    pthread_join(hooks->thread, NULL);
    hooks->started = false;
}
