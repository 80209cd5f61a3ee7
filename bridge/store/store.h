// Writing to the store, and the reads that decide about writes: the engine's side. One thread only.
//
// Inside a transaction the first failure sticks: every later call does nothing and returns false, and
// store_commit rolls back and returns the cause. So callers need not check each write. Reads return false
// both for "no such row" and for a failure; the engine may act on "no such row", because a failure undoes the
// whole batch.
#ifndef SMSQUITTO_BRIDGE_STORE_STORE_H
#define SMSQUITTO_BRIDGE_STORE_STORE_H

#include "bridge/store/records.h"

enum store_status {
    STORE_OK,
    STORE_BUSY,     // another process holds the lock longer than the busy timeout
    STORE_FULL,     // no room on the disk
    STORE_READONLY, // the file or its folder cannot be written
    STORE_IO,       // the system could not read, write or sync
    STORE_CORRUPT,  // this is no database, or a damaged one
    STORE_NEWER,    // its schema is newer than this program's; nothing was touched
    STORE_LOCKED,   // another bridge has it open
    STORE_CONFLICT, // a unique rule was broken: a bug, or ids that met
    STORE_AWAY,     // the database server cannot be reached
    STORE_MEMORY,
};

// One plain-English sentence, borrowed for ever.
const char *store_status_text(enum store_status status);

struct store;

// Opens (or makes) the database at path, takes a lock that keeps other bridges out (flock on path.lock; an
// advisory lock at a server), brings its schema up to date, one transaction a migration. path may be
// postgresql://…, see docs/postgresql.md. busy_ms bounds waits for foreign locks. SQLite: WAL,
// synchronous=FULL, no automatic checkpoints on this connection. Returns an owned store, or NULL with *status
// set.
struct store *store_open(const char *path, int busy_ms, enum store_status *status);
void store_close(struct store *store);

// Begins a transaction (BEGIN IMMEDIATE). On failure the failure sticks until store_commit or store_rollback.
void store_begin(struct store *store);
// Commits. On any status but STORE_OK nothing of the transaction is left, and the store can be used again.
// After a failed sync the connection is reopened, never trusted further. When a server goes away in the very
// moment of the commit, the answer is STORE_AWAY and the transaction may be there all the same.
enum store_status store_commit(struct store *store);
void store_rollback(struct store *store);
// Makes the transaction fail, as memory ran out for what was read. Returns false.
bool store_fail_memory(struct store *store);

// Highest n in use, 0 when the table is empty. Outside of transactions too.
int64_t store_message_last(struct store *store);
int64_t store_event_last(struct store *store);
int64_t store_device_last(struct store *store);
int64_t store_key_last(struct store *store);
int64_t store_account_last(struct store *store);

// Inserts rows whose n and other columns the caller has set; they copy what they need.
bool store_account_add(struct store *store, const struct account *account);
bool store_key_add(struct store *store, const struct app_key *key);
bool store_device_add(struct store *store, const struct device *device);
bool store_message_add(struct store *store, const struct message *message);
bool store_event_add(struct store *store, const struct event *event);
bool store_idempotency_add(struct store *store, const struct idempotency *row);

// Writes all columns that can change (of message: from state to updated_at, but no request columns; of
// device: all but status).
bool store_device_update(struct store *store, const struct device *device);
bool store_message_update(struct store *store, const struct message *message);

// Writes another time to send, and to expire, of a message that the store has.
bool store_message_reschedule(struct store *store, int64_t n, int64_t send_at, int64_t expires_at);

// Only up_to and seen_at: the one device write that is frequent.
bool store_device_uplink(struct store *store, int64_t device, int64_t up_to, int64_t seen_at);

// What a device told last, as JSON: written, and read (owned; NULL when it has told nothing, or the store
// failed).
bool store_device_status_put(struct store *store, int64_t device, const char *status);
char *store_device_status(struct store *store, int64_t device);

// Marks a key of the account revoked. False when the account has no such unrevoked key.
bool store_key_revoke(struct store *store, int64_t account, const char *id, int64_t at);
// Whether a key of the account with that hash is neither revoked nor expired.
bool store_key_works(struct store *store, int64_t account, const uint8_t hash[SECRET_HASH_BYTES], int64_t at);
bool store_key_used(struct store *store, int64_t key, int64_t at);

// Puts a message into the dead letter queue, or takes it out: false when it was not there.
bool store_dead_add(struct store *store, int64_t message, int64_t account);
bool store_dead_remove(struct store *store, int64_t message, int64_t account);

// Reads into *out; the caller clears it. False: no such row (or failure, see above).
bool store_message_load(struct store *store, struct message *out, int64_t account, const char *id);
bool store_inbound_known(struct store *store, int64_t device, const char *uid);
bool store_idempotency_load(struct store *store, struct idempotency *out, int64_t account, const char *key);
// The device that last held an outbound message to peer, and the slot that it was to use (0 = any); false
// when there is none. One index look-up.
bool store_peer_device(struct store *store, int64_t *device, int64_t *sim, int64_t account, const char *peer);

// Fill out[limit] and return the count; the caller clears each.
// Messages with that turn and route, in lane and n order, after (after_lane, after_n); 0, 0 = from the start.
size_t store_messages_turn(struct store *store, struct message *out, size_t limit, enum turn turn,
                           int64_t route, int64_t after_lane, int64_t after_n);
// Messages whose due_at is at or before at, soonest first.
size_t store_messages_due(struct store *store, struct message *out, size_t limit, int64_t at);
// Messages behind (due_at, n), soonest first.
size_t store_messages_due_later(struct store *store, struct message *out, size_t limit, int64_t due_at,
                                int64_t n);
// What is held until a time in an account, behind n, in the order of acceptance.
size_t store_messages_held(struct store *store, struct message *out, size_t limit, int64_t account,
                           int64_t n);
size_t store_messages_batch(struct store *store, struct message *out, size_t limit, int64_t account,
                            const char *batch);
// The soonest due_at, INT64_MAX when nothing is due ever.
int64_t store_next_due(struct store *store);

// Calls each(context, ...) per row; false when reading failed half way (or a callback returned false).
bool store_accounts_each(struct store *store, bool (*each)(void *context, const struct account *account),
                         void *context);
bool store_devices_each(struct store *store, bool (*each)(void *context, const struct device *device),
                        void *context);
bool store_turns_each(struct store *store,
                      bool (*each)(void *context, enum turn turn, int64_t route, int64_t count),
                      void *context);

// Deletes at most limit idempotency rows older than before; returns how many.
size_t store_idempotency_sweep(struct store *store, int64_t before, size_t limit);

// Gives back the memory of what was read, outside a transaction in a quiet time.
void store_rest(struct store *store);

// A thread with its own connection that checkpoints the WAL (passive) when it has grown, so that commits
// never do. wal_pages is when. store_close of the store does not stop it: stop it first.
struct store_checkpointer;
struct store_checkpointer *store_checkpointer_start(const char *path, int wal_pages);
void store_checkpointer_stop(struct store_checkpointer *checkpointer);

#endif
