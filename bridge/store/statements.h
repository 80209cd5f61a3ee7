// Every SQL statement of the store, by name.
//
// Plain SQL that SQLite and PostgreSQL both take (parameters ?1, ?2 … are $1, $2 … there).
#ifndef SMSQUITTO_BRIDGE_STORE_STATEMENTS_H
#define SMSQUITTO_BRIDGE_STORE_STATEMENTS_H

// Each file of the catalogue gives STATEMENT(name, text) per statement; the two headers include all of them.
#define STATEMENT(name, ...) STATEMENT_##name,
enum statement {
#include "bridge/store/catalogue_writer.h"
    STATEMENT_WRITER_END,
    STATEMENT_READER_BEGIN = STATEMENT_WRITER_END - 1,
#include "bridge/store/catalogue_reader.h"
    STATEMENT_END,
};
#undef STATEMENT

// The text of a statement; borrowed for ever.
const char *statement_text(enum statement statement);

#endif
