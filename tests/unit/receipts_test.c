// What devices are told of their uplinks: never more than the store knows.
#include "bridge/engine/due.h"

#include "bridge/engine/arrive.h"
#include "bridge/engine/report.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <string.h>

enum { GATHERED_MS = 1000, DEVICES = 300 };

// Reports under the numbers first to last, of texts that nobody knows.
static void report(struct core *core, const char *id, int first, int last)
{
    struct command *command = command_new(COMMAND_REPORTS, ORIGIN_NONE, 0);
    struct wire_reports *reports = &command->reports.reports;
    snprintf(command->reports.device, DEVICE_ID_SIZE, "%s", id);
    reports->journal = "j1";
    for (int seq = first; seq <= last; seq++)
        reports->items[reports->count++] =
            (struct wire_report){.seq = seq, .id = "SM01a1ff42e2b07019821b22ab191b3bae", .state = STATE_SENT};
    report_apply(core, command);
    reports->count = 0; // nothing in it is owned
    reports->journal = NULL;
    command_free(command);
}

static void add_phone(struct core_fixture *fixture, const char *id)
{
    struct command *command = command_new(COMMAND_PRESENCE, ORIGIN_NONE, 0);
    core_fixture_add_device(fixture, id);
    snprintf(command->presence.device, DEVICE_ID_SIZE, "%s", id);
    command->presence.online = true;
    command->presence.at = fixture->core->now;
    arrive_presence(fixture->core, command);
    command_free(command);
    core_fixture_status(fixture, id, (struct wire_status){.hello = true, .battery = -1});
}

// How many receipts are to leave; and up to where the last of them goes.
static int receipts(const struct core_fixture *fixture, int64_t *up_to)
{
    int count = 0;
    for (const struct publish *item = fixture->core->effects.publishes; item != NULL; item = item->next)
        if (item->leaf == TOPIC_RECEIPT) {
            *up_to = item->receipt.up_to;
            count++;
        }
    return count;
}

static int64_t stored(struct core_fixture *fixture)
{
    return core_fixture_number(fixture, "SELECT up_to FROM device WHERE id = 'one'");
}

static void test_the_store_knows_what_a_receipt_says(void **state)
{
    struct core_fixture *fixture = *state;
    int64_t up_to = -1;
    add_phone(fixture, "one");
    core_fixture_pass(fixture, GATHERED_MS);
    report(fixture->core, "one", 1, 2);
    assert_int_equal(stored(fixture), 0); // not yet, and nothing was promised
    assert_int_equal(receipts(fixture, &up_to), 0);
    report(fixture->core, "one", 3, 3);
    core_fixture_pass(fixture, GATHERED_MS);
    assert_int_equal(receipts(fixture, &up_to), 1);
    assert_int_equal(up_to, 3);
    assert_int_equal(stored(fixture), 3);
}

static void test_a_receipt_that_many_wait_for_leaves_at_once(void **state)
{
    struct core_fixture *fixture = *state;
    int64_t up_to = -1;
    add_phone(fixture, "one");
    core_fixture_pass(fixture, GATHERED_MS);
    core_fixture_pass(fixture, 1);
    report(fixture->core, "one", 1, 20);
    core_settle(fixture->core);
    assert_int_equal(receipts(fixture, &up_to), 0);
    report(fixture->core, "one", 21, 40);
    report(fixture->core, "one", 41, 60);
    core_settle(fixture->core);
    assert_int_equal(receipts(fixture, &up_to), 1);
    assert_int_equal(up_to, 60);
}

static void test_a_gap_stays_open_after_a_restart(void **state)
{
    struct core_fixture *fixture = *state;
    int64_t up_to = -1;
    add_phone(fixture, "one");
    core_fixture_pass(fixture, GATHERED_MS);
    report(fixture->core, "one", 1, 1);
    report(fixture->core, "one", 3, 3);
    core_fixture_pass(fixture, GATHERED_MS);
    assert_int_equal(receipts(fixture, &up_to), 1);
    assert_int_equal(up_to, 1);
    report(fixture->core, "one", 2, 2); // the store does not hear of it before it ends
    core_fixture_reload(fixture);
    report(fixture->core, "one", 2, 3); // all that had no receipt comes again
    core_fixture_pass(fixture, GATHERED_MS);
    assert_int_equal(receipts(fixture, &up_to), 1);
    assert_int_equal(up_to, 3);
    assert_int_equal(stored(fixture), 3);
}

static void test_many_receipts_leave_in_pieces(void **state)
{
    struct core_fixture *fixture = *state;
    int64_t up_to = 0;
    char id[DEVICE_ID_SIZE];
    for (int i = 0; i < DEVICES; i++) {
        snprintf(id, sizeof(id), "phone-%d", i);
        add_phone(fixture, id);
    }
    core_fixture_pass(fixture, GATHERED_MS);
    core_fixture_pass(fixture, 0);
    for (int i = 0; i < DEVICES; i++) {
        snprintf(id, sizeof(id), "phone-%d", i);
        report(fixture->core, id, 1, 1);
    }
    core_fixture_pass(fixture, GATHERED_MS);
    assert_in_range(receipts(fixture, &up_to), 1, DEVICES - 1);
    assert_int_equal(due_wait_ms(fixture->core, fixture->core->now), 0);
    core_settle(fixture->core);
    assert_int_equal(receipts(fixture, &up_to), DEVICES);
    assert_int_equal(core_fixture_number(fixture, "SELECT COUNT(*) FROM device WHERE up_to = 1"), DEVICES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_store_knows_what_a_receipt_says, core_fixture_set_up,
                                        core_fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_receipt_that_many_wait_for_leaves_at_once, core_fixture_set_up,
                                        core_fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_gap_stays_open_after_a_restart, core_fixture_set_up,
                                        core_fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_many_receipts_leave_in_pieces, core_fixture_set_up,
                                        core_fixture_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
