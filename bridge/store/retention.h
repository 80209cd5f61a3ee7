// How long an account keeps its messages. Writes are the engine's, reads any thread's (store.h, query.h).
#ifndef SMSQUITTO_BRIDGE_STORE_RETENTION_H
#define SMSQUITTO_BRIDGE_STORE_RETENTION_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"

// In days since a message was created; 0 = for ever.
struct retention {
    int64_t account;
    int64_t text_days, number_days, delete_days;
    char text_to[ID_SIZE], number_to[ID_SIZE]; // messages up to these are done
};

bool store_retention_put(struct store *store, const struct retention *row);
bool store_retention_each(struct store *store, bool (*each)(void *context, const struct retention *row),
                          void *context);

// Fills out[limit] with messages of the account in the order of ids, behind from and before to; returns how
// many. The caller clears each.
size_t store_messages_old(struct store *store, struct message *out, size_t limit, int64_t account,
                          const char *from, const char *to);
// Puts what is left of a number in its place.
bool store_message_set_peer(struct store *store, int64_t n, const char *peer);
// With its events and all that points to it.
bool store_message_delete(struct store *store, const struct message *message);
// Leaves only the row and its events, of no account, without anything that somebody could be known by.
bool store_message_erase(struct store *store, const struct message *message);
// Deletes events with numbers in (after, to] that are about no message and happened before.
bool store_events_delete(struct store *store, int64_t after, int64_t to, int64_t account, int64_t before);

// QUERY_NONE: the account keeps everything.
enum query_status query_retention(struct query *query, struct retention *out, int64_t account);

#endif
