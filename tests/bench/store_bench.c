// What the store costs a message, beside a bare table of the same text size.
//
//   store_bench FOLDER [ROUNDS] [SECONDS]
//
// Runs three writers in turn on fresh files in FOLDER, in transactions of 64 messages, each synced: "bare"
// inserts rows of about 300 bytes into one table with a unique scattered index and a partial one; "accept"
// adds a message and its event; "life" adds a message and moves it three times, with an event each. Prints
// medians over the rounds of rows or messages a second, of the CPU time of this process for each, and of the
// longest time that 64 of them took, which shows the checkpoints. With SMSQUITTO_TEST_POSTGRES (set it with
// SMSQUITTO_POSTGRES_SYNC=1 scripts/with-postgres, so that the server syncs too) also "pg-accept" and
// "pg-life": the same on that server.
#include "bridge/store/db.h"
#include "bridge/store/store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, ROUNDS_MAX = 99, WAL_PAGES = 4000, ROUTES = 100, WRITERS = 5 };

static const char TEXT[] =
    "Dear patient, this is a reminder of your appointment tomorrow at 10:30 in the clinic. Please bring your "
    "insurance card and call us if you cannot come. Thank you very much.";

struct run {
    double per_s, cpu_us, longest_ms;
};

// A run that is under way.
struct stopwatch {
    double start, cpu, last, longest;
    int64_t rows;
};

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void check(bool fine, const char *what)
{
    if (fine)
        return;
    fprintf(stderr, "store_bench: %s failed\n", what);
    exit(1);
}

static void remove_database(const char *path)
{
    static const char *const tails[] = {"", "-wal", "-shm", ".lock"};
    char name[512];
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", path, tails[i]);
        unlink(name);
    }
}

// An empty schema on the server; path becomes its address.
static void clear_server(char *path, size_t size, const char *server)
{
    enum store_status status;
    struct db *db = db_open(server, DB_READER, 10000, &status);
    check(db != NULL && db_run(db, "SET default_transaction_read_only = off") &&
              db_run(db, "DROP SCHEMA IF EXISTS store_bench CASCADE") &&
              db_run(db, "CREATE SCHEMA store_bench"),
          "the server");
    db_close(db);
    check(snprintf(path, size, "%s&options=-csearch_path%%3Dstore_bench", server) < (int)size, "the address");
}

static uint64_t scatter(uint64_t n)
{
    return n * 0x9E3779B97F4A7C15u;
}

static sqlite3_stmt *bare_open(sqlite3 **db, const char *path)
{
    sqlite3_stmt *insert = NULL;
    check(sqlite3_open(path, db) == SQLITE_OK &&
              sqlite3_exec(
                  *db,
                  "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;"
                  "PRAGMA wal_autocheckpoint = 10000;"
                  "CREATE TABLE m (n INTEGER PRIMARY KEY, ref TEXT, peer TEXT, text TEXT, state INTEGER,"
                  " created INTEGER, updated INTEGER) STRICT;"
                  "CREATE UNIQUE INDEX mr ON m (ref);"
                  "CREATE INDEX mp ON m (n) WHERE state = 0;",
                  NULL, NULL, NULL) == SQLITE_OK &&
              sqlite3_prepare_v2(*db, "INSERT INTO m VALUES (?1, ?2, ?3, ?4, 0, ?1, ?1)", -1, &insert,
                                 NULL) == SQLITE_OK,
          "bare table");
    return insert;
}

static void bare_batch(sqlite3 *db, sqlite3_stmt *insert, int64_t first)
{
    char ref[40], text[261];
    memset(text, 't', sizeof(text));
    memcpy(text, TEXT, sizeof(TEXT) - 1);
    text[sizeof(text) - 1] = '\0';
    check(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK, "begin");
    for (int64_t n = first; n < first + BATCH; n++) {
        snprintf(ref, sizeof(ref), "%016llx%016llx", (unsigned long long)scatter((uint64_t)n),
                 (unsigned long long)n);
        sqlite3_bind_int64(insert, 1, n);
        sqlite3_bind_text(insert, 2, ref, -1, SQLITE_STATIC);
        sqlite3_bind_text(insert, 3, "+4915112345678", -1, SQLITE_STATIC);
        sqlite3_bind_text(insert, 4, text, -1, SQLITE_STATIC);
        check(sqlite3_step(insert) == SQLITE_DONE, "insert");
        sqlite3_reset(insert);
    }
    check(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK, "commit");
}

static struct stopwatch stopwatch_start(void)
{
    double now = seconds(CLOCK_MONOTONIC);
    return (struct stopwatch){.start = now, .last = now, .cpu = seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

// Counts a batch; whether the run goes on.
static bool stopwatch_lap(struct stopwatch *watch, double duration)
{
    double now = seconds(CLOCK_MONOTONIC);
    if (now - watch->last > watch->longest)
        watch->longest = now - watch->last;
    watch->last = now;
    watch->rows += BATCH;
    return now < watch->start + duration;
}

static struct run stopwatch_read(const struct stopwatch *watch)
{
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - watch->cpu;
    return (struct run){.per_s = (double)watch->rows / (watch->last - watch->start),
                        .cpu_us = cpu * 1e6 / (double)watch->rows,
                        .longest_ms = watch->longest * 1e3};
}

static struct run run_bare(const char *path, double duration)
{
    sqlite3 *db;
    sqlite3_stmt *insert = bare_open(&db, path);
    struct stopwatch watch = stopwatch_start();
    do
        bare_batch(db, insert, watch.rows + 1);
    while (stopwatch_lap(&watch, duration));
    struct run run = stopwatch_read(&watch);
    sqlite3_finalize(insert);
    sqlite3_close(db);
    return run;
}

static void add_event(struct store *store, int64_t *last, const struct message *message)
{
    struct event event = {.n = ++*last,
                          .account = 1,
                          .kind = message->state,
                          .message = message->n,
                          .device = message->device,
                          .at = message->updated_at,
                          .lease = message->lease};
    check(store_event_add(store, &event), "event");
}

static void make(struct message *message, int64_t n)
{
    *message = (struct message){.n = n,
                                .account = 1,
                                .text = (char *)TEXT,
                                .encoding = 1,
                                .parts = 2,
                                .state = STATE_QUEUED,
                                .lane = LANE_NORMAL,
                                .qos = 1,
                                .want_report = true,
                                .turn = TURN_WAITS,
                                .route = 1 + n % ROUTES,
                                .due_at = 1800000000000 + n,
                                .expires_at = 1800000000000 + n,
                                .created_at = 1700000000000 + n,
                                .updated_at = 1700000000000 + n};
    id_new(message->id, ID_MESSAGE, message->created_at);
    snprintf(message->peer, sizeof(message->peer), "+49%011llu",
             (unsigned long long)(scatter((uint64_t)n) % 100000000000));
}

static void move(struct store *store, int64_t *events, struct message *message, enum state state,
                 enum turn turn, int64_t due_at)
{
    message->state = state;
    message->turn = turn;
    message->device = message->route;
    message->lease = 1;
    message->lease_until = due_at;
    message->due_at = due_at;
    message->updated_at++;
    check(store_message_update(store, message), "update");
    add_event(store, events, message);
}

static void store_batch(struct store *store, struct message *batch, int64_t first, int64_t *events,
                        bool whole_life)
{
    static const struct {
        enum state state;
        enum turn turn;
        int64_t due_ms;
    } moves[] = {{STATE_DISPATCHED, TURN_OUT, 5000},
                 {STATE_SENT, TURN_NONE, 86400000},
                 {STATE_DELIVERED, TURN_NONE, 0}};
    store_begin(store);
    for (int i = 0; i < BATCH; i++) {
        make(&batch[i], first + i);
        check(store_message_add(store, &batch[i]), "add");
        add_event(store, events, &batch[i]);
    }
    check(store_commit(store) == STORE_OK, "commit");
    for (size_t k = 0; whole_life && k < sizeof(moves) / sizeof(moves[0]); k++) {
        store_begin(store);
        for (int i = 0; i < BATCH; i++)
            move(store, events, &batch[i], moves[k].state, moves[k].turn,
                 moves[k].due_ms ? batch[i].updated_at + moves[k].due_ms : 0);
        check(store_commit(store) == STORE_OK, "commit");
    }
}

static struct run run_store(const char *path, double duration, bool whole_life)
{
    static struct message batch[BATCH];
    enum store_status status;
    struct store *store = store_open(path, 1000, &status);
    check(store != NULL, "store_open");
    struct store_checkpointer *checkpointer =
        db_is_server(path) ? NULL : store_checkpointer_start(path, WAL_PAGES);
    int64_t events = 0;
    struct stopwatch watch = stopwatch_start();
    do
        store_batch(store, batch, watch.rows + 1, &events, whole_life);
    while (stopwatch_lap(&watch, duration));
    struct run run = stopwatch_read(&watch);
    store_checkpointer_stop(checkpointer);
    store_close(store);
    return run;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Of the member at that offset.
static double median(const struct run *runs, int count, size_t member)
{
    double values[ROUNDS_MAX] = {0};
    for (int i = 0; i < count; i++)
        memcpy(&values[i], (const char *)&runs[i] + member, sizeof(values[i]));
    qsort(values, (size_t)count, sizeof(values[0]), compare);
    return values[count / 2];
}

int main(int argc, char **argv)
{
    static const char *const names[WRITERS] = {"bare", "accept", "life", "pg-accept", "pg-life"};
    static struct run runs[WRITERS][ROUNDS_MAX];
    const char *server = getenv("SMSQUITTO_TEST_POSTGRES");
    int writers = server != NULL ? WRITERS : 3;
    char path[400], address[400];
    if (argc < 2) {
        fprintf(stderr, "usage: store_bench FOLDER [ROUNDS] [SECONDS]\n");
        return 2;
    }
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 5;
    double duration = argc > 3 ? strtod(argv[3], NULL) : 2;
    check(rounds > 0 && rounds <= ROUNDS_MAX, "reading ROUNDS");
    snprintf(path, sizeof(path), "%s/store_bench.db", argv[1]);
    for (int i = 0; i < rounds; i++)
        for (int k = 0; k < writers; k++) {
            remove_database(path);
            if (k >= 3)
                clear_server(address, sizeof(address), server);
            runs[k][i] = k == 0 ? run_bare(path, duration)
                                : run_store(k >= 3 ? address : path, duration, k == 2 || k == 4);
        }
    remove_database(path);
    for (int k = 0; k < writers; k++)
        printf("%-9s %8.0f messages/s  %6.1f us CPU each  longest 64: %6.1f ms\n", names[k],
               median(runs[k], rounds, offsetof(struct run, per_s)),
               median(runs[k], rounds, offsetof(struct run, cpu_us)),
               median(runs[k], rounds, offsetof(struct run, longest_ms)));
    return 0;
}
