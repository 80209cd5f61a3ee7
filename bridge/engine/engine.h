// The engine: one thread that owns every change. It takes what has queued up, applies it in one transaction,
// commits, and only then lets the effects out.
#ifndef SMSQUITTO_BRIDGE_ENGINE_ENGINE_H
#define SMSQUITTO_BRIDGE_ENGINE_ENGINE_H

#include "bridge/engine/command.h"
#include "bridge/engine/outlets.h"
#include "bridge/store/store.h"

enum { HOOK_DELAYS_MAX = 16 };

// All times in ms.
struct engine_options {
    int64_t default_ttl_ms; // of a message without ttl and expires_at
    int64_t lease_ms;       // how long a device may take to begin sending
    int64_t confirm_ms;     // first wait for a device's word before it is asked again; doubles up to 16 times
    int64_t offline_grace_ms; // how long a device may be away before its waiting messages say so
    int64_t heartbeat_ms;     // how long a connected device may be silent before it is offline; 0 = for ever
    int64_t
        answer_wait_ms; // how long after its end of life a message waits for a device that may have sent it
    int64_t delivery_wait_ms;             // how long a sent message waits for its delivery report
    int64_t retry_delay_ms;               // after the first temporary failure; doubles
    int64_t pairing_ttl_ms, pairings_max; // how long a pairing code lives; how many may be open in an account
    int64_t answers_max, answers_gap_ms;  // to one number in a row, see answers.h
    int64_t backlog_age_ms, failed_max;   // how long they may wait, and how many may fail in an hour; 0 = any
    int64_t backlog_max; // messages of an account that may wait while who minds sends more; 0 = any number
    int64_t token_ttl_ms, token_refresh_ms;    // how long access and refresh tokens live
    int64_t retries;                           // temporary failures before a message fails
    int64_t cool_down_ms;                      // how long a device rests after a limit error
    int64_t window_out;                        // messages that a device may hold without having sent them
    int64_t window_unaccepted;                 // of these, not yet accepted
    int64_t idempotency_keep_ms;               // how long idempotency keys are remembered
    int64_t telemetry_interval_ms, min_gap_ms; // what devices are told
    int64_t queue_max;                         // commands that may wait
    int64_t cache_messages;                    // messages kept in memory
    int64_t hook_delays_ms[HOOK_DELAYS_MAX];   // waits behind failed deliveries
    size_t hook_delays;                        // how many; after the last one a delivery is dead
    int64_t hook_pause_after;                  // failures in a row after which a webhook is only probed
    int64_t hook_probe_ms;                     // first wait between probes; doubles up to 60 times as long
    int64_t hook_give_up_ms;                   // age at which an undelivered event is dead
    int64_t hook_keep_ms, hook_keep_dead_ms;   // how long delivered and dead ones are kept
    int64_t hook_waiting_max;                  // deliveries that may wait for one webhook
    int64_t otp_per_hour[OTP_LIMITS];          // sends an hour by enum otp_limit; 0 = no limit
    const char *otp_countries;                 // codes go to these only: DE AT; "" or NULL = all
    int64_t otp_checks;                        // wrong codes that a verification takes
    int64_t otp_keep_ms;                       // how long ended verifications are kept
    uint8_t otp_key[SECRET_HASH_BYTES];
    const char *stop_words, *start_words, *help_words;    // single words, separated by spaces
    const char *stop_answer, *start_answer, *help_answer; // "" = none
    const char *suppress_codes;                           // failures that suppress a number
    bool suppress_otp_exempt;
    const char *roster_path; // roster.db
    const char *bridge_name; // login of this bridge in the roster
    uint8_t bridge_key_hash[SECRET_HASH_BYTES];
};

// Plain counters, read at any time from any thread by engine_metrics.
struct engine_metrics {
    int64_t commands[COMMAND_KINDS];
    int64_t batches, commit_failures, refused_full;
    int64_t queue_length, queue_max;
    int64_t accepted_messages;
    int64_t moves[STATE_RECEIVED + 1]; // into each state
    int64_t redeliveries, retries;
    int64_t bad_reports; // malformed, foreign, of an older lease or backwards
    int64_t link_batches,
        link_batched; // publishes that held several payloads for devices, and those payloads
    int64_t hooks_delivered, hooks_failed,
        hooks_dead; // attempts that succeeded and failed, deliveries given up
    int64_t commit_last_us, batch_last;
    bool link_up;
    bool plugin_ok; // the plugin has answered over this connection to the broker
    bool store_ok;  // the last commit succeeded
    int64_t devices_online;
};

struct engine;

// Reads what it needs from the store (borrowed until engine_free) and fills the roster file. Makes the
// account "main" in an empty store. Returns an owned engine, or NULL with *why set to a borrowed sentence.
struct engine *engine_new(struct store *store, const struct engine_options *options,
                          const struct outlets *outlets, const char **why);
void engine_free(struct engine *engine);

// Starts and stops the thread. Stop refuses new commands, finishes what has queued up, and joins.
bool engine_start(struct engine *engine);
void engine_stop(struct engine *engine);

// Hands a command over (taken on success). Returns false, and leaves it with the caller, when the queue is
// full or the engine stops. Any thread; never waits for the store.
bool engine_submit(struct engine *engine, struct command *command) __attribute__((warn_unused_result));

// Whether the queue has no room now. Any thread.
bool engine_full(const struct engine *engine);

void engine_metrics(const struct engine *engine, struct engine_metrics *out);

// A malformed uplink, counted with the engine's other refusals. Any thread.
void engine_count_bad_report(struct engine *engine);

// A publish that held so many payloads for devices. Any thread.
void engine_count_link_batch(struct engine *engine, int64_t payloads);

#endif
