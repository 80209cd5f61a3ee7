// What apps send, as one thing each: a message to one recipient, or a batch; and the ids that they give it.
//
// As in store.h: writes are the engine's, reads any thread's; the first failure of a transaction sticks.
#ifndef SMSQUITTO_BRIDGE_STORE_SEND_H
#define SMSQUITTO_BRIDGE_STORE_SEND_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"

enum { SEND_NAME_SIZE = 37 }; // 36 characters, as those of a UUID

struct send_name {
    int64_t account;
    char name[SEND_NAME_SIZE];
    char message[ID_SIZE]; // SM… or BA…
    int64_t created_at;
};

// The writer's side.
bool store_send_name_add(struct store *store, const struct send_name *row);
// Fills message with what that name stands for; false when it is free.
bool store_send_name_load(struct store *store, char message[ID_SIZE], int64_t account, const char *name);

// When the message of the account was made that has waited longest for its turn; 0 = none waits.
int64_t store_oldest_waiting(struct store *store, int64_t account);

// The readers' side: what a name stands for, and the other way round.
enum query_status query_send_by_name(struct query *query, char message[ID_SIZE], int64_t account,
                                     const char *name);
enum query_status query_send_name(struct query *query, char name[SEND_NAME_SIZE], int64_t account,
                                  const char *message);

// One message in a list of sends; those of a batch stand together.
struct send_row {
    char id[ID_SIZE], batch[ID_SIZE]; // batch "" = none
    enum state state;
    bool cancelling;
};

struct send_filter {
    int64_t account;
    int64_t device;                   // device.n, 0 = any
    int64_t created_from, created_to; // 0 = open; from inclusive, to exclusive
    bool oldest_first;
};

// Fills out[QUERY_SCAN_MAX] with what apps have sent, of as many messages as that in the filter's range of
// time.
enum query_status query_sends(struct query *query, struct send_row *out, size_t *count,
                              const struct send_filter *filter);

// When a message (by its n) was first in each state; 0 = never.
enum query_status query_times(struct query *query, int64_t at[STATE_RECEIVED + 1], int64_t message);

#endif
