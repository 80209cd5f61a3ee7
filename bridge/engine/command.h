// What can be asked of the engine, and how it answers.
//
// A command is made by its sender with command_new, taken by engine_submit, applied on the engine's thread,
// and given back after the commit through the outlet that its `origin` names (see outlets.h). From then on
// the sender owns it again, reads status and result, and frees it with command_free. Nothing of it is shared
// in between.
#ifndef SMSQUITTO_BRIDGE_ENGINE_COMMAND_H
#define SMSQUITTO_BRIDGE_ENGINE_COMMAND_H

#include "bridge/engine/phone_code.h"
#include "bridge/engine/template_text.h"
#include "bridge/store/backfill.h"
#include "bridge/store/contact.h"
#include "bridge/store/inbox.h"
#include "bridge/store/limit.h"
#include "bridge/store/otp_rule.h"
#include "bridge/store/pairing.h"
#include "bridge/store/phone_settings.h"
#include "bridge/store/quota.h"
#include "bridge/store/records.h"
#include "bridge/store/refusal.h"
#include "bridge/store/retention.h"
#include "bridge/store/schedule.h"
#include "bridge/store/send.h"
#include "bridge/store/service.h"
#include "bridge/store/token.h"
#include "bridge/store/verification.h"
#include "bridge/store/webhook.h"
#include "common/code.h"
#include "common/fields.h"
#include "common/wire.h"

enum command_origin {
    ORIGIN_NONE, // nobody waits: the engine frees it
    ORIGIN_HTTP, // outlets.answer gets it back
};

// How a command ended. The HTTP layer has one table from these to status codes and problem types.
enum command_status {
    COMMAND_OK,
    COMMAND_REPLAYED,    // the idempotency key was known: result is that of the first request
    COMMAND_INVALID,     // error names the field
    COMMAND_NOT_FOUND,   // no such message, device or key in this account; error names which
    COMMAND_CONFLICT,    // the state does not allow it, or the name is taken; error says why
    COMMAND_SUPPRESSED,  // the recipients must not be written to; error says why
    COMMAND_COUNTRY,     // no codes go to the country of the number; error says which
    COMMAND_LIMITED,     // too many for now: retry_after_ms says when to come back, error names the limit
    COMMAND_KEY_REUSED,  // the idempotency key came with another body before
    COMMAND_UNAVAILABLE, // the store could not take it: nothing was changed, try again later
    COMMAND_STOPPING,    // the bridge is going down: nothing was changed
};

enum command_kind {
    // from HTTP
    COMMAND_SEND,
    COMMAND_CANCEL,
    COMMAND_RESCHEDULE,
    COMMAND_REDACT,
    COMMAND_ERASE,
    COMMAND_FEEDBACK,
    COMMAND_QUEUE_RELEASE,
    COMMAND_QUEUE_RETRY,
    COMMAND_QUEUE_DROP,
    COMMAND_DEVICE_ADD,
    COMMAND_DEVICE_UPDATE,
    COMMAND_DEVICE_ROTATE,
    COMMAND_DEVICE_REMOVE,
    COMMAND_PAIRING_ADD,
    COMMAND_PAIRING_REMOVE,
    COMMAND_PAIRING_USE,
    COMMAND_PHONE_CODE_ADD,
    COMMAND_KEY_CREATE,
    COMMAND_KEY_REVOKE,
    COMMAND_KEY_USED,
    COMMAND_ACCOUNT_ADD,
    COMMAND_LIMIT_SET,
    COMMAND_INBOX,
    COMMAND_SCHEDULE_ADD,
    COMMAND_SCHEDULE_UPDATE,
    COMMAND_SCHEDULE_RUN,
    COMMAND_TEMPLATE_PUT,
    COMMAND_TEMPLATE_REMOVE,
    COMMAND_SUPPRESS,
    COMMAND_UNSUPPRESS,
    COMMAND_BACKFILL,
    COMMAND_QUIET,
    COMMAND_RETENTION,
    COMMAND_OTP_SEND,
    COMMAND_OTP_CHECK,
    COMMAND_OTP_CANCEL,
    COMMAND_OTP_RULE,
    COMMAND_SERVICE_ADD,
    COMMAND_SERVICE_UPDATE,
    COMMAND_SERVICE_REMOVE,
    COMMAND_QUOTA_ADD,
    COMMAND_QUOTA_UPDATE,
    COMMAND_QUOTA_REMOVE,
    COMMAND_BUCKET_ADD,
    COMMAND_BUCKET_UPDATE,
    COMMAND_BUCKET_REMOVE,
    COMMAND_WEBHOOK_ADD,
    COMMAND_WEBHOOK_UPDATE,
    COMMAND_WEBHOOK_ROTATE,
    COMMAND_WEBHOOK_REMOVE,
    COMMAND_WEBHOOK_TEST,
    COMMAND_WEBHOOK_REPLAY,
    COMMAND_PHONE_SETTINGS,
    COMMAND_TOKEN_ADD,
    COMMAND_TOKEN_REFRESH,
    COMMAND_TOKEN_REVOKE,
    COMMAND_POOL_ADD,
    COMMAND_POOL_UPDATE,
    COMMAND_POOL_REMOVE,
    COMMAND_POOL_MEMBER_PUT,
    COMMAND_POOL_MEMBER_REMOVE,
    // from the hooks
    COMMAND_HOOK_RESULTS,
    // from the link
    COMMAND_LINK,   // the connection to the broker came or went
    COMMAND_ONLINE, // the plugin's snapshot of who is online
    COMMAND_PRESENCE,
    COMMAND_STATUS,
    COMMAND_REPORTS,
    COMMAND_INBOUND,
    COMMAND_PUBLISHED, // the broker acknowledged messages
    COMMAND_KINDS,
};

enum {
    SEND_RECIPIENTS_MAX = 1000,
    SEND_TEXT_MAX_CHARACTERS = TEMPLATE_OUT_MAX_CHARACTERS,
    SEND_METADATA_MAX_BYTES = 4096,
    FROM_SIZE = 36,       // an id of a pool is the longest
    POOL_TAGS_MAX = 16,   // of one device
    POOL_MEMBER_MAX = 32, // memberships of one device
    POOL_MAX = 200,       // of one account, with those of tags
    TEMPLATE_MAX = 500,   // of one account
    OTP_APP_SIZE = 41,
    OTP_LANGUAGE_SIZE = 12,
    OTP_DOMAIN_SIZE = 254, // RFC 1035
    OTP_HASH_SIZE = 12,
    OTP_GIVEN_SIZE = 33,
};

// One text to count recipients; every field was checked for form by the sender, the engine checks what needs
// the store.
struct command_send {
    char (*to)[NUMBER_SIZE];    // owned array of E.164 numbers
    size_t count;               // 1 - SEND_RECIPIENTS_MAX
    bool batch;                 // asked as a list: answer with a batch id, also for one recipient
    char *text;                 // owned; NULL = by wish
    int64_t encoding, parts;    // as counted by segments_count
    struct template_wish *wish; // owned: the template that makes the text, NULL = text is given
    struct send_own {
        char language[TEMPLATE_LANGUAGE_SIZE]; // "" = the wish's
        struct template_values values;         // owned; go before the wish's
        char *text;                            // owned, made by the engine
        int64_t encoding, parts;
    } * own;                     // owned, in the order of `to`; NULL = all get the same text
    size_t own_count;            // how many there are, also once recipients are refused
    char device[DEVICE_ID_SIZE]; // "" = any device of the account; also a result, when from named one
    char from[FROM_SIZE]; // a pool, a device, a SIM's number, or "tag:…"; "" = not said. Not with device
    char
        fallback_from[FROM_SIZE]; // the same, when nobody of from can send at once; "" = none. Only with from
    bool fell_back;               // result: so it is
    int64_t sim;                  // 0 = any
    int64_t qos;
    enum lane lane;
    bool report;        // ask for a delivery report
    int64_t send_at;    // 0 = now
    int64_t ttl_ms;     // counted from send_at or now; 0 = the configured default. Not with expires_at
    int64_t expires_at; // 0 = by ttl
    char *metadata;     // owned JSON object, or NULL
    char *callback_url; // owned, or NULL
    enum hook_signature callback_form; // 0 = that of the account's callback URLs
    int64_t pool;                      // pool.n, 0 = any; also a result, when from named one
    char pool_name[POOL_NAME_SIZE];    // result: its name, when from named one
    enum purpose purpose;
    enum redact redact;
    bool hide_number;                           // once it was sent
    int64_t schedule;                           // the recurring send that made it, 0 = none
    char idempotency_key[IDEMPOTENCY_KEY_SIZE]; // "" = none
    bool answer;                                // to one that came in, without a person in between
    bool mind_backlog;                          // refuse it when options.backlog_max messages wait already
    char name[SEND_NAME_SIZE];                  // the app's own id for it, "" = none; a known one conflicts
    uint8_t request_hash[SECRET_HASH_BYTES];    // of the body, under a key
    // result, owned by the command: what was accepted, in the order of `to`
    char batch_id[ID_SIZE];
    struct message *messages;
    size_t message_count;
    struct refusal *refused; // owned: recipients of a list that must not be written to
    size_t refused_count;
};

struct command_cancel {
    char id[ID_SIZE]; // of a message, or of a batch: those of it that can still be withdrawn
    // result for a message: as it is now; state cancelled, or cancelling set while a device is asked
    struct message message;
};

struct command_erase {
    char id[ID_SIZE];
};

// What an app knows of a message that it had sent.
struct command_feedback {
    char id[ID_SIZE];
    bool confirmed; // its reader has it
    int64_t at;     // result: when it was noted
};

struct command_reschedule {
    char id[ID_SIZE];
    int64_t send_at;
};

// What an operator does with messages of a queue.
struct command_backlog {
    enum backlog { BACKLOG_ACTIVE, BACKLOG_HELD, BACKLOG_DEAD } queue;
    bool force; // retry also what may have been sent
    struct backlog_item {
        char id[ID_SIZE];
        // result
        bool done;
        char made[ID_SIZE];    // the message that retry made
        char why[DETAIL_SIZE]; // not done
    } * items;                 // owned
    size_t count;
    char cursor[ID_SIZE]; // the sender's own: where its list goes on
};

struct command_device {
    char id[DEVICE_ID_SIZE];    // for add: "" = make one from the name
    char name[NAME_SIZE];       // for add; for update: "" = leave
    bool phone;                 // for add: it comes by HTTP, with SMSGate's app
    char code[PHONE_CODE_SIZE]; // for add: of the phone; it says the account. "" = none
    bool set_paused, paused;    // update
    bool set_tags;              // update
    char *tags;                 // owned: words with spaces between, no word twice; NULL = none
    // result
    bool wrong_code; // there is no such code: nothing was done
    struct device device;
    char key[SECRET_SIZE]; // add and rotate: shown once
};

struct command_phone_code {
    // result
    char code[PHONE_CODE_SIZE];
    int64_t expires_at;
};

struct command_pairing {
    char id[ID_SIZE]; // remove
    // add
    char device[DEVICE_ID_SIZE];  // gets a new key by it; "" = a new device
    char want_id[DEVICE_ID_SIZE]; // of the new device, "" = made from its name
    char name[NAME_SIZE];         // of the new device; use: what the device calls itself. "" = not said
    int64_t ttl_ms;               // 0 = as configured
    // use
    uint8_t code_hash[SECRET_HASH_BYTES];
    char model[NAME_SIZE]; // a name for want of a better one
    // result
    struct pairing row;
    char code[CODE_SIZE];  // add: shown once
    struct device given;   // use: the device
    char key[SECRET_SIZE]; // use: its key
};

// Which pool is meant by name or id. Fields that are not set stay as they are, or at their defaults.
struct command_pool {
    char pool[FROM_SIZE];      // all but add
    char name[POOL_NAME_SIZE]; // add; update: "" = leave
    bool set_policy, set_priority, set_fallback, set_fallback_after, set_tag, set_carriers;
    enum pool_policy policy;
    int64_t priority;
    char fallback[FROM_SIZE]; // name or id, "" = none
    int64_t fallback_after_ms;
    char tag[TAG_SIZE];
    bool set_quiet, own_quiet; // own: quiet, else the account's
    struct quiet_hours quiet;
    struct pool_carrier *carriers; // owned
    size_t carrier_count;
    // of a member
    char device[DEVICE_ID_SIZE];
    int64_t sim, weight;
    char prefixes[POOL_PREFIXES_SIZE];
    struct pool row; // result
};

struct command_key {
    char id[ID_SIZE]; // revoke
    int64_t key;      // used: app_key.n
    char name[NAME_SIZE];
    int64_t scopes, rate_per_minute, expires_at; // create
    bool twilio;                                 // create: sign the account's Twilio callbacks with it
    // result of create
    struct app_key row;
    bool signs;               // it does; otherwise an older key of the account goes on signing
    char secret[SECRET_SIZE]; // shown once
};

struct command_account {
    char name[NAME_SIZE];
    struct account row; // result
};

struct command_webhook {
    char id[ID_SIZE];              // all but add
    char app_id[HOOK_APP_ID_SIZE]; // add: a known one is replaced; others: serves as well as id
    char device[DEVICE_ID_SIZE];   // add: to be told of, "" = all
    char name[NAME_SIZE];          // add; update: "" = leave
    char *url;                     // owned; update: NULL = leave
    int64_t events;                // bits of event_bit; update: 0 = leave
    enum hook_signature signature; // update: 0 = leave
    char secret[HOOK_SECRET_SIZE]; // add: the caller's own, "" = make one
    bool set_disabled, disabled;   // update
    int64_t overlap_ms;            // rotate: how long the old secret signs as well
    struct {
        int64_t job;      // replay that one
        bool delivered;   // or those that ended in [from, to): dead ones, or delivered ones too
        int64_t from, to; // to 0 = until now
    } replay;
    // result
    struct webhook row; // its secret is shown by add and rotate only
    int64_t job, count; // of the test; how many are replayed
};

struct command_limit {
    char device[DEVICE_ID_SIZE];
    struct sim_limit row; // its counts are not read; a row that limits nothing removes the limit
};

struct command_inbox {
    char device[DEVICE_ID_SIZE];
    struct inbox_request row; // from and to; result: what is asked of the device now
};

struct command_schedule {
    char id[ID_SIZE]; // update and run
    // update: what is not set stays
    bool remove, set_paused, set_message; // message: of row, with recipients, text and what stands beside
    char idempotency_key[IDEMPOTENCY_KEY_SIZE]; // run: "" = none
    // what is added; update: paused, name, cron and zone ("" = leave), the message. Result: as it is now
    struct schedule row;
};

struct command_template {
    bool only_new;           // put: a template of that name is a conflict
    struct template_row row; // what is put; remove: its name. Result of put: as it is now
    bool added;              // result of put: there was none of that name
};

struct command_suppress {
    char (*numbers)[NUMBER_SIZE]; // owned
    size_t count;
    enum suppression_source source;
    char note[NAME_SIZE];
    int64_t changed; // result: how many are new
};

struct command_otp {
    char id[ID_SIZE]; // check and cancel: "" = the newest one by number and purpose
    char to[NUMBER_SIZE];
    char purpose[OTP_PURPOSE_SIZE];
    // send
    char region[OTP_REGION_SIZE]; // of the number
    int64_t digits, ttl_ms;
    char app[OTP_APP_SIZE], language[OTP_LANGUAGE_SIZE];
    char domain[OTP_DOMAIN_SIZE], android_hash[OTP_HASH_SIZE];
    char *wording;              // owned, NULL = ours, or the wish's
    struct template_wish *wish; // owned: the template that has the wording, NULL = none
    int64_t key;                // app_key.n, 0 = a local administrator
    char client[OTP_CLIENT_SIZE];
    char device[DEVICE_ID_SIZE]; // "" = any
    int64_t sim;                 // 0 = any
    char code[OTP_GIVEN_SIZE];   // check
    struct otp_value {           // send: what limits of the service count by
        char name[QUOTA_NAME_SIZE];
        uint8_t hash[SECRET_HASH_BYTES];
        int64_t quota; // the engine's
    } * values;        // owned
    size_t value_count;
    // result
    struct verification row;
    bool resent; // send: the code that lived already went out again
    bool valid;  // check
};

struct command_service {
    char id[ID_SIZE];             // all but add
    char name[SERVICE_NAME_SIZE]; // update: "" = leave
    int64_t digits;               // update: 0 = leave
    struct otp_service row;       // result
};

// A limit of a service for one-time codes, or one of its buckets.
struct command_quota {
    char service[ID_SIZE];
    char id[ID_SIZE];           // of the limit; all but QUOTA_ADD
    char bucket[ID_SIZE];       // BUCKET_UPDATE and BUCKET_REMOVE
    char name[QUOTA_NAME_SIZE]; // QUOTA_ADD
    bool set_description;       // QUOTA_UPDATE
    char description[QUOTA_DESCRIPTION_SIZE];
    int64_t max, interval_ms; // of a bucket; update: 0 = leave
    // result
    struct otp_quota row;
    struct otp_bucket bucket_row;
};

struct command_token {
    char id[ID_SIZE];            // refresh: the refresh token's; revoke: the access token's
    int64_t key, scopes, ttl_ms; // add; ttl 0 = as configured
    // result
    bool refused; // refresh: it was used before, revoked, or is over
    struct token row;
};

struct command_hook_results {
    struct hook_result {
        int64_t job, webhook;
        int64_t status;         // HTTP, 0 = no answer
        int64_t retry_after_ms; // asked for by the receiver, 0 = not
        int64_t took_ms;
        bool arrived;                // the receiver took it
        char error[HOOK_ERROR_SIZE]; // what went wrong; when it arrived, with the answer ("" = nothing)
    } * items;                       // owned
    size_t count;
};

struct command_online {
    bool first, last; // pages of one snapshot: devices not named in any of them are offline
    char boot[JOURNAL_SIZE];
    char (*devices)[DEVICE_ID_SIZE]; // owned
    size_t count;
};

struct command_published {
    struct published {
        char id[ID_SIZE];
        int64_t account, lease;
        bool nobody; // MQTT 5 reason 0x10: no session is subscribed
    } * items;       // owned
    size_t count;
};

struct command {
    enum command_kind kind;
    enum command_origin origin;
    int64_t account; // account.n of the caller; 0 for the link
    void *context;   // the sender's own
    enum command_status status;
    struct field_error error;
    int64_t retry_after_ms; // of COMMAND_LIMITED
    struct command *next;   // the queue's
    union {
        struct command_send send;
        struct command_cancel cancel;
        struct command_reschedule reschedule;
        struct command_feedback feedback;
        struct command_erase erase; // COMMAND_REDACT and COMMAND_ERASE
        struct command_backlog backlog;
        struct command_device device;
        struct command_pairing pairing;
        struct command_phone_code phone_code;
        struct command_key key;
        struct command_account account_add;
        struct command_pool pool;
        struct {
            bool up;
        } link;
        struct command_online online;
        struct {
            char device[DEVICE_ID_SIZE];
            bool online;
            int64_t at;
            char boot[JOURNAL_SIZE];
        } presence;
        struct {
            char device[DEVICE_ID_SIZE];
            struct wire_status status;
            bool bare;  // a hello only: what it told of itself before holds on
            char *text; // owned: the payload as JSON text, kept for the device's page
        } status_report;
        struct {
            char device[DEVICE_ID_SIZE];
            struct wire_reports reports;
        } reports;
        struct {
            char device[DEVICE_ID_SIZE];
            struct wire_inbounds inbounds;
        } inbound;
        struct command_published published;
        struct command_webhook webhook;
        struct phone_settings phone_settings; // signing_key "" = leave; settings NULL = leave
        struct command_otp otp;
        struct command_service service;
        struct command_quota quota;
        struct command_token token;
        struct command_suppress suppress;
        struct backfill backfill; // from and dry_run; result: as it is now
        struct command_limit limit;
        struct command_inbox inbox;
        struct command_schedule schedule;
        struct command_template template;
        struct quiet_hours quiet;
        struct otp_rule otp_rule;
        struct retention retention;
        struct command_hook_results hook_results;
    };
};

// A zeroed command of that kind, owned; NULL when memory runs out.
struct command *command_new(enum command_kind kind, enum command_origin origin, int64_t account);
// Frees the command and all that it owns (request and result). NULL does nothing.
void command_free(struct command *command);
// Sets the status of a command that did not end well, and its error: the field at path ("" = the whole), and
// a sentence, which is cut to fit. Always false, so that a caller can return it.
bool command_fail(struct command *command, enum command_status status, const char *path, const char *format,
                  ...) __attribute__((format(printf, 4, 5)));

#endif
