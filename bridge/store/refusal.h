// Whom a list of recipients left out, in the store. The engine's side only.
#ifndef SMSQUITTO_BRIDGE_STORE_REFUSAL_H
#define SMSQUITTO_BRIDGE_STORE_REFUSAL_H

#include "bridge/store/store.h"

struct refusal {
    char to[NUMBER_SIZE];
    char why[DETAIL_SIZE];
};

// Adds those of a batch, in their order.
bool store_refusals_add(struct store *store, const char *batch, const struct refusal *rows, size_t count,
                        int64_t at);
// Fills out[limit]; returns the count.
size_t store_refusals(struct store *store, struct refusal *out, size_t limit, const char *batch);
// Deletes at most limit of those older than before.
void store_refusals_sweep(struct store *store, int64_t before, size_t limit);

#endif
