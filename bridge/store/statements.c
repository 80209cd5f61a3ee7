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
      "due_at, " t "send_at, " t "expires_at, " t "created_at, " t "updated_at, " t "metadata, " t "uid"
#define MESSAGE_VIEW                                                                                         \
    "SELECT " MESSAGE(                                                                                       \
        "m.") ", d.id, w.id, COALESCE(d.online, w.online), COALESCE(d.paused, w.paused), "                   \
              "COALESCE(d.online_at, w.online_at) FROM message m "                                           \
              "LEFT JOIN device d ON d.n = m.device LEFT JOIN device w ON w.n = m.want_device "
// What no index serves of a list. ?1 account, ?2 and ?3 the range, ?4 the limit.
#define MESSAGE_FILTER                                                                                       \
    "AND (?5 = 0 OR m.state = ?5) AND (?6 < 0 OR m.direction = ?6) AND (?7 = 0 OR m.device = ?7 OR "         \
    "m.want_device = ?7) AND m.created_at >= ?8 AND m.created_at < ?9 AND (?10 = '' OR m.peer = ?10) AND "   \
    "(?11 = '' OR m.batch = ?11) "
#define EVENT_VIEW                                                                                           \
    "SELECT e.n, e.account, e.kind, e.message, e.device, e.at, e.lease, e.part, e.reason, e.detail, m.id, "  \
    "d.id, "                                                                                                 \
    "m.peer, m.direction FROM event e LEFT JOIN message m ON m.n = e.message LEFT JOIN device d ON d.n = "   \
    "e.device "
// Counting stops at a bound, so that a page costs the same whatever waits.
#define TURN_COUNT(turn, route)                                                                              \
    "(SELECT COUNT(*) FROM (SELECT 1 FROM message WHERE turn = " turn " AND turn > 0 AND route = " route     \
    " LIMIT 10000) "                                                                                         \
    "c)"
#define DEVICE_VIEW                                                                                          \
    "SELECT " DEVICE("d.") ", " TURN_COUNT("1", "d.n") ", " TURN_COUNT("2", "d.n") " FROM device d "

static const char *const TEXTS[STATEMENT_END] = {
    [STATEMENT_LAST_MESSAGE] = "SELECT COALESCE(MAX(n), 0) FROM message",
    [STATEMENT_LAST_EVENT] = "SELECT COALESCE(MAX(n), 0) FROM event",
    [STATEMENT_LAST_DEVICE] = "SELECT COALESCE(MAX(n), 0) FROM device",
    [STATEMENT_LAST_KEY] = "SELECT COALESCE(MAX(n), 0) FROM app_key",
    [STATEMENT_LAST_ACCOUNT] = "SELECT COALESCE(MAX(n), 0) FROM account",
    [STATEMENT_ACCOUNT_ADD] = "INSERT INTO account (" ACCOUNT ") VALUES (?1, ?2, ?3, ?4)",
    [STATEMENT_KEY_ADD] =
        "INSERT INTO app_key (" KEY ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [STATEMENT_KEY_REVOKE] =
        "UPDATE app_key SET revoked_at = ?3 WHERE account = ?1 AND id = ?2 AND revoked_at IS NULL",
    [STATEMENT_KEY_USED] = "UPDATE app_key SET used_at = ?2 WHERE n = ?1",
    [STATEMENT_DEVICE_ADD] =
        "INSERT INTO device (" DEVICE("") ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
                                          "?11, ?12, ?13, ?14)",
    [STATEMENT_DEVICE_UPDATE] = "UPDATE device SET name = ?2, key_hash = ?3, paused = ?4, online = ?5, "
                                "removed_at = ?6, online_at = ?7, "
                                "seen_at = ?8, journal = ?9, up_to = ?10, status = ?11 WHERE n = ?1",
    [STATEMENT_DEVICE_UPLINK] = "UPDATE device SET up_to = ?2, seen_at = ?3 WHERE n = ?1",
    [STATEMENT_MESSAGE_ADD] = "INSERT INTO message (" MESSAGE(
        "") ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, "
            "?20, "
            "?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35)",
    [STATEMENT_MESSAGE_UPDATE] =
        "UPDATE message SET state = ?2, reason = ?3, detail = ?4, device = ?5, sim = ?6, lease = ?7, "
        "lease_until = ?8, attempts = ?9, asked = ?10, cancelling = ?11, parts_sent = ?12, parts_delivered = "
        "?13, "
        "turn = ?14, route = ?15, due_at = ?16, updated_at = ?17 WHERE n = ?1",
    [STATEMENT_MESSAGE_LOAD] = "SELECT " MESSAGE("") " FROM message WHERE account = ?1 AND id = ?2",
    [STATEMENT_MESSAGES_TURN] =
        "SELECT " MESSAGE("") " FROM message WHERE turn = ?1 AND turn > 0 AND route = ?2 AND (lane, n) > "
                              "(?3, ?4) ORDER BY lane, n LIMIT ?5",
    [STATEMENT_MESSAGES_DUE] = "SELECT " MESSAGE(
        "") " FROM message WHERE due_at IS NOT NULL AND due_at <= ?1 ORDER BY due_at LIMIT ?2",
    [STATEMENT_MESSAGES_BATCH] =
        "SELECT " MESSAGE("") " FROM message WHERE batch = ?2 AND account = ?1 ORDER BY n LIMIT ?3",
    [STATEMENT_NEXT_DUE] = "SELECT MIN(due_at) FROM message WHERE due_at IS NOT NULL",
    [STATEMENT_TURNS] = "SELECT turn, route, COUNT(*) FROM message WHERE turn > 0 GROUP BY turn, route",
    // Inbound messages, and some that nobody has yet, may stand in front; many do when a device is away, and
    // looking past all of them would cost each new one more.
    [STATEMENT_PEER_DEVICE] =
        "SELECT device FROM (SELECT n, device, direction FROM message WHERE account = ?1 AND "
        "peer = ?2 ORDER BY n DESC LIMIT 16) p WHERE direction = 0 AND device IS NOT NULL "
        "ORDER BY n DESC LIMIT 1",
    [STATEMENT_INBOUND_KNOWN] = "SELECT 1 FROM message WHERE device = ?1 AND uid = ?2 AND uid IS NOT NULL",
    [STATEMENT_EVENT_ADD] =
        "INSERT INTO event (n, account, kind, message, device, at, lease, part, reason, detail) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [STATEMENT_IDEMPOTENCY_ADD] = "INSERT INTO idempotency (account, key, request_hash, message, created_at) "
                                  "VALUES (?1, ?2, ?3, ?4, ?5)",
    [STATEMENT_IDEMPOTENCY_LOAD] =
        "SELECT request_hash, message, created_at FROM idempotency WHERE account = ?1 AND key = ?2",
    [STATEMENT_IDEMPOTENCY_SWEEP] =
        "DELETE FROM idempotency WHERE (account, key) IN "
        "(SELECT account, key FROM idempotency WHERE created_at < ?1 ORDER BY created_at LIMIT ?2)",
    [STATEMENT_ACCOUNTS] = "SELECT " ACCOUNT " FROM account ORDER BY n",
    [STATEMENT_DEVICES] = "SELECT " DEVICE("") " FROM device ORDER BY n",

    [STATEMENT_VIEW_KEY] = "SELECT " KEY " FROM app_key WHERE hash = ?1",
    [STATEMENT_VIEW_KEYS] = "SELECT " KEY " FROM app_key WHERE account = ?1 AND n > ?2 ORDER BY n LIMIT ?3",
    [STATEMENT_VIEW_ACCOUNT] = "SELECT " ACCOUNT " FROM account WHERE id = ?1",
    [STATEMENT_VIEW_ACCOUNT_N] = "SELECT " ACCOUNT " FROM account WHERE n = ?1",
    [STATEMENT_VIEW_ACCOUNTS] = "SELECT " ACCOUNT " FROM account WHERE n > ?1 ORDER BY n LIMIT ?2",
    [STATEMENT_VIEW_DEVICE] = DEVICE_VIEW "WHERE d.id = ?2 AND d.account = ?1 AND d.removed_at IS NULL",
    [STATEMENT_VIEW_DEVICES] = DEVICE_VIEW "WHERE d.account = ?1 AND d.n > ?2 AND d.removed_at IS NULL "
                                           "ORDER BY d.n LIMIT ?3",
    [STATEMENT_VIEW_MESSAGE] = MESSAGE_VIEW "WHERE m.account = ?1 AND m.id = ?2",
    [STATEMENT_VIEW_MESSAGES] = MESSAGE_VIEW
    "WHERE m.account = ?1 AND m.id < ?2 AND m.id >= ?3 " MESSAGE_FILTER "ORDER BY m.id DESC LIMIT ?4",
    [STATEMENT_VIEW_MESSAGES_PEER] =
        MESSAGE_VIEW "WHERE m.account = ?1 AND m.peer = ?10 AND m.n < ?2 AND m.n >= ?3 " MESSAGE_FILTER
                     "ORDER BY m.n DESC LIMIT ?4",
    [STATEMENT_VIEW_MESSAGES_BATCH] =
        MESSAGE_VIEW "WHERE m.batch = ?11 AND m.account = ?1 AND m.n < ?2 AND m.n >= ?3 " MESSAGE_FILTER
                     "ORDER BY m.n DESC LIMIT ?4",
    [STATEMENT_VIEW_MESSAGES_OPEN] = MESSAGE_VIEW
    "WHERE m.n IN (SELECT n FROM message WHERE due_at IS NOT NULL UNION SELECT n FROM message "
    "WHERE turn > 0) AND m.account = ?1 AND m.n < ?2 AND m.n >= ?3 " MESSAGE_FILTER
    "ORDER BY m.n DESC LIMIT ?4",
    [STATEMENT_VIEW_FLOOR] = "SELECT id FROM message WHERE account = ?1 AND id < ?2 AND id >= ?3 ORDER BY id "
                             "DESC LIMIT 1 OFFSET ?4",
    [STATEMENT_VIEW_FLOOR_PEER] = "SELECT id, n FROM message WHERE account = ?1 AND peer = ?2 AND n < ?3 "
                                  "ORDER BY n DESC LIMIT 1 OFFSET ?4",
    [STATEMENT_VIEW_ORDER] = "SELECT n FROM message WHERE account = ?1 AND id >= ?2 ORDER BY id LIMIT 1",
    [STATEMENT_VIEW_AHEAD] =
        "SELECT COUNT(*) FROM (SELECT 1 FROM message WHERE turn = ?1 AND turn > 0 AND route = ?2 "
        "AND (lane, n) < (?3, ?4) LIMIT 1000) c",
    [STATEMENT_VIEW_TIMELINE] = EVENT_VIEW "WHERE e.message = ?1 ORDER BY e.n DESC LIMIT ?2",
    [STATEMENT_VIEW_EVENTS] = EVENT_VIEW "WHERE e.n > ?1 ORDER BY e.n LIMIT ?2",
    [STATEMENT_VIEW_EVENT_LAST] = "SELECT COALESCE(MAX(n), 0) FROM event",
    [STATEMENT_VIEW_TURN_COUNT] =
        "SELECT COUNT(*) FROM (SELECT 1 FROM message WHERE turn = ?1 AND turn > 0 LIMIT 100000) c",
    [STATEMENT_VIEW_DUE_COUNT] =
        "SELECT COUNT(*) FROM (SELECT 1 FROM message WHERE due_at IS NOT NULL LIMIT 100000) c",
    // Jumps from the first message of one route and lane to that of the next.
    [STATEMENT_VIEW_OLDEST] =
        "WITH RECURSIVE head (route, lane, created_at) AS (SELECT * FROM (SELECT route, lane, created_at "
        "FROM "
        "message WHERE turn = 1 AND turn > 0 ORDER BY route, lane, n LIMIT 1) f UNION ALL SELECT m.route, "
        "m.lane, m.created_at FROM head h JOIN message m ON m.n = (SELECT x.n FROM message x WHERE x.turn = "
        "1 "
        "AND x.turn > 0 AND (x.route, x.lane) > (h.route, h.lane) ORDER BY x.route, x.lane, x.n LIMIT 1)) "
        "SELECT COALESCE(MIN(created_at), 0) FROM (SELECT created_at FROM head LIMIT 10000) c",
    [STATEMENT_VIEW_DEVICE_COUNT] =
        "SELECT COUNT(*), COALESCE(SUM(online), 0) FROM device WHERE removed_at IS NULL",
    [STATEMENT_VIEW_SCHEMA] = "SELECT version FROM schema_version",
};

const char *statement_text(enum statement statement)
{
    return TEXTS[statement];
}
