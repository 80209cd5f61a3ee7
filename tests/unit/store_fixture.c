// A fresh folder with a database in it, and rows to put there.
#include "tests/unit/store_fixture.h"

#include "bridge/store/db.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 50, PATH_SIZE = sizeof(((struct fixture *)NULL)->path) };

static const char SEARCH_PATH[] = "&options=-csearch_path%3D";

// Runs "<verb> SCHEMA name" on the server of the tests.
static void run_on_server(const char *verb, const char *name)
{
    enum store_status status;
    char sql[128];
    struct db *db = db_open(getenv("SMSQUITTO_TEST_POSTGRES"), DB_READER, 10000, &status);
    CHECK(db != NULL, "%s", store_status_text(status));
    snprintf(sql, sizeof(sql), verb, name);
    assert_true(db_run(db, "SET default_transaction_read_only = off"));
    CHECK(db_run(db, sql), "%s: %s", sql, store_status_text(db_failure(db)));
    db_close(db);
}

void fixture_place(char path[256], const char *folder)
{
    const char *server = getenv("SMSQUITTO_TEST_POSTGRES");
    char name[32] = "t";
    if (server == NULL) {
        snprintf(path, PATH_SIZE, "%s/store.db", folder);
        return;
    }
    // The folder's name is like no other, but for small and capital letters.
    for (const char *c = folder + strlen(folder) - 6; *c != '\0'; c++)
        snprintf(name + strlen(name), sizeof(name) - strlen(name), "%02x", (unsigned char)*c);
    run_on_server("CREATE SCHEMA %s", name);
    assert_true(snprintf(path, PATH_SIZE, "%s&application_name=%s%s%s", server, name, SEARCH_PATH, name) <
                PATH_SIZE);
}

void fixture_unplace(const char *path)
{
    const char *name = strstr(path, SEARCH_PATH);
    if (name != NULL)
        run_on_server("DROP SCHEMA %s CASCADE", name + strlen(SEARCH_PATH));
}

int fixture_set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/smsquitto-store-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    fixture_place(fixture->path, fixture->folder);
    fixture_reopen(fixture);
    *state = fixture;
    return 0;
}

int fixture_tear_down(void **state)
{
    struct fixture *fixture = *state;
    query_close(fixture->query);
    store_close(fixture->store);
    fixture_unplace(fixture->path);
    chmod(fixture->folder, 0700);
    DIR *folder = opendir(fixture->folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
    int result = rmdir(fixture->folder);
    free(fixture);
    return result;
}

void fixture_reopen(struct fixture *fixture)
{
    enum store_status status;
    store_close(fixture->store);
    fixture->store = store_open(fixture->path, BUSY_MS, &status);
    CHECK(fixture->store != NULL, "store_open: %s", store_status_text(status));
}

struct query *fixture_query(struct fixture *fixture)
{
    if (fixture->query == NULL)
        fixture->query = query_open(fixture->path);
    assert_non_null(fixture->query);
    return fixture->query;
}

struct message sample_message(int64_t n)
{
    struct message message = {
        .n = n,
        .account = 1,
        .peer = "+4915112345678",
        .text = (char *)"Hello",
        .encoding = 1,
        .parts = 1,
        .state = STATE_QUEUED,
        .lane = LANE_NORMAL,
        .qos = 1,
        .want_report = true,
        .turn = TURN_WAITS,
        .route = -1,
        .expires_at = 2000000000000,
        .created_at = 1700000000000 + n,
        .updated_at = 1700000000000 + n,
    };
    snprintf(message.id, sizeof(message.id), "SM%012llx70008%015llx",
             1700000000000ULL + (unsigned long long)n, (unsigned long long)n);
    return message;
}

struct event sample_event(int64_t n, int64_t message)
{
    return (struct event){
        .n = n, .account = 1, .kind = STATE_QUEUED, .message = message, .at = 1700000000000 + n};
}

struct device sample_device(int64_t n, int64_t account, const char *id)
{
    struct device device = {.n = n, .account = account, .name = "A phone", .created_at = 1700000000000};
    snprintf(device.id, sizeof(device.id), "%s", id);
    return device;
}

void put_message(struct store *store, const struct message *message)
{
    store_begin(store);
    assert_true(store_message_add(store, message));
    assert_int_equal(store_commit(store), STORE_OK);
}

void put_device(struct store *store, const struct device *device)
{
    store_begin(store);
    assert_true(store_device_add(store, device));
    assert_int_equal(store_commit(store), STORE_OK);
}

void put_event(struct store *store, const struct event *event)
{
    store_begin(store);
    assert_true(store_event_add(store, event));
    assert_int_equal(store_commit(store), STORE_OK);
}

static void assert_same_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        assert_ptr_equal(a, b);
    else
        assert_string_equal(a, b);
}

void assert_same_message(const struct message *a, const struct message *b)
{
    const int64_t pairs[][2] = {
        {a->n, b->n},
        {a->account, b->account},
        {a->direction, b->direction},
        {a->encoding, b->encoding},
        {a->parts, b->parts},
        {a->state, b->state},
        {a->lane, b->lane},
        {a->qos, b->qos},
        {a->want_device, b->want_device},
        {a->want_sim, b->want_sim},
        {a->want_report, b->want_report},
        {a->device, b->device},
        {a->sim, b->sim},
        {a->lease, b->lease},
        {a->lease_until, b->lease_until},
        {a->attempts, b->attempts},
        {a->asked, b->asked},
        {a->cancelling, b->cancelling},
        {a->parts_sent, b->parts_sent},
        {a->parts_delivered, b->parts_delivered},
        {a->turn, b->turn},
        {a->route, b->route},
        {a->due_at, b->due_at},
        {a->send_at, b->send_at},
        {a->expires_at, b->expires_at},
        {a->created_at, b->created_at},
        {a->updated_at, b->updated_at},
    };
    for (size_t i = 0; i < COUNT(pairs); i++)
        CHECK(pairs[i][0] == pairs[i][1], "number %zu: %lld, %lld", i, (long long)pairs[i][0],
              (long long)pairs[i][1]);
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->batch, b->batch);
    assert_string_equal(a->peer, b->peer);
    assert_string_equal(a->reason, b->reason);
    assert_string_equal(a->detail, b->detail);
    assert_string_equal(a->uid, b->uid);
    assert_same_text(a->text, b->text);
    assert_same_text(a->metadata, b->metadata);
    assert_same_text(a->callback_url, b->callback_url);
    assert_int_equal(a->want_pool, b->want_pool);
    assert_int_equal(a->purpose, b->purpose);
    assert_int_equal(a->redact, b->redact);
    assert_int_equal(a->schedule, b->schedule);
}
