// Fills a store with messages that are over, as a gateway that has run for long has them.
//
//   store_fill DATABASE COUNT [DAYS]
//
// Of account 1 and device 1, to 100,000 recipients, spread over DAYS (default 90) until now; each with the
// five events of its life; one of 30 failed. Synced once a 10,000. The bridge must not run, and must have
// made the database.
#include "bridge/store/store.h"
#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 10000, RECIPIENTS = 100000, FAILS_EACH = 30, DAY_MS = 86400000 };

static void check(bool fine, const char *what)
{
    if (fine)
        return;
    fprintf(stderr, "store_fill: %s failed\n", what);
    exit(1);
}

static void add(struct store *store, int64_t n, int64_t *events, int64_t at)
{
    static const enum state LIFE[] = {STATE_QUEUED, STATE_DISPATCHED, STATE_ACCEPTED, STATE_SENT};
    static char text[] = "Dear patient, this is a reminder of your appointment tomorrow at 10:30.";
    struct message message = {.n = n,
                              .account = 1,
                              .text = text,
                              .encoding = 1,
                              .parts = 1,
                              .state = n % FAILS_EACH == 0 ? STATE_FAILED : STATE_DELIVERED,
                              .lane = LANE_NORMAL,
                              .qos = 1,
                              .want_report = true,
                              .device = 1,
                              .lease = 1,
                              .expires_at = at + DAY_MS,
                              .created_at = at,
                              .updated_at = at + 3000};
    id_new(message.id, ID_MESSAGE, at);
    snprintf(message.peer, sizeof(message.peer), "+4915%08llu",
             (unsigned long long)((uint64_t)n * 0x9E3779B97F4A7C15u >> 20) % RECIPIENTS);
    check(store_message_add(store, &message), "adding a message");
    for (size_t i = 0; i <= sizeof(LIFE) / sizeof(LIFE[0]); i++) {
        const struct event event = {.n = ++*events,
                                    .account = 1,
                                    .kind = i < sizeof(LIFE) / sizeof(LIFE[0]) ? LIFE[i] : message.state,
                                    .message = n,
                                    .device = 1,
                                    .at = at + (int64_t)i * 500,
                                    .lease = 1};
        check(store_event_add(store, &event), "adding an event");
    }
    if (message.state == STATE_FAILED)
        check(store_dead_add(store, n, 1), "adding a dead letter");
}

int main(int argc, char **argv)
{
    enum store_status status;
    if (argc < 3) {
        fprintf(stderr, "usage: store_fill DATABASE COUNT [DAYS]\n");
        return 2;
    }
    int64_t count = strtoll(argv[2], NULL, 10), days = argc > 3 ? strtoll(argv[3], NULL, 10) : 90;
    struct store *store = store_open(argv[1], 1000, &status);
    check(store != NULL, store_status_text(status));
    int64_t now = clock_wall_ms(), first = store_message_last(store), events = store_event_last(store);
    for (int64_t i = 0; i < count;) {
        store_begin(store);
        for (int k = 0; k < BATCH && i < count; k++, i++)
            add(store, first + 1 + i, &events, now - days * DAY_MS + i * (days * DAY_MS / count));
        check(store_commit(store) == STORE_OK, "committing");
    }
    store_close(store);
    return 0;
}
