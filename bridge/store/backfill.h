// Looking through old failures for numbers to suppress, in the store. Writes are the engine's, reads any
// thread's.
#ifndef SMSQUITTO_BRIDGE_STORE_BACKFILL_H
#define SMSQUITTO_BRIDGE_STORE_BACKFILL_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"

struct backfill {
    int64_t account;
    int64_t from; // messages that were made from then on, 0 = all
    bool dry_run;
    char looked_to[ID_SIZE];
    int64_t messages, failures, numbers;
    int64_t began_at, ended_at; // ended_at 0 = it goes on
};

// What a backfill needs of a message.
struct outcome {
    char id[ID_SIZE];
    char peer[PEER_SIZE];
    char code[REASON_SIZE];
    int64_t direction, updated_at;
    enum state state;
};

// Writes the row, in place of the account's last one.
bool store_backfill_put(struct store *store, const struct backfill *row);
// Those that have not ended.
bool store_backfills_each(struct store *store, bool (*each)(void *context, const struct backfill *row),
                          void *context);
// Fills out[limit] with the messages of the account after id from and before id to, in the order of ids.
size_t store_outcomes(struct store *store, struct outcome *out, size_t limit, int64_t account,
                      const char *from, const char *to);
// Fills out[limit] with the newest messages from and to that number, the newest first.
size_t store_outcomes_peer(struct store *store, struct outcome *out, size_t limit, int64_t account,
                           const char *peer);

enum query_status query_backfill(struct query *query, struct backfill *out, int64_t account);

#endif
