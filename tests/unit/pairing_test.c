// Codes that a device exchanges for its credentials: once, in time, and for what they were made.
#include "bridge/engine/pairing.h"

#include "bridge/engine/admin.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <string.h>

static struct command *ask(struct core *core, const char *name, const char *want_id, const char *device)
{
    struct command *command = command_new(COMMAND_PAIRING_ADD, ORIGIN_NONE, 1);
    snprintf(command->pairing.name, NAME_SIZE, "%s", name);
    snprintf(command->pairing.want_id, DEVICE_ID_SIZE, "%s", want_id);
    snprintf(command->pairing.device, DEVICE_ID_SIZE, "%s", device);
    pairing_add(core, command);
    return command;
}

// A code that must be made, into code.
static struct pairing make(struct core *core, char code[CODE_SIZE], const char *name, const char *want_id,
                           const char *device)
{
    struct command *command = ask(core, name, want_id, device);
    assert_int_equal(command->status, COMMAND_OK);
    struct pairing row = command->pairing.row;
    memcpy(code, command->pairing.code, CODE_SIZE);
    command_free(command);
    return row;
}

static struct command *use(struct core *core, const char *code, const char *name)
{
    struct command *command = command_new(COMMAND_PAIRING_USE, ORIGIN_NONE, 0);
    secret_hash(command->pairing.code_hash, code, strlen(code));
    snprintf(command->pairing.name, NAME_SIZE, "%s", name);
    snprintf(command->pairing.model, NAME_SIZE, "Model 7");
    pairing_use(core, command);
    return command;
}

static void refused(struct core *core, const char *code)
{
    struct command *command = use(core, code, "");
    assert_int_equal(command->status, COMMAND_NOT_FOUND);
    assert_string_equal(command->pairing.key, "");
    command_free(command);
}

static void test_a_code_makes_one_device(void **state)
{
    struct core_fixture *fixture = *state;
    char code[CODE_SIZE], reason[REASON_SIZE];
    struct pairing row = make(fixture->core, code, "Front desk", "", "");
    assert_int_equal(row.expires_at, fixture->core->now + 600000);
    struct command *command = use(fixture->core, code, "not asked");
    assert_int_equal(command->status, COMMAND_OK);
    assert_string_equal(command->pairing.given.id, "front-desk");
    assert_string_equal(command->pairing.given.name, "Front desk");
    const struct fleet_device *device = fleet_device_by_id(fixture->core->fleet, "front-desk");
    uint8_t hash[SECRET_HASH_BYTES];
    secret_hash(hash, command->pairing.key, strlen(command->pairing.key));
    assert_memory_equal(device->row.key_hash, hash, sizeof(hash));
    command_free(command);
    refused(fixture->core, code);
    assert_int_equal(core_fixture_events(fixture, EVENT_DEVICE_ADDED, reason), 1);
}

static void test_the_device_names_itself_when_nobody_did(void **state)
{
    struct core_fixture *fixture = *state;
    char code[CODE_SIZE];
    static const struct {
        const char *name, *id;
    } cases[] = {{"Pixel", "pixel"}, {"Pixel", "pixel-2"}, {"", "model-7"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        make(fixture->core, code, "", "", "");
        struct command *command = use(fixture->core, code, cases[i].name);
        assert_string_equal(command->pairing.given.id, cases[i].id);
        command_free(command);
    }
}

static void test_time_is_over(void **state)
{
    struct core_fixture *fixture = *state;
    char early[CODE_SIZE], late[CODE_SIZE];
    make(fixture->core, early, "a", "", "");
    make(fixture->core, late, "b", "", "");
    core_fixture_pass(fixture, 599999);
    struct command *command = use(fixture->core, early, "");
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
    core_fixture_pass(fixture, 1);
    refused(fixture->core, late);
}

static void test_a_wrong_code_is_refused(void **state)
{
    struct core_fixture *fixture = *state;
    char code[CODE_SIZE];
    make(fixture->core, code, "a", "", "");
    refused(fixture->core, "");
    refused(fixture->core, "0000-0000-0000-0000");
}

static void test_a_device_that_is_there_gets_a_new_key(void **state)
{
    struct core_fixture *fixture = *state;
    char code[CODE_SIZE];
    uint8_t before[SECRET_HASH_BYTES];
    core_fixture_add_device(fixture, "phone-1");
    const struct fleet_device *device = fleet_device_by_id(fixture->core->fleet, "phone-1");
    memcpy(before, device->row.key_hash, sizeof(before));
    make(fixture->core, code, "", "", "phone-1");
    assert_memory_equal(device->row.key_hash, before, sizeof(before)); // until the exchange
    struct command *command = use(fixture->core, code, "another");
    assert_string_equal(command->pairing.given.id, "phone-1");
    assert_string_equal(command->pairing.given.name, "phone-1");
    assert_memory_not_equal(device->row.key_hash, before, sizeof(before));
    command_free(command);
}

static void test_a_removed_device_is_not_paired_again(void **state)
{
    struct core_fixture *fixture = *state;
    char code[CODE_SIZE];
    core_fixture_add_device(fixture, "phone-1");
    make(fixture->core, code, "", "", "phone-1");
    struct command *remove = command_new(COMMAND_DEVICE_REMOVE, ORIGIN_NONE, 1);
    snprintf(remove->device.id, DEVICE_ID_SIZE, "phone-1");
    admin_device_remove(fixture->core, remove);
    command_free(remove);
    refused(fixture->core, code);
}

static void test_what_cannot_be_is_refused_at_once(void **state)
{
    struct core_fixture *fixture = *state;
    core_fixture_add_device(fixture, "phone-1");
    static const struct {
        const char *want_id, *device;
        enum command_status status;
    } cases[] = {{"phone-1", "", COMMAND_CONFLICT},
                 {"bridge", "", COMMAND_CONFLICT},
                 {"pairings", "", COMMAND_CONFLICT},
                 {"", "phone-9", COMMAND_NOT_FOUND}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct command *command = ask(fixture->core, "", cases[i].want_id, cases[i].device);
        CHECK(command->status == cases[i].status, "%zu", i);
        command_free(command);
    }
}

// The id that was asked for was taken between making the code and using it: the code can be used again.
static void test_an_id_that_was_taken_meanwhile(void **state)
{
    struct core_fixture *fixture = *state;
    char code[CODE_SIZE];
    make(fixture->core, code, "Desk", "desk", "");
    core_fixture_add_device(fixture, "desk");
    struct command *command = use(fixture->core, code, "");
    assert_int_equal(command->status, COMMAND_CONFLICT);
    assert_string_equal(command->pairing.key, "");
    command_free(command);
}

static void test_open_codes_are_limited_and_cancelled(void **state)
{
    struct core_fixture *fixture = *state;
    char code[CODE_SIZE];
    struct pairing row = {.n = 0};
    for (int i = 0; i < 3; i++)
        row = make(fixture->core, code, "x", "", "");
    struct command *command = ask(fixture->core, "x", "", "");
    assert_int_equal(command->status, COMMAND_LIMITED);
    command_free(command);
    for (int i = 0; i < 2; i++) {
        command = command_new(COMMAND_PAIRING_REMOVE, ORIGIN_NONE, 1);
        memcpy(command->pairing.id, row.id, sizeof(row.id));
        pairing_remove(fixture->core, command);
        assert_int_equal(command->status, i == 0 ? COMMAND_OK : COMMAND_NOT_FOUND);
        command_free(command);
    }
    refused(fixture->core, code);
    make(fixture->core, code, "x", "", "");
}

static void test_old_codes_are_forgotten(void **state)
{
    struct core_fixture *fixture = *state;
    struct pairing_view rows[4];
    char code[CODE_SIZE];
    size_t count;
    make(fixture->core, code, "x", "", "");
    core_fixture_pass(fixture, 600000 + 86400000 - 1);
    core_fixture_pass(fixture, 1);
    struct query *query = fixture_query(fixture->store);
    assert_int_equal(query_pairings(query, rows, 4, &count, 1, 0), QUERY_OK);
    assert_int_equal(count, 1);
    core_fixture_pass(fixture, 2000);
    core_fixture_pass(fixture, 0);
    assert_int_equal(query_pairings(query, rows, 4, &count, 1, 0), QUERY_OK);
    assert_int_equal(count, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, core_fixture_set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_code_makes_one_device),
        CASE(test_the_device_names_itself_when_nobody_did),
        CASE(test_time_is_over),
        CASE(test_a_wrong_code_is_refused),
        CASE(test_a_device_that_is_there_gets_a_new_key),
        CASE(test_a_removed_device_is_not_paired_again),
        CASE(test_what_cannot_be_is_refused_at_once),
        CASE(test_an_id_that_was_taken_meanwhile),
        CASE(test_open_codes_are_limited_and_cancelled),
        CASE(test_old_codes_are_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
