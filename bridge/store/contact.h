// Who may not be written to, and when, in the store. Writes are the engine's, reads any thread's (store.h,
// query.h).
#ifndef SMSQUITTO_BRIDGE_STORE_CONTACT_H
#define SMSQUITTO_BRIDGE_STORE_CONTACT_H

#include "bridge/store/query.h"
#include "bridge/store/quiet_hours.h"
#include "bridge/store/store.h"

// Stored in the database: never reuse or renumber.
enum suppression_source {
    SUPPRESSED_STOP = 1,
    SUPPRESSED_MANUAL = 2,
    SUPPRESSED_IMPORT = 3,
    SUPPRESSED_FAILURE = 4
};

struct suppression {
    int64_t n, account;
    char number[NUMBER_SIZE];
    enum suppression_source source;
    char note[NAME_SIZE];
    int64_t at;
};

// The writer's side. An entry that is there already stays as it is.
bool store_suppression_add(struct store *store, const struct suppression *row);
// False when there is no such entry.
bool store_suppression_remove(struct store *store, int64_t account, const char *number);
bool store_suppression_load(struct store *store, struct suppression *out, int64_t account,
                            const char *number);
bool store_suppressed_accounts_each(struct store *store, bool (*each)(void *context, int64_t account),
                                    void *context);
// When a notice went to the number last, 0 = never (or long ago); and writes that one goes now.
int64_t store_notice_at(struct store *store, int64_t account, const char *number);
bool store_notice_set(struct store *store, int64_t account, const char *number, int64_t at);
void store_notice_sweep(struct store *store, int64_t before, size_t limit);
// Fills ids[limit] with messages to that number that no device has yet, of its newest 1,000; returns the
// count.
size_t store_messages_to(struct store *store, char (*ids)[ID_SIZE], size_t limit, int64_t account,
                         const char *number);
// Writes, or with begins = ends and no days deletes, the account's quiet hours.
bool store_quiet_set(struct store *store, const struct quiet_hours *row);
bool store_quiet_each(struct store *store, bool (*each)(void *context, const struct quiet_hours *row),
                      void *context);

// The readers' side. Lists in the order of entry, after after_n.
enum query_status query_suppressions(struct query *query, struct suppression *out, size_t limit,
                                     size_t *count, int64_t account, int64_t after_n);
enum query_status query_suppression(struct query *query, struct suppression *out, int64_t account,
                                    const char *number);
enum query_status query_quiet(struct query *query, struct quiet_hours *out, int64_t account);

// The word of the API ("stop", "manual", "import", "failure").
const char *suppression_source_name(enum suppression_source source);

#endif
