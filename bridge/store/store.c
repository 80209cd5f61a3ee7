// The writer's side of the store.
#include "bridge/store/migrate.h"
#include "bridge/store/rows.h"
#include "bridge/store/store_internal.h"

#include "common/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

const char *store_status_text(enum store_status status)
{
    static const char *const TEXTS[] = {
        [STORE_OK] = "all is well",
        [STORE_BUSY] = "another program keeps the database locked",
        [STORE_FULL] = "the disk is full",
        [STORE_READONLY] = "the database or its folder cannot be written",
        [STORE_IO] = "the disk could not be read or written",
        [STORE_CORRUPT] = "the file is damaged, or is not a database of smsquitto",
        [STORE_NEWER] = "the database was written by a newer version of smsquitto",
        [STORE_LOCKED] = "another bridge has this database open",
        [STORE_CONFLICT] = "a row would break a rule of the database",
        [STORE_AWAY] = "the database server cannot be reached",
        [STORE_MEMORY] = "out of memory",
    };
    return TEXTS[status];
}

static void disconnect(struct store *store)
{
    for (int i = 0; i < STATEMENT_WRITER_END; i++) {
        db_finish(store->statements[i]);
        store->statements[i] = NULL;
    }
    db_close(store->db);
    store->db = NULL;
}

static enum store_status connect_db(struct store *store)
{
    enum store_status status;
    store->db = db_open(store->path, DB_WRITER, store->busy_ms, &status);
    if (store->db == NULL)
        return status;
    status = migrate(store->db);
    for (int i = 0; i < STATEMENT_WRITER_END && status == STORE_OK; i++) {
        store->statements[i] = db_prepare(store->db, statement_text((enum statement)i));
        if (store->statements[i] == NULL)
            status = db_failure(store->db);
    }
    if (status == STORE_OK) {
        store->failure = STORE_OK;
        status = store_node_keep(store);
    }
    if (status != STORE_OK)
        disconnect(store);
    return status;
}

enum store_status store_lock(int *lock, const char *path)
{
    char name[4096];
    if (snprintf(name, sizeof(name), "%s.lock", path) >= (int)sizeof(name))
        return STORE_READONLY;
    *lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*lock < 0)
        return STORE_READONLY;
    return flock(*lock, LOCK_EX | LOCK_NB) == 0 ? STORE_OK : STORE_LOCKED;
}

struct store *store_open(const char *path, int busy_ms, enum store_status *status)
{
    struct store *store = calloc(1, sizeof(*store));
    *status = STORE_MEMORY;
    if (store == NULL)
        return NULL;
    store->lock = -1;
    store->node = 1;
    store->busy_ms = busy_ms;
    store->path = strdup(path);
    if (store->path != NULL)
        *status = db_is_server(path) ? STORE_OK : store_lock(&store->lock, path); // a server has its own lock
    if (*status == STORE_OK)
        *status = connect_db(store);
    if (*status == STORE_OK)
        return store;
    store_close(store);
    return NULL;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    disconnect(store);
    if (store->lock >= 0)
        close(store->lock);
    free(store->path);
    free(store);
}

static void note_failure(struct store *store)
{
    if (store->failure == STORE_OK)
        store->failure = store->db != NULL ? db_failure(store->db) : STORE_IO;
    if (store->failure == STORE_OK)
        store->failure = STORE_IO;
}

void store_begin(struct store *store)
{
    store->failure = store->db != NULL ? STORE_OK : connect_db(store);
    if (store->failure != STORE_OK)
        return;
    db_clear(store->db);
    if (!db_begin(store->db))
        note_failure(store);
}

// Failures behind which the connection is not trusted any more: what the cache holds may not be what the disk
// has.
static bool is_suspect(enum store_status failure)
{
    return failure == STORE_IO || failure == STORE_CORRUPT || failure == STORE_MEMORY ||
           failure == STORE_AWAY;
}

enum store_status store_commit(struct store *store)
{
    if (store->failure == STORE_OK && !db_commit(store->db))
        note_failure(store);
    enum store_status status = store->failure;
    if (status != STORE_OK)
        store_rollback(store);
    if (is_suspect(status))
        disconnect(store);
    return status;
}

void store_rollback(struct store *store)
{
    if (store->db != NULL) {
        db_rollback(store->db);
        db_clear(store->db);
    }
    store->failure = STORE_OK;
}

bool store_fail_memory(struct store *store)
{
    if (store->failure == STORE_OK)
        store->failure = STORE_MEMORY;
    return false;
}

struct db_statement *store_use(struct store *store, enum statement statement)
{
    return store->failure == STORE_OK && store->db != NULL ? store->statements[statement] : NULL;
}

bool store_finish(struct store *store, struct db_statement *statement)
{
    bool done = db_step(statement) != DB_FAILED;
    db_reset(statement);
    if (!done)
        note_failure(store);
    return done;
}

bool store_next_row(struct store *store, struct db_statement *statement)
{
    enum db_step step = db_step(statement);
    if (step == DB_ROW)
        return true;
    db_reset(statement);
    if (step == DB_FAILED)
        note_failure(store);
    return false;
}

bool store_each_number(struct store *store, enum statement name, bool (*each)(void *context, int64_t number),
                       void *context)
{
    struct db_statement *statement = store_use(store, name);
    bool goes_on = statement != NULL;
    while (goes_on && store_next_row(store, statement))
        goes_on = each(context, db_int(statement, 0));
    if (statement != NULL)
        db_reset(statement);
    return goes_on && store->failure == STORE_OK;
}

int64_t store_number(struct store *store, enum statement name, int64_t fallback)
{
    struct db_statement *statement = store_use(store, name);
    int64_t value = fallback;
    if (statement == NULL || !store_next_row(store, statement))
        return fallback;
    if (db_text(statement, 0) != NULL)
        value = db_int(statement, 0);
    db_reset(statement);
    return value;
}

int64_t store_message_last(struct store *store)
{
    return store_number(store, STATEMENT_LAST_MESSAGE, 0);
}

int64_t store_event_last(struct store *store)
{
    return store_number(store, STATEMENT_LAST_EVENT, 0);
}

int64_t store_device_last(struct store *store)
{
    return store_number(store, STATEMENT_LAST_DEVICE, 0);
}

int64_t store_key_last(struct store *store)
{
    return store_number(store, STATEMENT_LAST_KEY, 0);
}

int64_t store_account_last(struct store *store)
{
    return store_number(store, STATEMENT_LAST_ACCOUNT, 0);
}

int64_t store_next_due(struct store *store)
{
    return store_number(store, STATEMENT_NEXT_DUE, INT64_MAX);
}

bool store_account_add(struct store *store, const struct account *account)
{
    struct db_statement *statement = store_use(store, STATEMENT_ACCOUNT_ADD);
    if (statement == NULL)
        return false;
    bind_account(statement, account);
    return store_finish(store, statement);
}

bool store_key_add(struct store *store, const struct app_key *key)
{
    struct db_statement *statement = store_use(store, STATEMENT_KEY_ADD);
    if (statement == NULL)
        return false;
    bind_key(statement, key);
    return store_finish(store, statement);
}

bool store_device_add(struct store *store, const struct device *device)
{
    struct db_statement *statement = store_use(store, STATEMENT_DEVICE_ADD);
    if (statement == NULL)
        return false;
    bind_device(statement, device);
    db_bind_int(statement, 15, store->node);
    return store_finish(store, statement);
}

bool store_device_update(struct store *store, const struct device *device)
{
    struct db_statement *statement = store_use(store, STATEMENT_DEVICE_UPDATE);
    if (statement == NULL)
        return false;
    bind_device_update(statement, device);
    return store_finish(store, statement);
}

bool store_device_uplink(struct store *store, int64_t device, int64_t up_to, int64_t seen_at)
{
    struct db_statement *statement = store_use(store, STATEMENT_DEVICE_UPLINK);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, device);
    db_bind_int(statement, 2, up_to);
    db_bind_int(statement, 3, seen_at);
    return store_finish(store, statement);
}

bool store_device_status_put(struct store *store, int64_t device, const char *status)
{
    struct db_statement *statement = store_use(store, STATEMENT_DEVICE_STATUS_PUT);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, device);
    db_bind_text(statement, 2, status);
    return store_finish(store, statement);
}

char *store_device_status(struct store *store, int64_t device)
{
    struct db_statement *statement = store_use(store, STATEMENT_DEVICE_STATUS);
    if (statement == NULL)
        return NULL;
    db_bind_int(statement, 1, device);
    char *status = NULL;
    while (store_next_row(store, statement))
        if (status == NULL && db_text(statement, 0) != NULL)
            status = strdup(db_text(statement, 0));
    return status;
}

bool store_message_add(struct store *store, const struct message *message)
{
    struct db_statement *statement = store_use(store, STATEMENT_MESSAGE_ADD);
    if (statement == NULL)
        return false;
    bind_message(statement, message);
    return store_finish(store, statement);
}

bool store_message_update(struct store *store, const struct message *message)
{
    struct db_statement *statement = store_use(store, STATEMENT_MESSAGE_UPDATE);
    if (statement == NULL)
        return false;
    bind_message_update(statement, message);
    return store_finish(store, statement);
}

bool store_message_reschedule(struct store *store, int64_t n, int64_t send_at, int64_t expires_at)
{
    struct db_statement *statement = store_use(store, STATEMENT_MESSAGE_RESCHEDULE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, n);
    db_bind_int(statement, 2, send_at);
    db_bind_int(statement, 3, expires_at);
    return store_finish(store, statement);
}

bool store_event_add(struct store *store, const struct event *event)
{
    struct db_statement *statement = store_use(store, STATEMENT_EVENT_ADD);
    if (statement == NULL)
        return false;
    bind_event(statement, event);
    return store_finish(store, statement);
}

bool store_idempotency_add(struct store *store, const struct idempotency *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_IDEMPOTENCY_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->account);
    db_bind_text(statement, 2, row->key);
    db_bind_blob(statement, 3, row->request_hash, sizeof(row->request_hash));
    db_bind_text(statement, 4, row->message);
    db_bind_int(statement, 5, row->created_at);
    return store_finish(store, statement);
}

bool store_key_revoke(struct store *store, int64_t account, const char *id, int64_t at)
{
    struct db_statement *statement = store_use(store, STATEMENT_KEY_REVOKE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, id);
    db_bind_int(statement, 3, at);
    return store_finish(store, statement) && db_changes(store->db) > 0;
}

bool store_key_works(struct store *store, int64_t account, const uint8_t hash[SECRET_HASH_BYTES], int64_t at)
{
    struct db_statement *statement = store_use(store, STATEMENT_KEY_WORKS);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, account);
    db_bind_blob(statement, 2, hash, SECRET_HASH_BYTES);
    db_bind_int(statement, 3, at);
    bool works = store_next_row(store, statement);
    if (works)
        db_reset(statement);
    return works;
}

bool store_key_used(struct store *store, int64_t key, int64_t at)
{
    struct db_statement *statement = store_use(store, STATEMENT_KEY_USED);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, key);
    db_bind_int(statement, 2, at);
    return store_finish(store, statement);
}

bool store_inbound_known(struct store *store, int64_t device, const char *uid)
{
    struct db_statement *statement = store_use(store, STATEMENT_INBOUND_KNOWN);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, device);
    db_bind_text(statement, 2, uid);
    bool known = store_next_row(store, statement);
    db_reset(statement);
    return known;
}

bool store_peer_device(struct store *store, int64_t *device, int64_t *sim, int64_t account, const char *peer)
{
    struct db_statement *statement = store_use(store, STATEMENT_PEER_DEVICE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, peer);
    bool found = false;
    while (!found && store_next_row(store, statement))
        found = db_int(statement, 0) != 0 && db_int(statement, 2) == DIRECTION_OUTBOUND;
    if (found) {
        *device = db_int(statement, 0);
        *sim = db_int(statement, 1);
    }
    db_reset(statement);
    return found;
}

bool store_idempotency_load(struct store *store, struct idempotency *out, int64_t account, const char *key)
{
    struct db_statement *statement = store_use(store, STATEMENT_IDEMPOTENCY_LOAD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, key);
    bool found = store_next_row(store, statement);
    if (found) {
        size_t length;
        const void *hash = db_blob(statement, 0, &length);
        *out = (struct idempotency){.account = account, .created_at = db_int(statement, 2)};
        text_copy(out->key, sizeof(out->key), key);
        row_text(out->message, sizeof(out->message), statement, 1);
        if (length == sizeof(out->request_hash))
            memcpy(out->request_hash, hash, length);
    }
    db_reset(statement);
    return found;
}

size_t store_idempotency_sweep(struct store *store, int64_t before, size_t limit)
{
    struct db_statement *statement = store_use(store, STATEMENT_IDEMPOTENCY_SWEEP);
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, before);
    db_bind_int(statement, 2, (int64_t)limit);
    return store_finish(store, statement) ? (size_t)db_changes(store->db) : 0;
}

bool store_accounts_each(struct store *store, bool (*each)(void *context, const struct account *account),
                         void *context)
{
    struct db_statement *statement = store_use(store, STATEMENT_ACCOUNTS);
    bool goes_on = statement != NULL;
    while (goes_on && store_next_row(store, statement)) {
        struct account account = {0};
        row_account(&account, statement);
        goes_on = each(context, &account);
    }
    if (statement != NULL)
        db_reset(statement);
    return goes_on && store->failure == STORE_OK;
}

bool store_devices_each(struct store *store, bool (*each)(void *context, const struct device *device),
                        void *context)
{
    struct db_statement *statement = store_use(store, STATEMENT_DEVICES);
    bool goes_on = statement != NULL;
    if (statement != NULL)
        db_bind_int(statement, 1, store->node);
    while (goes_on && store_next_row(store, statement)) {
        struct device device = {0};
        goes_on = row_device(&device, statement) && each(context, &device);
        device_clear(&device);
    }
    if (statement != NULL)
        db_reset(statement);
    return goes_on && store->failure == STORE_OK;
}

bool store_turns_each(struct store *store,
                      bool (*each)(void *context, enum turn turn, int64_t route, int64_t count),
                      void *context)
{
    struct db_statement *statement = store_use(store, STATEMENT_TURNS);
    bool goes_on = statement != NULL;
    while (goes_on && store_next_row(store, statement))
        goes_on = each(context, (enum turn)db_int(statement, 0), db_int(statement, 1), db_int(statement, 2));
    if (statement != NULL)
        db_reset(statement);
    return goes_on && store->failure == STORE_OK;
}
