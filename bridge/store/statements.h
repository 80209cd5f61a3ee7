// Every SQL statement of the store, by name.
//
// Plain SQL that SQLite and PostgreSQL both take (parameters ?1, ?2 … are $1, $2 … there).
#ifndef SMSQUITTO_BRIDGE_STORE_STATEMENTS_H
#define SMSQUITTO_BRIDGE_STORE_STATEMENTS_H

// Each file of the catalogue gives STATEMENT(name, text) per statement.
#define STATEMENT(name, ...) STATEMENT_##name,
enum statement {
#include "bridge/store/catalogue/writer_contacts.def"
#include "bridge/store/catalogue/writer_limits.def"
#include "bridge/store/catalogue/writer_messages.def"
#include "bridge/store/catalogue/writer_otp.def"
#include "bridge/store/catalogue/writer_pairings.def"
#include "bridge/store/catalogue/writer_phones.def"
#include "bridge/store/catalogue/writer_pools.def"
#include "bridge/store/catalogue/writer_queues.def"
#include "bridge/store/catalogue/writer_records.def"
#include "bridge/store/catalogue/writer_schedules.def"
#include "bridge/store/catalogue/writer_sends.def"
#include "bridge/store/catalogue/writer_templates.def"
#include "bridge/store/catalogue/writer_stats.def"
#include "bridge/store/catalogue/writer_vitals.def"
#include "bridge/store/catalogue/writer_webhooks.def"
    STATEMENT_WRITER_END,
    STATEMENT_READER_BEGIN = STATEMENT_WRITER_END - 1,
#include "bridge/store/catalogue/reader_contacts.def"
#include "bridge/store/catalogue/reader_limits.def"
#include "bridge/store/catalogue/reader_messages.def"
#include "bridge/store/catalogue/reader_otp.def"
#include "bridge/store/catalogue/reader_pairings.def"
#include "bridge/store/catalogue/reader_phones.def"
#include "bridge/store/catalogue/reader_pools.def"
#include "bridge/store/catalogue/reader_queues.def"
#include "bridge/store/catalogue/reader_records.def"
#include "bridge/store/catalogue/reader_schedules.def"
#include "bridge/store/catalogue/reader_sends.def"
#include "bridge/store/catalogue/reader_templates.def"
#include "bridge/store/catalogue/reader_stats.def"
#include "bridge/store/catalogue/reader_senders.def"
#include "bridge/store/catalogue/reader_vitals.def"
#include "bridge/store/catalogue/reader_webhooks.def"
    STATEMENT_END,
};
#undef STATEMENT

// The text of a statement; borrowed for ever.
const char *statement_text(enum statement statement);

#endif
