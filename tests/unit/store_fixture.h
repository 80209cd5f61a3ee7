// What the tests of the store share: a fresh folder with a database in it, and rows to put there.
//
// With SMSQUITTO_TEST_POSTGRES (scripts/with-postgres) the database is a fresh schema on that server.
#ifndef SMSQUITTO_TESTS_UNIT_STORE_FIXTURE_H
#define SMSQUITTO_TESTS_UNIT_STORE_FIXTURE_H

#include "bridge/store/query.h"
#include "bridge/store/store.h"
#include "tests/unit/cases.h"

struct fixture {
    char folder[64];
    char path[256];
    struct store *store;
    struct query *query; // NULL until fixture_query
};

// cmocka set-up and tear-down: *state is a struct fixture with an open store.
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

// Makes path the address of a fresh database: a file in folder, or a schema on the server; and removes the
// schema again.
void fixture_place(char path[256], const char *folder);
void fixture_unplace(const char *path);

// Closes and opens the store; what is wrong fails the test.
void fixture_reopen(struct fixture *fixture);
struct query *fixture_query(struct fixture *fixture);

// A message of account 1 that waits on route -1; text is borrowed. Its id rises with n.
struct message sample_message(int64_t n);
struct event sample_event(int64_t n, int64_t message);
struct device sample_device(int64_t n, int64_t account, const char *id);

// Writes in one transaction, which must succeed.
void put_message(struct store *store, const struct message *message);
void put_device(struct store *store, const struct device *device);
void put_event(struct store *store, const struct event *event);

void assert_same_message(const struct message *a, const struct message *b);

#endif
