// Webhooks and their jobs in the store.
//
// As in store.h: writes are the engine's, reads any thread's; the first failure of a transaction sticks.
#ifndef SMSQUITTO_BRIDGE_STORE_WEBHOOK_H
#define SMSQUITTO_BRIDGE_STORE_WEBHOOK_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"

enum {
    HOOK_URL_MAX = 2048,
    HOOK_SECRET_SIZE = 97, // 96 characters
    HOOK_ERROR_SIZE = 97,  // one clause for people
    HOOK_APP_ID_SIZE = 37, // 36 characters, as those of a UUID
};

// Stored in the database: never reuse or renumber.
enum hook_signature {
    HOOK_STANDARD = 1,
    HOOK_SMSGATE = 2,
    HOOK_TWILIO = 3,
    HOOK_TWILIO_FORM = 4,
    HOOK_SMSGATE_FORM = 5
};
enum hook_state { HOOK_WAITS = 1, HOOK_DONE = 2, HOOK_DEAD = 3 };

struct webhook {
    int64_t n, account;
    char id[ID_SIZE];
    char name[NAME_SIZE];
    char url[HOOK_URL_MAX + 1]; // "" = the account's row for callback URLs
    int64_t events;             // bits of event_bit
    enum hook_signature signature;
    char secret[HOOK_SECRET_SIZE];
    char old_secret[HOOK_SECRET_SIZE]; // "" = none
    int64_t old_secret_until;
    bool disabled;
    int64_t paused_at, created_at, removed_at; // 0 = not
    char app_id[HOOK_APP_ID_SIZE];             // the app's own id for it, "" = none
    int64_t device;                            // device.n that it is told of, 0 = all
};

struct hook_job {
    int64_t n, webhook, event, message; // message 0 = none
    enum hook_state state;
    int64_t attempts, due_at; // due_at 0 = waits behind another
    int64_t created_at, tried_at, ended_at;
    int64_t status;
    char error[HOOK_ERROR_SIZE];
    int64_t took_ms;
};

// The writer's side.
int64_t store_webhook_last(struct store *store);
int64_t store_hook_job_last(struct store *store);
bool store_webhook_add(struct store *store, const struct webhook *webhook);
// Writes all columns that can change.
bool store_webhook_update(struct store *store, const struct webhook *webhook);
// Deletes the row of a removed webhook; its jobs must be gone.
bool store_webhook_delete(struct store *store, int64_t n);
bool store_webhooks_each(struct store *store, bool (*each)(void *context, const struct webhook *webhook),
                         void *context);

bool store_hook_job_add(struct store *store, const struct hook_job *job);
// Writes state, attempts, due_at, tried_at, ended_at, status, error and took_ms.
bool store_hook_job_update(struct store *store, const struct hook_job *job);
bool store_hook_job_load(struct store *store, struct hook_job *out, int64_t n);
// Whether a job of that message waits for this webhook.
bool store_hook_job_waits(struct store *store, int64_t webhook, int64_t message);
// Makes the first waiting job of that message due.
bool store_hook_job_unblock(struct store *store, int64_t webhook, int64_t message, int64_t at);
// Fills out[limit] with jobs that are due at that time, longest due first; returns the count.
size_t store_hook_jobs_due(struct store *store, struct hook_job *out, size_t limit, int64_t webhook,
                           int64_t at);
// The soonest due_at behind `after`; INT64_MAX when there is none.
int64_t store_hook_next_due(struct store *store, int64_t webhook, int64_t after);
// Lets jobs that are due later than at come earlier by that much, none before at.
bool store_hook_jobs_earlier(struct store *store, int64_t webhook, int64_t by_ms, int64_t at);
// How many wait and are due or will be, counted up to limit: those behind another of their message are left
// out. -1 when that cannot be read.
int64_t store_hook_waiting(struct store *store, int64_t webhook, int64_t limit);
// Makes dead jobs (or, with done, delivered ones too) that ended in [from, to) wait again, due at that time,
// at most limit; returns how many.
int64_t store_hook_replay(struct store *store, int64_t webhook, bool done, int64_t from, int64_t to,
                          int64_t at, size_t limit);
// Deletes at most limit jobs of that webhook in that state that ended before; 0 = of any state (of a removed
// webhook). Returns how many.
size_t store_hook_sweep(struct store *store, int64_t webhook, enum hook_state state, int64_t before,
                        size_t limit);

// The readers' side.
enum query_status query_webhook(struct query *query, struct webhook *out, int64_t account, const char *id);
enum query_status query_webhooks(struct query *query, struct webhook *out, size_t limit, size_t *count,
                                 int64_t account, int64_t after_n);
enum query_status query_webhook_waiting(struct query *query, int64_t *waiting, int64_t *dead,
                                        int64_t webhook); // each counted up to 10,000

// A delivery as the API shows it: the job, and the event behind it.
struct hook_job_view {
    struct hook_job job;
    int64_t kind; // of the event, 0 = a test
    char message_id[ID_SIZE];
};
// Newest first, before that n (0 = from the newest), of any state (0) or one.
enum query_status query_hook_jobs(struct query *query, struct hook_job_view *out, size_t limit, size_t *count,
                                  int64_t webhook, enum hook_state state, int64_t before_n);

// What a delivery tells: the event, and the message when it is about one (message.id "" otherwise; the caller
// clears it).
struct hook_content {
    struct event_view event;
    struct message_view message;
};
enum query_status query_hook_content(struct query *query, struct hook_content *out, int64_t event);
// Frees one that was allocated, and what it owns; NULL is fine.
void hook_content_free(struct hook_content *content);

// How message.callback_url is kept: the address alone, or behind the word of the form that it is to be told
// in when that is not the one of the account's callback URLs. Makes that of an address and a form (0 = the
// usual one), owned, NULL when memory runs out; and takes it apart (*form 0 = the usual one): the address is
// borrowed from kept.
char *hook_callback_keep(enum hook_signature form, const char *url);
const char *hook_callback_url(enum hook_signature *form, const char *kept);

// The word of the API for a signature ("standard", "smsgate", "twilio", "twilio-form", "smsgate-form"), and
// back.
const char *hook_signature_name(enum hook_signature signature);
bool hook_signature_parse(enum hook_signature *signature, const char *name);
const char *hook_state_name(enum hook_state state);
bool hook_state_parse(enum hook_state *state, const char *name);

#endif
