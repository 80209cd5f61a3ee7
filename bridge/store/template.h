// Texts with variables, in the store. Writes are the engine's, reads any thread's (store.h, query.h).
#ifndef SMSQUITTO_BRIDGE_STORE_TEMPLATE_H
#define SMSQUITTO_BRIDGE_STORE_TEMPLATE_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"
#include "common/template.h"

enum {
    TEMPLATE_NAME_SIZE = 41,
    TEMPLATE_TEXTS_MAX = 32,          // languages of one template, with the default
    TEMPLATE_TEXTS_MAX_BYTES = 32768, // of all of them
};

struct template_text {
    char language[TEMPLATE_LANGUAGE_SIZE]; // "" = the default
    char *text;                            // owned
};

struct template_row {
    int64_t n, account;
    char name[TEMPLATE_NAME_SIZE];
    int64_t max_parts; // 0 = as many as a message may have
    int64_t created_at, updated_at;
    struct template_text *texts; // owned, by language, so that the default comes first
    size_t text_count;
};

// Frees what it owns and leaves it empty.
void template_row_clear(struct template_row *row);

// How many the account has, counted up to limit.
int64_t store_template_count(struct store *store, int64_t account, int64_t limit);
// Adds the template with its texts, and sets its n.
bool store_template_add(struct store *store, struct template_row *row);
// Writes max_parts and updated_at, and its texts in place of all that there were.
bool store_template_update(struct store *store, const struct template_row *row);
bool store_template_remove(struct store *store, int64_t n);
// The template with its texts; the caller clears it. False when there is none, and when memory runs out.
bool store_template_load(struct store *store, struct template_row *out, int64_t account, const char *name);

// The caller clears what came with QUERY_OK.
enum query_status query_template(struct query *query, struct template_row *out, int64_t account,
                                 const char *name);
// Fills out[limit] in the order of the names, after that one; without their texts, nothing to clear.
enum query_status query_templates(struct query *query, struct template_row *out, size_t limit, size_t *count,
                                  int64_t account, const char *after_name);

#endif
