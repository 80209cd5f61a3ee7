// Yardstick: a bare SQLite group-commit writer. 64 producers hand rows to one writer, which inserts what has
// queued up in one transaction (WAL, synchronous=FULL) and then lets the producers go on.
//
//   group_commit FILE PRODUCERS SECONDS [one]     "one": one row a commit
//
// Prints one JSON line: rows a second.
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER, done = PTHREAD_COND_INITIALIZER;
static int64_t waiting, committed, taken;
static bool stop;

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void *produce(void *context)
{
    (void)context;
    pthread_mutex_lock(&lock);
    while (!stop) {
        int64_t ticket = ++waiting;
        pthread_cond_signal(&filled);
        while (committed < ticket && !stop)
            pthread_cond_wait(&done, &lock);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
        exit(1);
    }
}

static void insert(sqlite3_stmt *statement, int64_t n)
{
    static const char TEXT[] =
        "Dear patient, this is a reminder of your appointment tomorrow at 10:30 in the clinic. "
        "Please bring your insurance card and call us if you cannot come. Thank you very much.";
    char id[40], ref[40];
    snprintf(id, sizeof(id), "SM%032llx", (unsigned long long)n);
    snprintf(ref, sizeof(ref), "%016llx%016llx", (unsigned long long)n * 0x9e3779b97f4a7c15u,
             (unsigned long long)n);
    sqlite3_bind_int64(statement, 1, n);
    sqlite3_bind_text(statement, 2, id, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, ref, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, TEXT, -1, SQLITE_STATIC);
    sqlite3_step(statement);
    sqlite3_reset(statement);
}

int main(int argc, char **argv)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    if (argc < 4 || sqlite3_open(argv[1], &db) != SQLITE_OK)
        return 2;
    bool one = argc > 4 && strcmp(argv[4], "one") == 0;
    run(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=10000;"
            "CREATE TABLE m (n INTEGER PRIMARY KEY, id TEXT, account INTEGER, ref TEXT, peer TEXT, text "
            "TEXT, state INTEGER,"
            " created INTEGER, updated INTEGER);"
            "CREATE UNIQUE INDEX mr ON m (account, ref); CREATE INDEX mp ON m (n) WHERE state = 0;");
    sqlite3_prepare_v2(db, "INSERT INTO m VALUES (?1, ?2, 1, ?3, '+4915112345678', ?4, 0, ?1, ?1)", -1,
                       &statement, NULL);
    int producers = (int)strtol(argv[2], NULL, 10);
    pthread_t *threads = calloc((size_t)producers, sizeof(*threads));
    for (int i = 0; i < producers; i++)
        pthread_create(&threads[i], NULL, produce, NULL);
    double start = now_s(), end = start + strtod(argv[3], NULL);
    while (now_s() < end) {
        pthread_mutex_lock(&lock);
        while (waiting == taken)
            pthread_cond_wait(&filled, &lock);
        int64_t first = taken + 1, last = one ? first : waiting;
        taken = last;
        pthread_mutex_unlock(&lock);
        run(db, "BEGIN IMMEDIATE");
        for (int64_t n = first; n <= last; n++)
            insert(statement, n);
        run(db, "COMMIT");
        pthread_mutex_lock(&lock);
        committed = last;
        pthread_cond_broadcast(&done);
        pthread_mutex_unlock(&lock);
    }
    printf("{\"rows\": %lld, \"per_s\": %.0f}\n", (long long)committed,
           (double)committed / (now_s() - start));
    pthread_mutex_lock(&lock);
    stop = true;
    pthread_cond_broadcast(&done);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < producers; i++)
        pthread_join(threads[i], NULL);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return 0;
}
