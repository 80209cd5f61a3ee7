// A template's columns, for both sides of the store.
#ifndef SMSQUITTO_BRIDGE_STORE_ROW_TEMPLATE_H
#define SMSQUITTO_BRIDGE_STORE_ROW_TEMPLATE_H

#include "bridge/store/db.h"
#include "bridge/store/template.h"

enum { ROW_TEMPLATE_COLUMNS = 6 };

// Reads a row without texts, whose columns begin at 0.
void row_template(struct template_row *out, struct db_statement *statement);
// Adds the text of the columns behind those. False when memory runs out.
bool row_template_text(struct template_row *out, struct db_statement *statement);

#endif
