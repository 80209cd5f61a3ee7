// The rules of an engine that was not started, over a real store, with a clock of the test's own.
#ifndef SMSQUITTO_TESTS_UNIT_CORE_FIXTURE_H
#define SMSQUITTO_TESTS_UNIT_CORE_FIXTURE_H

#include "bridge/engine/core.h"
#include "tests/unit/store_fixture.h"

struct core_fixture {
    struct fixture *store;
    char roster_path[96];
    struct engine *engine;
    struct core *core; // of account 1, inside a transaction, connected to the broker
};

#define CORE_FIXTURE_START_MS INT64_C(1700000000000) // when its clock begins

// cmocka set-up and tear-down: *state is a struct core_fixture.
int core_fixture_set_up(void **state);
int core_fixture_tear_down(void **state);

// The options of core_fixture_set_up; and a set-up with others (roster_path is filled in) and another time.
struct engine_options core_fixture_options(void);
int core_fixture_start(void **state, const struct engine_options *options, int64_t now);

// Ends the batch as an engine does and begins the next one. What was to leave is dropped.
void core_fixture_batch(struct core_fixture *fixture);
// The same, and then one more batch, ms later: what is to leave then can be looked at.
void core_fixture_pass(struct core_fixture *fixture, int64_t ms);
// Forgets what is in memory and reads it anew, as after a restart.
void core_fixture_reload(struct core_fixture *fixture);

void core_fixture_add_device(struct core_fixture *fixture, const char *id);
// The device is connected and says that status; journal, oldest, next and at (0 = now) are filled in.
void core_fixture_status(struct core_fixture *fixture, const char *id, struct wire_status status);
// A command that sends "hello" to that number (NULL = one that any test may use), not applied yet. Owned.
struct command *core_fixture_text(const char *to);
// Applies the command (taken), which must do well. Returns its message, borrowed from the cache.
struct message *core_fixture_send_take(struct core *core, struct command *command);

// How many events of that kind there are; and the reason of the newest, "" when there is none.
int core_fixture_events(struct core_fixture *fixture, int64_t kind, char reason[REASON_SIZE]);
// The number that a query of one row gives, once all is committed.
int64_t core_fixture_number(struct core_fixture *fixture, const char *query);

#endif
