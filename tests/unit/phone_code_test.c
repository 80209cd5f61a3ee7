// Six digits for a phone: once, for a minute, for its account, a few at a time, and over after some wrong
// ones.
#include "bridge/engine/phone_code.h"

#include "bridge/engine/admin.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <string.h>

static enum command_status make(struct core *core, int64_t account, char code[PHONE_CODE_SIZE])
{
    struct command *command = command_new(COMMAND_PHONE_CODE_ADD, ORIGIN_NONE, account);
    phone_code_add(core, command);
    enum command_status status = command->status;
    if (status == COMMAND_OK) {
        assert_int_equal(strspn(command->phone_code.code, "0123456789"), PHONE_CODE_SIZE - 1);
        assert_int_equal(command->phone_code.expires_at, core->now + PHONE_CODE_TTL_MS);
    }
    memcpy(code, command->phone_code.code, PHONE_CODE_SIZE);
    command_free(command);
    return status;
}

// Registers a phone by the code. The account that it came to, 0 = the code was wrong.
static int64_t use(struct core *core, const char *code)
{
    struct command *command = command_new(COMMAND_DEVICE_ADD, ORIGIN_NONE, 0);
    snprintf(command->device.code, PHONE_CODE_SIZE, "%s", code);
    snprintf(command->device.name, NAME_SIZE, "Pixel");
    command->device.phone = true;
    admin_device_add(core, command);
    assert_int_equal(command->status, COMMAND_OK);
    int64_t account = command->account;
    assert_int_equal(command->device.wrong_code, account == 0);
    assert_int_equal(command->device.key[0] == '\0', account == 0);
    if (account != 0)
        assert_int_equal(command->device.device.account, account);
    command_free(command);
    return account;
}

static void test_a_code_is_good_once(void **state)
{
    struct core_fixture *fixture = *state;
    char code[PHONE_CODE_SIZE], reason[REASON_SIZE];
    assert_int_equal(make(fixture->core, 1, code), COMMAND_OK);
    assert_int_equal(use(fixture->core, code), 1);
    assert_int_equal(use(fixture->core, code), 0);
    assert_int_equal(core_fixture_events(fixture, EVENT_DEVICE_ADDED, reason), 1);
}

static void test_a_code_lives_for_a_minute(void **state)
{
    struct core_fixture *fixture = *state;
    char code[PHONE_CODE_SIZE];
    assert_int_equal(make(fixture->core, 1, code), COMMAND_OK);
    fixture->core->now += PHONE_CODE_TTL_MS - 1;
    assert_int_equal(use(fixture->core, code), 1);
    assert_int_equal(make(fixture->core, 1, code), COMMAND_OK);
    fixture->core->now += PHONE_CODE_TTL_MS;
    assert_int_equal(use(fixture->core, code), 0);
}

static void test_a_few_are_open_at_once(void **state)
{
    struct core_fixture *fixture = *state;
    char code[PHONE_CODE_SIZE], first[PHONE_CODE_SIZE];
    assert_int_equal(make(fixture->core, 1, first), COMMAND_OK);
    for (int i = 1; i < PHONE_CODES_OF_ACCOUNT; i++)
        assert_int_equal(make(fixture->core, 1, code), COMMAND_OK);
    assert_int_equal(make(fixture->core, 1, code), COMMAND_LIMITED);
    assert_int_equal(make(fixture->core, 2, code), COMMAND_OK); // another account has its own
    assert_int_equal(use(fixture->core, first), 1);
    assert_int_equal(make(fixture->core, 1, code), COMMAND_OK);
    for (int account = 3; account < 3 + PHONE_CODES_MAX; account++)
        (void)make(fixture->core, account, code);
    assert_int_equal(make(fixture->core, 200, code), COMMAND_LIMITED); // all together
    fixture->core->now += PHONE_CODE_TTL_MS;
    assert_int_equal(make(fixture->core, 200, code), COMMAND_OK);
}

static void test_wrong_codes_end_those_that_are_open(void **state)
{
    struct core_fixture *fixture = *state;
    char old[PHONE_CODE_SIZE], new[PHONE_CODE_SIZE];
    assert_int_equal(make(fixture->core, 1, old), COMMAND_OK);
    assert_int_equal(use(fixture->core, "x"), 0);
    assert_int_equal(make(fixture->core, 1, new), COMMAND_OK);
    for (int i = 1; i < PHONE_CODE_TRIES; i++)
        assert_int_equal(use(fixture->core, "x"), 0);
    assert_int_equal(use(fixture->core, new), 1);
    assert_int_equal(use(fixture->core, old), 0);
}

static void test_a_revoked_key_ends_the_codes_of_its_account(void **state)
{
    struct core_fixture *fixture = *state;
    char ours[PHONE_CODE_SIZE], theirs[PHONE_CODE_SIZE];
    assert_int_equal(make(fixture->core, 1, ours), COMMAND_OK);
    for (int i = 0; i < PHONE_CODES_OF_ACCOUNT; i++)
        assert_int_equal(make(fixture->core, 2, theirs), COMMAND_OK);
    phone_code_forget(fixture->core, 1);
    assert_int_equal(use(fixture->core, ours), 0);
    assert_int_equal(make(fixture->core, 2, theirs), COMMAND_LIMITED);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, core_fixture_set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_code_is_good_once),
        CASE(test_a_code_lives_for_a_minute),
        CASE(test_a_few_are_open_at_once),
        CASE(test_wrong_codes_end_those_that_are_open),
        CASE(test_a_revoked_key_ends_the_codes_of_its_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
