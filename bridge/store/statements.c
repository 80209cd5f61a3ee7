// The catalogue of SQL. rows.c reads the columns in the order in which they stand here.
#include "bridge/store/statements.h"

#define ACCOUNT "n, id, name, created_at"
#define KEY                                                                                                  \
    "n, account, id, name, hash, hint, scopes, rate_per_minute, created_at, expires_at, revoked_at, used_at"
#define DEVICE(t)                                                                                            \
    t "n, " t "account, " t "id, " t "name, " t "key_hash, " t "paused, " t "online, " t "created_at, " t    \
      "removed_at, " t "online_at, " t "seen_at, " t "journal, " t "up_to, " t "status"
#define MESSAGE(t)                                                                                           \
    t "n, " t "account, " t "id, " t "batch, " t "direction, " t "peer, " t "text, " t "encoding, " t        \
      "parts, " t "state, " t "reason, " t "detail, " t "lane, " t "qos, " t "want_device, " t               \
      "want_sim, " t "want_report, " t "device, " t "sim, " t "lease, " t "lease_until, " t "attempts, " t   \
      "asked, " t "cancelling, " t "parts_sent, " t "parts_delivered, " t "turn, " t "route, " t             \
      "due_at, " t "send_at, " t "expires_at, " t "created_at, " t "updated_at, " t "metadata, " t "uid, " t \
      "callback_url, " t "want_pool, " t "purpose, " t "redact, " t "schedule"
#define MESSAGE_VIEW                                                                                         \
    "SELECT " MESSAGE(                                                                                       \
        "m.") ", d.id, w.id, o.name, COALESCE(d.online, w.online), COALESCE(d.paused, w.paused), "           \
              "COALESCE(d.online_at, w.online_at), z.id, r.reason, r.detail, r.until FROM message m "        \
              "LEFT JOIN device d ON d.n = m.device LEFT JOIN device w ON w.n = m.want_device "              \
              "LEFT JOIN pool o ON o.n = m.want_pool LEFT JOIN schedule z ON z.n = m.schedule "              \
              "LEFT JOIN route_rest r ON r.route = m.route "
// What no index serves of a list. ?1 account, ?2 and ?3 the range, ?4 the limit.
#define MESSAGE_FILTER                                                                                       \
    "AND (?5 = 0 OR m.state IN (?5, ?12, ?13)) AND (?6 < 0 OR m.direction = ?6) AND (?7 = 0 OR m.device = "  \
    "?7 OR m.want_device = ?7) AND m.created_at >= ?8 AND m.created_at < ?9 AND (?10 = '' OR m.peer = ?10) " \
    "AND (?11 = '' OR m.batch = ?11) AND (?14 = '' OR m.reason = ?14) AND (?15 = 0 OR m.lane = ?15) AND "    \
    "(?16 = 0 OR m.want_pool = ?16) "
#define EVENT_VIEW                                                                                           \
    "SELECT e.n, e.account, e.kind, e.message, e.device, e.at, e.lease, e.part, e.reason, e.detail, "        \
    "e.subject, m.id, "                                                                                      \
    "d.id, "                                                                                                 \
    "m.peer, m.direction FROM event e LEFT JOIN message m ON m.n = e.message LEFT JOIN device d ON d.n = "   \
    "e.device "
// Counting stops at a bound, so that a page costs the same whatever waits.
#define TURN_COUNT(turn, route)                                                                              \
    "(SELECT COUNT(*) FROM (SELECT 1 FROM message WHERE turn = " turn " AND turn > 0 AND route = " route     \
    " LIMIT 10000) "                                                                                         \
    "c)"
#define DEVICE_VIEW                                                                                          \
    "SELECT " DEVICE("d.") ", " TURN_COUNT("1", "d.n") ", " TURN_COUNT(                                      \
        "2", "d.n") ", v.warnings FROM device d LEFT JOIN device_vitals v ON v.device = d.n "

#define POOL(t)                                                                                              \
    t "n, " t "id, " t "account, " t "name, " t "policy, " t "priority, " t "fallback, " t                   \
      "fallback_after, " t "tag, " t "created_at, " t "removed_at, " t "quiet_begins, " t "quiet_ends, " t   \
      "quiet_days, " t "quiet_zone"
#define POOL_VIEW                                                                                            \
    "SELECT " POOL("p.") ", f.name, (SELECT COUNT(*) FROM pool_member s JOIN device d ON d.n = s.device "    \
                         "WHERE s.pool = p.n AND d.removed_at IS NULL), " TURN_COUNT(                        \
                             "1",                                                                            \
                             "-1099511627776 - p.n") " FROM pool p LEFT JOIN pool f ON f.n = p.fallback "

#define STATEMENT(name, ...) [STATEMENT_##name] = __VA_ARGS__,
static const char *const TEXTS[STATEMENT_END] = {
#include "bridge/store/catalogue_reader.h"
#include "bridge/store/catalogue_writer.h"
};
#undef STATEMENT

const char *statement_text(enum statement statement)
{
    return TEXTS[statement];
}
