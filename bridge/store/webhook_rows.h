// Between the rows of webhooks and jobs and their structs.
#ifndef SMSQUITTO_BRIDGE_STORE_WEBHOOK_ROWS_H
#define SMSQUITTO_BRIDGE_STORE_WEBHOOK_ROWS_H

#include "bridge/store/db.h"
#include "bridge/store/webhook.h"

enum { ROW_HOOK_JOB_COLUMNS = 13 };

void row_webhook(struct webhook *out, struct db_statement *statement);
void row_hook_job(struct hook_job *out, struct db_statement *statement);

#endif
