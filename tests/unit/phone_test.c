// Devices that come by HTTP: no broker, their own word on being there, QoS 1 at most.
#include "bridge/engine/admin.h"

#include "bridge/engine/arrive.h"
#include "bridge/engine/phone_settings.h"
#include "bridge/engine/report.h"
#include "bridge/engine/send.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_phone(struct core *core, const char *id)
{
    struct command *command = command_new(COMMAND_DEVICE_ADD, ORIGIN_NONE, 1);
    snprintf(command->device.id, DEVICE_ID_SIZE, "%s", id);
    command->device.phone = true;
    admin_device_add(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
}

// A hello without news, or with a status.
static void say_hello(struct core *core, const char *id, bool bare)
{
    struct command *command = command_new(COMMAND_STATUS, ORIGIN_NONE, 1);
    snprintf(command->status_report.device, DEVICE_ID_SIZE, "%s", id);
    command->status_report.bare = bare;
    command->status_report.text = bare ? NULL : strdup("{\"radio\": \"smsgate\"}");
    command->status_report.status =
        (struct wire_status){.hello = true, .journal = "smsgate", .oldest = 1, .next = 1, .battery = -1};
    command->status_report.status.sims[0] = (struct wire_sim){.slot = 2, .signal = -1};
    command->status_report.status.sim_count = !bare;
    arrive_status(core, command);
    command_free(command);
}

static const struct message *send(struct core *core, int64_t qos)
{
    struct command *command = core_fixture_text(NULL);
    command->send.qos = qos;
    return core_fixture_send_take(core, command);
}

// The items of that kind that this batch publishes, all of them for phones.
static int published(const struct core *core, enum topic_leaf leaf)
{
    int count = 0;
    for (const struct publish *item = core->effects.publishes; item != NULL; item = item->next) {
        assert_true(item->phone);
        count += item->leaf == leaf;
    }
    return count;
}

static void test_a_phone_needs_no_broker(void **state)
{
    struct core_fixture *fixture = *state;
    fleet_set_link(fixture->core->fleet, false, fixture->core->now);
    core_fixture_add_device(fixture, "mqtt");
    core_fixture_status(fixture, "mqtt", (struct wire_status){.hello = true, .battery = -1});
    add_phone(fixture->core, "phone");
    say_hello(fixture->core, "phone", true);
    const struct message *message = send(fixture->core, 1);
    const struct fleet_device *phone = fleet_device_by_id(fixture->core->fleet, "phone");
    assert_int_equal(message->turn, TURN_OUT);
    assert_int_equal(message->device, phone->row.n);
}

static void test_what_is_for_phones_is_marked(void **state)
{
    struct core_fixture *fixture = *state;
    add_phone(fixture->core, "phone");
    say_hello(fixture->core, "phone", true);
    (void)send(fixture->core, 1);
    assert_int_equal(published(fixture->core, TOPIC_SEND), 1);
}

static void test_qos_is_capped_and_the_timeline_says_so(void **state)
{
    struct core_fixture *fixture = *state;
    char reason[REASON_SIZE], id[ID_SIZE];
    add_phone(fixture->core, "phone");
    say_hello(fixture->core, "phone", true);
    memcpy(id, send(fixture->core, 2)->id, sizeof(id));
    assert_int_equal(core_fixture_events(fixture, EVENT_ASKED, reason), 1);
    assert_string_equal(reason, "qos_capped");
    core_fixture_reload(fixture);
    assert_int_equal(cache_get(fixture->core->cache, fixture->core->store, 1, id)->qos, 1);
    (void)send(fixture->core, 1); // nothing to cap
    assert_int_equal(core_fixture_events(fixture, EVENT_ASKED, reason), 1);
}

static void test_a_bare_hello_leaves_what_it_told(void **state)
{
    struct core_fixture *fixture = *state;
    add_phone(fixture->core, "phone");
    say_hello(fixture->core, "phone", false);
    say_hello(fixture->core, "phone", true);
    const struct fleet_device *phone = fleet_device_by_id(fixture->core->fleet, "phone");
    char *status = store_device_status(fixture->core->store, phone->row.n);
    assert_string_equal(status, "{\"radio\": \"smsgate\"}");
    free(status);
    assert_int_equal(phone->sims, 2); // slot 2
    assert_true(phone->ready);
}

static void test_after_a_restart_it_has_to_say_that_it_is_there(void **state)
{
    struct core_fixture *fixture = *state;
    add_phone(fixture->core, "phone");
    say_hello(fixture->core, "phone", true);
    struct fleet_device *phone = fleet_device_by_id(fixture->core->fleet, "phone");
    phone->ready = false; // as another run would read it
    core_fixture_reload(fixture);
    phone = fleet_device_by_id(fixture->core->fleet, "phone");
    assert_true(phone->phone);
    assert_false(phone->row.online);
    say_hello(fixture->core, "phone", true);
    assert_true(phone->row.online);
}

static void test_the_plugin_says_nothing_about_phones(void **state)
{
    struct core_fixture *fixture = *state;
    add_phone(fixture->core, "phone");
    say_hello(fixture->core, "phone", true);
    struct command *command = command_new(COMMAND_ONLINE, ORIGIN_NONE, 0);
    command->online.first = command->online.last = true;
    arrive_online(fixture->core, command);
    command_free(command);
    assert_true(fleet_device_by_id(fixture->core->fleet, "phone")->row.online);
}

static void test_what_is_withdrawn_goes_to_nobody_else(void **state)
{
    struct core_fixture *fixture = *state;
    add_phone(fixture->core, "one");
    say_hello(fixture->core, "one", true);
    char id[ID_SIZE];
    memcpy(id, send(fixture->core, 1)->id, sizeof(id));
    struct command *command = command_new(COMMAND_CANCEL, ORIGIN_NONE, 1);
    memcpy(command->cancel.id, id, sizeof(id));
    send_cancel(fixture->core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
    assert_int_equal(published(fixture->core, TOPIC_CANCEL), 1);
    core_fixture_pass(fixture, 0);
    command = command_new(COMMAND_DEVICE_REMOVE, ORIGIN_NONE, 1);
    snprintf(command->device.id, DEVICE_ID_SIZE, "one");
    admin_device_remove(fixture->core, command);
    command_free(command);
    add_phone(fixture->core, "two");
    say_hello(fixture->core, "two", true);
    core_fixture_pass(fixture, fixture->core->options.lease_ms * 2);
    const struct message *message = cache_get(fixture->core->cache, fixture->core->store, 1, id);
    assert_int_equal(message->lease, 1);
    assert_int_equal(message->state, STATE_UNKNOWN);
}

static void change_settings(struct core *core, const char *key)
{
    struct command *command = command_new(COMMAND_PHONE_SETTINGS, ORIGIN_NONE, 1);
    snprintf(command->phone_settings.signing_key, sizeof(command->phone_settings.signing_key), "%s", key);
    phone_settings_apply(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
}

static void test_phones_come_for_new_settings(void **state)
{
    struct core_fixture *fixture = *state;
    add_phone(fixture->core, "pixel");
    add_phone(fixture->core, "away");
    change_settings(fixture->core, "first");
    assert_int_equal(published(fixture->core, TOPIC_CONFIG), 0);
    say_hello(fixture->core, "pixel", true);
    assert_int_equal(published(fixture->core, TOPIC_CONFIG), 1); // it may have missed something
    change_settings(fixture->core, "second");
    assert_int_equal(published(fixture->core, TOPIC_CONFIG), 2);
    say_hello(fixture->core, "away", true);
    assert_int_equal(published(fixture->core, TOPIC_CONFIG), 3);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, core_fixture_set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_phone_needs_no_broker),
        CASE(test_phones_come_for_new_settings),
        CASE(test_what_is_for_phones_is_marked),
        CASE(test_qos_is_capped_and_the_timeline_says_so),
        CASE(test_a_bare_hello_leaves_what_it_told),
        CASE(test_after_a_restart_it_has_to_say_that_it_is_there),
        CASE(test_the_plugin_says_nothing_about_phones),
        CASE(test_what_is_withdrawn_goes_to_nobody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
