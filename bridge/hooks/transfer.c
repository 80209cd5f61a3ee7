// One attempt to deliver: from the post to its result.
#include "bridge/hooks/hooks_internal.h"

#include "common/clock.h"
#include "common/crash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MAX = 64 * 1024, CONNECT_MS = 5000, REDIRECTS_MAX = 3 };

// Called with each resolved address before its connection, also behind redirects.
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = context;
    (void)purpose;
    if (guard_allows(&transfer->hooks->options.guard, &address->addr))
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    transfer->refused = true;
    return CURL_SOCKET_BAD;
}

// The answer's text is only kept where somebody acts on it, and never endless.
static size_t on_answer(char *text, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t length = size * count, before = transfer->received;
    transfer->received += length;
    if (transfer->received > ANSWER_MAX)
        return 0;
    if (transfer->post->signature == HOOK_TWILIO_FORM) {
        char *longer = realloc(transfer->answer, transfer->received);
        if (longer == NULL)
            return 0;
        transfer->answer = longer;
        memcpy(longer + before, text, length);
    }
    return length;
}

static bool set_headers(struct transfer *transfer, const struct signature *signature)
{
    bool form = transfer->post->signature == HOOK_TWILIO_FORM;
    struct curl_slist *list = curl_slist_append(NULL, form ? "Content-Type: application/x-www-form-urlencoded"
                                                           : "Content-Type: application/json");
    for (int i = 0; i < signature->count && list != NULL; i++) {
        struct curl_slist *longer = curl_slist_append(list, signature->headers[i]);
        if (longer == NULL)
            curl_slist_free_all(list);
        list = longer;
    }
    transfer->headers = list;
    return list != NULL;
}

// A handle with the options that all deliveries share.
static CURL *new_easy(const struct hooks_options *options)
{
    CURL *easy = curl_easy_init();
    if (easy == NULL)
        return NULL;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); // a proxy from the environment would pass the guard by
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, options->follow_redirects ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    curl_easy_setopt(easy, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(options->timeout_ms < CONNECT_MS ? options->timeout_ms : CONNECT_MS));
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); // a lookup that takes long is left alone
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "smsquitto/" SMSQUITTO_VERSION);
    if (options->ca_file[0] != '\0')
        curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
    return easy;
}

static bool set_up(struct transfer *transfer, const char *url)
{
    struct hooks *hooks = transfer->hooks;
    CURL *easy = hooks->idle_count > 0 ? hooks->idle[--hooks->idle_count] : new_easy(&hooks->options);
    transfer->easy = easy;
    if (easy == NULL)
        return false;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(transfer->body));
    return curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK;
}

// The next delivery that takes the handle gives it all that was this one's.
static void give_back(struct hooks *hooks, CURL *easy)
{
    curl_multi_remove_handle(hooks->multi, easy);
    if (hooks->idle_count < HOOKS_IDLE_MAX)
        hooks->idle[hooks->idle_count++] = easy;
    else
        curl_easy_cleanup(easy);
}

// Reads what the engine has not given. False with transfer->error set.
static bool read_content(struct transfer *transfer)
{
    struct hook_post *post = transfer->post;
    if (post->event == 0 || post->content != NULL)
        return true;
    post->content = calloc(1, sizeof(*post->content));
    if (post->content != NULL &&
        query_hook_content(transfer->hooks->query, post->content, post->event) == QUERY_OK)
        return true;
    snprintf(transfer->error, sizeof(transfer->error),
             post->content != NULL ? "what it tells is no longer in the store" : "out of memory");
    return false;
}

// Writes the body and signs it. False with transfer->error set.
static bool write_post(struct transfer *transfer, struct signature *signature)
{
    struct hook_post *post = transfer->post;
    char *id = transfer->event_id;
    enum hook_signature form;
    if (!read_content(transfer))
        return false;
    const char *kept = post->content != NULL ? post->content->message.message.callback_url : NULL;
    const char *url = post->url[0] != '\0' || kept == NULL ? post->url : hook_callback_url(&form, kept);
    sign_event_id(id, post->created_at, post->event == 0 ? post->job : post->event);
    transfer->body = transfer->hooks->options.body(transfer->hooks->query, post, id, post->content);
    const struct sign_input input = {.form = post->signature,
                                     .secret = post->secret,
                                     .old_secret = post->old_secret,
                                     .id = id,
                                     .at_s = clock_wall_ms() / 1000,
                                     .url = url,
                                     .body = transfer->body};
    bool done = transfer->body != NULL && sign(transfer->hooks->signer, signature, &input);
    hook_content_free(post->content);
    post->content = NULL;
    if (!done)
        snprintf(transfer->error, sizeof(transfer->error), "could not be signed");
    return done;
}

static void result_of(const struct transfer *transfer, struct hook_result *result)
{
    *result = (struct hook_result){.job = transfer->post->job, .webhook = transfer->post->webhook};
    snprintf(result->error, sizeof(result->error), "%s", transfer->error);
}

void transfer_start_take(struct hooks *hooks, struct hook_post *post)
{
    struct transfer *transfer = calloc(1, sizeof(*transfer));
    struct signature signature;
    if (transfer == NULL) {
        struct hook_result result = {.job = post->job, .webhook = post->webhook, .error = "out of memory"};
        hooks_note(hooks, &result);
        hook_post_free(post);
        return;
    }
    *transfer = (struct transfer){.hooks = hooks, .post = post, .next = hooks->running};
    if (hooks->running != NULL)
        hooks->running->previous = transfer;
    hooks->running = transfer;
    if (write_post(transfer, &signature) && set_headers(transfer, &signature) &&
        set_up(transfer, signature.url) && curl_multi_add_handle(hooks->multi, transfer->easy) == CURLM_OK) {
        crash_point("webhook-begun");
        return;
    }
    if (transfer->error[0] == '\0')
        snprintf(transfer->error, sizeof(transfer->error), "could not be started");
    struct hook_result result;
    result_of(transfer, &result);
    hooks_note(hooks, &result);
    transfer_drop(transfer);
}

// What went wrong, in words; nothing when it arrived.
static void explain(struct transfer *transfer, CURLcode code, long status)
{
    if (transfer->refused)
        snprintf(transfer->error, sizeof(transfer->error),
                 "its address is private; [webhooks] allow in the configuration can permit it");
    else if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && status != 0))
        snprintf(transfer->error, sizeof(transfer->error), "%s", curl_easy_strerror(code));
    else if (status < 200 || status > 299)
        snprintf(transfer->error, sizeof(transfer->error), "answered %ld", status);
}

// What the receiver said may ask for more to be done. Returns whether it has taken the delivery.
static bool act_on_answer(struct transfer *transfer)
{
    const struct hooks *hooks = transfer->hooks;
    struct hook_answer answer = {
        .event_id = transfer->event_id, .text = transfer->answer, .length = transfer->received};
    char *type = NULL;
    if (transfer->error[0] != '\0')
        return false;
    if (transfer->post->signature != HOOK_TWILIO_FORM || transfer->answer == NULL)
        return true;
    if (transfer->received > ANSWER_MAX) {
        snprintf(transfer->error, sizeof(transfer->error), "its answer is too long");
        return true;
    }
    curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_TYPE, &type);
    answer.type = type;
    return hooks->options.answered(hooks->query, hooks->engine, transfer->post, &answer, transfer->error);
}

void transfer_finish(struct transfer *transfer, CURLcode code)
{
    struct hook_result result;
    long status = 0;
    curl_off_t took_us = 0, retry_s = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &took_us);
    curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_s);
    explain(transfer, code, status);
    bool arrived = act_on_answer(transfer);
    result_of(transfer, &result);
    result.arrived = arrived;
    result.status = status;
    result.took_ms = took_us / 1000;
    result.retry_after_ms = retry_s < 86400 * 7 ? retry_s * 1000 : (int64_t)86400 * 7000;
    crash_point("webhook-answered");
    hooks_note(transfer->hooks, &result);
    transfer_drop(transfer);
}

void transfer_drop(struct transfer *transfer)
{
    struct hooks *hooks = transfer->hooks;
    if (transfer->previous != NULL)
        transfer->previous->next = transfer->next;
    else
        hooks->running = transfer->next;
    if (transfer->next != NULL)
        transfer->next->previous = transfer->previous;
    if (transfer->easy != NULL)
        give_back(hooks, transfer->easy);
    curl_slist_free_all(transfer->headers);
    free(transfer->body);
    free(transfer->answer);
    hook_post_free(transfer->post);
    free(transfer);
}
