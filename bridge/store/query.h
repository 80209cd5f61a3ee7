// Reading the store from any thread: one struct query per thread, its own read-only connection, WAL
// snapshots.
//
// Everything is scoped by account: a foreign account's id is "no such row". Reads never wait for the writer.
#ifndef SMSQUITTO_BRIDGE_STORE_QUERY_H
#define SMSQUITTO_BRIDGE_STORE_QUERY_H

#include "bridge/store/records.h"

enum query_status {
    QUERY_OK,
    QUERY_NONE,   // no such row
    QUERY_FAILED, // the store could not be read: answer "try later"
};

struct query;

// Opens a reader on a database that store_open has made. Returns NULL on failure.
struct query *query_open(const char *path);
void query_close(struct query *query);

// By the SHA-256 of the key. Finds revoked and expired ones too: the caller checks.
enum query_status query_key_by_hash(struct query *query, struct app_key *out,
                                    const uint8_t hash[SECRET_HASH_BYTES]);
enum query_status query_account(struct query *query, struct account *out, const char *id);
enum query_status query_account_by_n(struct query *query, struct account *out, int64_t n);
// The account with the lowest n.
enum query_status query_account_first(struct query *query, struct account *out);
// Fills out[limit] in n order after after_n, sets *count.
enum query_status query_accounts(struct query *query, struct account *out, size_t limit, size_t *count,
                                 int64_t after_n);
enum query_status query_keys(struct query *query, struct app_key *out, size_t limit, size_t *count,
                             int64_t account, int64_t after_n);

// A device as the API shows it: its row and the numbers that go with it.
struct device_view {
    struct device device;
    int64_t waiting;  // messages that wait for this device by name (turn waits)
    int64_t out;      // messages that it holds and has not sent (turn out)
    int64_t warnings; // bits of enum warning (vitals.h)
};
void device_view_clear(struct device_view *view);
// Not removed ones only. The caller clears.
enum query_status query_device(struct query *query, struct device_view *out, int64_t account, const char *id);
enum query_status query_devices(struct query *query, struct device_view *out, size_t limit, size_t *count,
                                int64_t account, int64_t after_n);

// A message as the API shows it. device_id, want_device_id, want_pool and schedule_id are "" when there is
// none.
struct message_view {
    struct message message;
    char device_id[DEVICE_ID_SIZE];
    char want_device_id[DEVICE_ID_SIZE];
    char want_pool[POOL_NAME_SIZE];
    bool device_online, device_paused; // of device, else of want_device
    int64_t device_online_at;
    char schedule_id[ID_SIZE];
    struct route_rest rest; // of its route
};
void message_view_clear(struct message_view *view);

struct message_filter {
    int64_t account;
    enum state states[3];             // one of these; none = any
    bool dead;                        // only those of the dead letter queue
    char reason[REASON_SIZE];         // "" = any
    enum lane lane;                   // 0 = any
    int64_t pool;                     // the wanted one: pool.n, 0 = any
    int direction;                    // enum direction, -1 = any
    char peer[PEER_SIZE];             // "" = any
    char batch[ID_SIZE];              // "" = any
    int64_t device;                   // device.n, 0 = any
    int64_t created_from, created_to; // 0 = open; from inclusive, to exclusive
    char before[ID_SIZE];             // cursor: only ids below this one; "" = from the newest
};

enum {
    QUERY_SCAN_MAX = 10000
}; // rows that one page looks at; a sparse page is short, and its cursor goes on

enum query_status query_message(struct query *query, struct message_view *out, int64_t account,
                                const char *id);
// Newest first. Fills out[limit], sets *count, and *cursor to the id to go on from ("" at the end). The
// caller clears each.
enum query_status query_messages(struct query *query, struct message_view *out, size_t limit, size_t *count,
                                 char cursor[ID_SIZE], const struct message_filter *filter);
// The other way: of the messages from id `from` on, those that match and come first, newest first all the
// same. A filter can be a peer, a device, a direction and times; before is not read. Looks at QUERY_SCAN_MAX
// rows.
enum query_status query_messages_newer(struct query *query, struct message_view *out, size_t limit,
                                       size_t *count, const char *from, const struct message_filter *filter);
// How many messages there are in the three queues: of the first 10,000 that wait, and of 10,000 dead letters.
enum query_status query_queue_counts(struct query *query, int64_t *active, int64_t *held, int64_t *dead,
                                     int64_t account);
// How many messages stand before this one on its route, counted up to 1000.
enum query_status query_messages_ahead(struct query *query, int64_t *ahead, const struct message *message);

// An event as the API shows it, with the ids behind its numbers ("" = none).
struct event_view {
    struct event event;
    char message_id[ID_SIZE];
    char device_id[DEVICE_ID_SIZE];
    char peer[PEER_SIZE];
    enum direction direction;
};
// The timeline of a message, oldest first, at most limit (the newest ones when there are more).
enum query_status query_timeline(struct query *query, struct event_view *out, size_t limit, size_t *count,
                                 int64_t message);
// Events of all accounts after event after_n, oldest first.
enum query_status query_events(struct query *query, struct event_view *out, size_t limit, size_t *count,
                               int64_t after_n);
enum query_status query_event_last(struct query *query, int64_t *n);

// Message counts by state, for /metrics: only states that wait (turn and due indexes), bounded work.
struct query_counts {
    int64_t waiting, out, due; // rows in turn waits, turn out, and with a due time
    int64_t oldest_waiting_at; // created_at of the longest waiting message, 0 = none
    int64_t devices, devices_online;
    int64_t schema; // version of the tables
};
enum query_status query_counts(struct query *query, struct query_counts *out);

#endif
