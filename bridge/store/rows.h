// Between the columns of the catalogue and the structs of records.h.
#ifndef SMSQUITTO_BRIDGE_STORE_ROWS_H
#define SMSQUITTO_BRIDGE_STORE_ROWS_H

#include "bridge/store/db.h"

// How many columns a row of each kind takes, for what follows behind it.
enum { ROW_DEVICE_COLUMNS = 14, ROW_MESSAGE_COLUMNS = 40 };

// Read a row whose columns begin at 0. Strings are copied; what the struct owns is the caller's. False when
// memory runs out.
void row_account(struct account *out, struct db_statement *statement);
void row_key(struct app_key *out, struct db_statement *statement);
bool row_device(struct device *out, struct db_statement *statement);
bool row_message(struct message *out, struct db_statement *statement);

// Copies a text column into a field of that size, "" for NULL. Longer ones cannot be there: the writers bound
// them.
void row_text(char *out, size_t size, struct db_statement *statement, int column);

// A time, count or number of another row. What is none in a damaged row becomes the nearest that is, so that
// it can be calculated with.
#define ROW_NUMBER_MAX ((int64_t)1 << 53)
int64_t row_number(struct db_statement *statement, int column);

// Bind what the insert and update statements ask for; pointers are borrowed until the reset.
void bind_account(struct db_statement *statement, const struct account *account);
void bind_key(struct db_statement *statement, const struct app_key *key);
void bind_device(struct db_statement *statement, const struct device *device);
void bind_device_update(struct db_statement *statement, const struct device *device);
void bind_message(struct db_statement *statement, const struct message *message);
void bind_message_update(struct db_statement *statement, const struct message *message);
// NULL for 0, and for "" or NULL.
void bind_int_or_null(struct db_statement *statement, int parameter, int64_t value);
void bind_text_or_null(struct db_statement *statement, int parameter, const char *text);

void bind_event(struct db_statement *statement, const struct event *event);

#endif
