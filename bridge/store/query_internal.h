// What the two files of the readers' side share.
#ifndef SMSQUITTO_BRIDGE_STORE_QUERY_INTERNAL_H
#define SMSQUITTO_BRIDGE_STORE_QUERY_INTERNAL_H

#include "bridge/store/db.h"
#include "bridge/store/query.h"
#include "bridge/store/statements.h"

enum { READER_COUNT = STATEMENT_END - STATEMENT_WRITER_END };

struct query {
    struct db *db;
    struct db_statement *statements[READER_COUNT];
};

// The statement, ready to be bound.
struct db_statement *query_use(struct query *query, enum statement name);

enum query_status query_status_of(enum db_step step);

// Ends a list that stopped with that step, and resets its statement.
enum query_status query_end_list(struct db_statement *statement, enum db_step step);
// Reads the present row of an event or message statement.
void query_read_event(struct event_view *out, struct db_statement *statement);
bool query_read_message(struct message_view *out, struct db_statement *statement);

// The ids that messages of that time may have: from inclusive, to exclusive; 0 = open.
void query_id_range(char from[ID_SIZE], char to[ID_SIZE], int64_t created_from, int64_t created_to);

// Reads one row of one or two numbers (second may be NULL) from a bound statement, and resets it.
enum query_status query_numbers(struct db_statement *statement, int64_t *first, int64_t *second);

#endif
