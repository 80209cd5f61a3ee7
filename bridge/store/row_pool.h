// Pool rows, for the writer's and the readers' side.
#ifndef SMSQUITTO_BRIDGE_STORE_ROW_POOL_H
#define SMSQUITTO_BRIDGE_STORE_ROW_POOL_H

#include "bridge/store/db.h"
#include "bridge/store/records.h"

enum { ROW_POOL_COLUMNS = 15 };

// Read a row whose columns begin at 0.
void row_pool(struct pool *out, struct db_statement *statement);
void row_pool_carrier(struct pool_carrier *out, struct db_statement *statement);

#endif
