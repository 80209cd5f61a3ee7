// The node that this bridge is.
#include "bridge/store/node.h"

#include "bridge/store/store_internal.h"
#include "common/clock.h"

#include <stdio.h>
#include <string.h>

static bool run_for(struct store *store, enum statement name, const char *id)
{
    struct db_statement *statement = store_use(store, name);
    if (statement == NULL)
        return false;
    db_bind_text(statement, 1, id);
    if (name == STATEMENT_NODE_CLAIM)
        db_bind_int(statement, 2, clock_wall_ms());
    return store_finish(store, statement);
}

// The node's number and lease; false when there is no such node, or the transaction has failed.
static bool read_node(struct store *store, const char *id, int64_t *node, int64_t *lease)
{
    struct db_statement *statement = store_use(store, STATEMENT_NODE);
    if (statement == NULL)
        return false;
    db_bind_text(statement, 1, id);
    if (!store_next_row(store, statement))
        return false;
    *node = db_int(statement, 0);
    *lease = db_int(statement, 1);
    db_reset(statement);
    return true;
}

// One of the writes about all other nodes; *changed rows.
static bool write_others(struct store *store, enum statement name, int64_t node, int64_t *changed)
{
    struct db_statement *statement = store_use(store, name);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, node);
    if (!store_finish(store, statement))
        return false;
    *changed = db_changes(store->db);
    return true;
}

enum store_status store_node_claim(struct store *store, const char *id, struct node_claim *claim)
{
    int64_t fenced;
    store_begin(store);
    bool claimed = run_for(store, STATEMENT_NODE_ADD, id) && run_for(store, STATEMENT_NODE_CLAIM, id) &&
                   read_node(store, id, &claim->node, &claim->lease) &&
                   write_others(store, STATEMENT_NODE_FENCE, claim->node, &fenced) &&
                   write_others(store, STATEMENT_NODE_DEVICES_TAKE, claim->node, &claim->taken);
    enum store_status status = store_commit(store);
    if (status != STORE_OK)
        return status;
    if (!claimed)
        return STORE_CORRUPT;
    snprintf(store->node_id, sizeof(store->node_id), "%s", id);
    store->node = claim->node;
    store->lease = claim->lease;
    return STORE_OK;
}

enum store_status store_node_keep(struct store *store)
{
    struct node_claim claim;
    if (store->node_id[0] == '\0')
        return STORE_OK;
    if (read_node(store, store->node_id, &claim.node, &claim.lease) && claim.lease == store->lease)
        return STORE_OK;
    if (store->failure != STORE_OK)
        return store->failure;
    char id[NODE_ID_SIZE];
    memcpy(id, store->node_id, sizeof(id));
    return store_node_claim(store, id, &claim);
}
