// Webhooks in memory, and what administrators ask for them. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_WEBHOOKS_H
#define SMSQUITTO_BRIDGE_ENGINE_WEBHOOKS_H

#include "bridge/engine/outlets.h"

struct core;

enum {
    WEBHOOKS_MAX = 100,                     // of one account
    WEBHOOK_ABOARD = 3 * WEBHOOK_IN_FLIGHT, // jobs that memory keeps: under way, or about to be
};

// What is known of a job that is under way, or goes as soon as there is room.
struct webhook_flight {
    int64_t job, event, message; // message 0 = none
    int64_t attempts, due_at, created_at;
    bool waits;                // was not handed out yet
    struct hook_content *told; // of one that waits, owned; NULL = is read from the store
};

struct webhook_entry {
    struct webhook row;
    int64_t next_due; // no job that is not aboard is due before; 0 = look
    int64_t waiting;  // jobs that wait, those aboard too
    bool counted;     // waiting is exact: after a start it leaves out those that are behind another
    int64_t failures; // in a row
    int64_t probe_at, probe_wait;
    struct webhook_flight *aboard; // in the order in which they are handed out; owned, NULL = none yet
    size_t aboard_count, waits_count;
    struct webhook_entry *next_in_bucket, *next;
};

struct webhooks;

// NULL when memory runs out.
struct webhooks *webhooks_new(void);
void webhooks_free(struct webhooks *webhooks);
// Reads all from the store, forgetting what was there. False when that fails.
bool webhooks_load(struct core *core);
// Counts in the store what waits for a webhook.
void webhooks_count(struct core *core, struct webhook_entry *entry);

// The first webhook, NULL when there is none; go on with ->next.
struct webhook_entry *webhooks_first(struct webhooks *webhooks);
// The account's next webhook behind `after` (NULL = the first one); NULL at the end. Removed ones are left
// out.
struct webhook_entry *webhooks_of(struct webhooks *webhooks, int64_t account, struct webhook_entry *after);
// Removed ones too; NULL when there is none.
struct webhook_entry *webhooks_by_n(struct webhooks *webhooks, int64_t n);
// The account's row for callback URLs of messages that are told in that form (HOOK_TWILIO_FORM, or 0 for any
// other); made when there is none yet, NULL when memory runs out.
struct webhook_entry *webhooks_callback(struct core *core, int64_t account, enum hook_signature form);
// Whether that form has words for an event of that kind.
bool webhooks_form_tells(enum hook_signature form, int64_t kind);
// Signs what the account is told in Twilio's form with token, unless it is signed with a key that still
// works. Returns whether token signs from now on.
bool webhooks_sign_with(struct core *core, int64_t account, const char *token);
// Signs with that key from now on what the account is told in SMSGate's form.
void webhooks_set_key(struct core *core, int64_t account, const char *secret);
// The webhook of the caller's account that the command names, or NULL with the command's error set.
struct webhook_entry *webhooks_named(struct core *core, struct command *command);
// Frees an entry whose row was deleted.
void webhooks_forget(struct webhooks *webhooks, struct webhook_entry *entry);

// Commands: fill in status and result.
void webhooks_add(struct core *core, struct command *command);
void webhooks_update(struct core *core, struct command *command);
void webhooks_rotate(struct core *core, struct command *command);
void webhooks_remove(struct core *core, struct command *command);

#endif
