// What every rule of the engine works on. Engine thread only.
//
// A function of (core, command) that the table in engine.c names applies one kind of command: it reads the
// request in the command's member, changes memory and store, and puts its result into the same member. The
// command stays the caller's, and comes with COMMAND_OK; what went wrong is its status and error
// (command_fail), and nothing was changed then. When memory runs out core->broken, when the store fails its
// failure, undoes the whole batch.
#ifndef SMSQUITTO_BRIDGE_ENGINE_CORE_H
#define SMSQUITTO_BRIDGE_ENGINE_CORE_H

#include "bridge/engine/answers.h"
#include "bridge/engine/cache.h"
#include "bridge/engine/effects.h"
#include "bridge/engine/engine.h"
#include "bridge/engine/fleet.h"
#include "bridge/engine/phone_code.h"
#include "bridge/engine/webhooks.h"

// Numbers that others read while the engine runs.
struct core_counters {
    _Atomic int64_t commands[COMMAND_KINDS];
    _Atomic int64_t moves[STATE_RECEIVED + 1];
    _Atomic int64_t batches, commit_failures, refused_full, accepted_messages, redeliveries, retries,
        bad_reports, link_batches, link_batched;
    _Atomic int64_t hooks_delivered, hooks_failed, hooks_dead;
    _Atomic int64_t commit_last_us, batch_last, devices_online;
    _Atomic bool link_up, plugin_ok, store_ok;
};

enum { SUPPRESSING_BITS = 4096 };

struct core {
    struct store *store; // borrowed
    struct engine_options options;
    struct cache *cache;
    struct fleet *fleet;
    struct webhooks *webhooks;
    struct stats *stats;
    struct effects effects;
    struct core_counters counters;
    int64_t now;  // wall clock at the start of the batch
    int64_t mono; // and a clock that nobody sets
    // a step back of the wall clock: by how much what waits comes earlier (0 = done), and up to where it does
    int64_t step_back_ms, step_due, step_n;
    // highest numbers in use
    int64_t last_message, last_event;
    int64_t last_device, last_key, last_account;
    int64_t last_pool;
    int64_t last_webhook, last_hook_job;
    int64_t last_verification;
    int64_t last_schedule;
    int64_t last_pairing;
    struct phone_code phone_codes[PHONE_CODES_MAX];
    uint8_t suppressing[SUPPRESSING_BITS / 8]; // accounts that have suppressed numbers, by n
    struct keeping *keepings;                  // of the accounts that do not keep everything
    struct quiet_hours *quiet;                 // of the accounts that have some
    size_t quiet_count;
    int64_t next_due; // no message is due before this; 0 = look
    int64_t next_receipts, next_upkeep;
    int64_t next_telemetry_sweep;
    int64_t next_idle, idle_commands; // monotonic; commands up to the last look
    bool emptied;                     // the caches, at the last look
    struct pace *paces;               // of the devices that have limits
    int64_t next_pace;                // no SIM's rest is over before
    bool pace_changed;                // counts of limits are to be stored
    bool rests_changed;               // somebody rests, or rests no more
    int64_t next_hooks;               // no delivery is to be handed out before
    struct backfilling *backfillings; // that are at work, in the order of their turns
    int64_t next_backfill;            // no step of them before
    struct answers answers;           // that went out of themselves
    bool inbox_open;                  // a device may have to be asked for its inbox
    bool pump_again;                  // more of what waits could go: do not sleep
    bool roster_stale;                // the roster file must be written once the batch is committed
    bool broken;                      // memory ran out half way: undo the batch as if the commit had failed
    char boot[JOURNAL_SIZE];          // the broker's run, as the plugin last told
};

// Reads accounts, devices and counts from the store into memory, forgetting what was there. False when the
// store cannot be read.
bool core_load(struct core *core);

// What an engine does by itself in each batch, behind the commands: looks at what is due, gives out what
// waits, writes down what was counted. Inside a transaction.
void core_settle(struct core *core);

// The core of an engine that was not started, borrowed from it: tests drive its rules with a clock of their
// own.
struct core *engine_core(struct engine *engine);
// One batch of such an engine, with what has queued up, as its thread would run it.
void engine_turn(struct engine *engine);

#endif
