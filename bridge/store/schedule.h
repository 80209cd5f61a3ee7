// Texts that recur, in the store. Writes are the engine's, reads any thread's (store.h, query.h).
#ifndef SMSQUITTO_BRIDGE_STORE_SCHEDULE_H
#define SMSQUITTO_BRIDGE_STORE_SCHEDULE_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"
#include "bridge/store/template.h"
#include "common/cron.h"

enum { SCHEDULE_SENDER_SIZE = 36 };

struct schedule {
    int64_t n, account;
    char id[ID_SIZE];
    char name[NAME_SIZE];
    char cron[CRON_TEXT_MAX + 1];
    char zone[ZONE_NAME_SIZE];
    char *recipients;                  // owned, numbers with spaces between
    char *text;                        // owned, "" = by template
    char template[TEMPLATE_NAME_SIZE]; // "" = text is given
    char language[TEMPLATE_LANGUAGE_SIZE];
    char *variables; // owned JSON object, NULL = none
    // owned JSON array beside recipients, NULL = all get the same: null, or {"variables": …, "language": …}
    char *own;
    char *metadata;                    // owned JSON object, NULL = none
    char *callback_url;                // owned, NULL = none
    char sender[SCHEDULE_SENDER_SIZE]; // "" = any
    int64_t sim, qos, ttl_ms;
    enum lane lane;
    bool paused;
    int64_t next_at, last_at, created_at, removed_at; // 0 = never
    char last_id[ID_SIZE];
    char last_error[DETAIL_SIZE];
};

// Frees what it owns and leaves it empty.
void schedule_clear(struct schedule *schedule);

int64_t store_schedule_last(struct store *store);
bool store_schedule_add(struct store *store, const struct schedule *row);
// Writes all but n, id, account and created_at, which tell the row.
bool store_schedule_update(struct store *store, const struct schedule *row);
bool store_schedule_delete(struct store *store, int64_t n);
// Deletes at most limit of those that were removed before that time; returns how many.
size_t store_schedule_sweep(struct store *store, int64_t before, size_t limit);
bool store_schedule_load(struct store *store, struct schedule *out, int64_t account, const char *id);
// Fills out[limit] with those that are due, soonest first; the caller clears each.
size_t store_schedules_due(struct store *store, struct schedule *out, size_t limit, int64_t at);
int64_t store_schedule_count(struct store *store, int64_t account, int64_t limit);

// The caller clears each.
enum query_status query_schedule(struct query *query, struct schedule *out, int64_t account, const char *id);
enum query_status query_schedules(struct query *query, struct schedule *out, size_t limit, size_t *count,
                                  int64_t account, int64_t after_n);

#endif
