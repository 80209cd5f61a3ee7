// Limits, sends and sweeps of one-time codes, under a clock of the test's own.
#include "bridge/engine/otp.h"

#include "bridge/engine/life.h"
#include "tests/unit/cases.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <string.h>

enum { HOUR_MS = 3600000, MINUTE_MS = 60000 };
static const int64_t DAY_MS = 24 * (int64_t)HOUR_MS;

static int set_up(void **state)
{
    int code = core_fixture_set_up(state);
    struct core_fixture *fixture = *state;
    fixture->core->options.otp_checks = 3;
    fixture->core->options.otp_keep_ms = 30 * DAY_MS;
    return code;
}

static struct command *ask_of(const char *to, const char *region, int64_t key, const char *client)
{
    struct command *command = command_new(COMMAND_OTP_SEND, ORIGIN_NONE, 1);
    snprintf(command->otp.to, NUMBER_SIZE, "%s", to);
    snprintf(command->otp.purpose, OTP_PURPOSE_SIZE, "login");
    snprintf(command->otp.region, OTP_REGION_SIZE, "%s", region);
    snprintf(command->otp.client, OTP_CLIENT_SIZE, "%s", client);
    command->otp.digits = 6;
    command->otp.ttl_ms = 5 * MINUTE_MS;
    command->otp.key = key;
    return command;
}

// Asks for a code for the k-th number of a country; *wait_ms is set when a limit stands in the way.
static enum command_status ask(struct core_fixture *fixture, const char *region, int k, int64_t key,
                               const char *client, int64_t *wait_ms)
{
    char to[NUMBER_SIZE];
    snprintf(to, sizeof(to), "+49%u0000", (unsigned)(1510 + k) % 10000);
    struct command *command = ask_of(to, region, key, client);
    otp_send(fixture->core, command);
    enum command_status status = command->status;
    *wait_ms = command->retry_after_ms;
    command_free(command);
    core_fixture_pass(fixture, 1000);
    return status;
}

// What is limited, and how the k-th request falls under it or not.
static void test_limits_reopen_after_their_hour(void **state)
{
    static const struct {
        enum otp_limit limit;
        int numbers; // that take turns
        const char *region;
        int64_t key, other_key;
        const char *client, *other_client;
    } cases[] = {
        {OTP_BY_NUMBER, 1, "DE", 0, 0, "", ""},
        {OTP_BY_KEY, 100, "DE", 7, 8, "", ""},
        {OTP_BY_CLIENT, 100, "DE", 0, 0, "192.0.2.1", "192.0.2.2"},
        {OTP_BY_REGION, 100, "DE", 0, 0, "", ""},
    };
    struct core_fixture *fixture = *state;
    int64_t *per_hour = fixture->core->options.otp_per_hour, wait_ms;
    int k = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t begin = fixture->core->now;
        per_hour[cases[i].limit] = 3;
        for (int n = 0; n < 3; n++)
            CHECK(ask(fixture, cases[i].region, k++ % cases[i].numbers, cases[i].key, cases[i].client,
                      &wait_ms) == COMMAND_OK,
                  "case %zu, %d", i, n);
        CHECK(ask(fixture, cases[i].region, k % cases[i].numbers, cases[i].key, cases[i].client, &wait_ms) ==
                  COMMAND_LIMITED,
              "case %zu", i);
        assert_int_equal(wait_ms, begin + HOUR_MS - (fixture->core->now - 1000));
        if (cases[i].other_key != cases[i].key || cases[i].other_client[0] != '\0')
            CHECK(ask(fixture, "DE", k++, cases[i].other_key, cases[i].other_client, &wait_ms) == COMMAND_OK,
                  "case %zu, another", i);
        core_fixture_pass(fixture, begin + HOUR_MS - fixture->core->now - 1);
        CHECK(ask(fixture, cases[i].region, k % cases[i].numbers, cases[i].key, cases[i].client, &wait_ms) ==
                  COMMAND_LIMITED,
              "case %zu, just before", i);
        fixture->core->now = begin + HOUR_MS;
        CHECK(ask(fixture, cases[i].region, k++ % cases[i].numbers, cases[i].key, cases[i].client,
                  &wait_ms) == COMMAND_OK,
              "case %zu, an hour after the first", i);
        CHECK(ask(fixture, cases[i].region, k % cases[i].numbers, cases[i].key, cases[i].client, &wait_ms) ==
                  COMMAND_OK,
              "case %zu, and after the second", i);
        per_hour[cases[i].limit] = 0;
        core_fixture_pass(fixture, 2 * HOUR_MS);
    }
}

static void test_countries_count_for_themselves(void **state)
{
    struct core_fixture *fixture = *state;
    int64_t wait_ms;
    fixture->core->options.otp_per_hour[OTP_BY_REGION] = 2;
    for (int k = 0; k < 2; k++)
        assert_int_equal(ask(fixture, "DE", k, 0, "", &wait_ms), COMMAND_OK);
    assert_int_equal(ask(fixture, "DE", 5, 0, "", &wait_ms), COMMAND_LIMITED);
    assert_int_equal(ask(fixture, "AT", 6, 0, "", &wait_ms), COMMAND_OK);
    for (int k = 10; k < 15; k++) // of no country
        assert_int_equal(ask(fixture, "", k, 0, "", &wait_ms), COMMAND_OK);
}

static void test_codes_go_to_listed_countries_only(void **state)
{
    static const struct {
        const char *countries, *region;
        enum command_status status;
    } cases[] = {
        {"", "RU", COMMAND_OK},           {" ", "", COMMAND_OK},
        {"DE AT", "DE", COMMAND_OK},      {"DE AT", "AT", COMMAND_OK},
        {"DE AT", "CH", COMMAND_COUNTRY}, {"DE AT", "EA", COMMAND_COUNTRY},
        {"DE AT", "", COMMAND_COUNTRY},   {"DE", "D", COMMAND_COUNTRY},
    };
    struct core_fixture *fixture = *state;
    int64_t wait_ms;
    for (size_t i = 0; i < COUNT(cases); i++) {
        fixture->core->options.otp_countries = cases[i].countries;
        CHECK(ask(fixture, cases[i].region, (int)i, 0, "", &wait_ms) == cases[i].status, "case %zu", i);
    }
}

static void test_withdrawing_a_code_withdraws_all_its_texts(void **state)
{
    struct core_fixture *fixture = *state;
    char id[ID_SIZE];
    for (int i = 0; i < 3; i++) {
        struct command *command = ask_of("+4915112345678", "DE", 0, "");
        otp_send(fixture->core, command);
        assert_int_equal(command->status, COMMAND_OK);
        assert_int_equal(command->otp.resent, i > 0);
        snprintf(id, sizeof(id), "%s", command->otp.row.id);
        command_free(command);
    }
    assert_int_equal(core_fixture_number(fixture, "SELECT COUNT(*) FROM message WHERE state IN (2, 3)"), 3);
    struct command *command = command_new(COMMAND_OTP_CANCEL, ORIGIN_NONE, 1);
    snprintf(command->otp.id, ID_SIZE, "%s", id);
    otp_cancel(fixture->core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
    char query[80];
    snprintf(query, sizeof(query), "SELECT COUNT(*) FROM message WHERE state = %d", STATE_CANCELLED);
    assert_int_equal(core_fixture_number(fixture, query), 3);
}

static void test_what_is_old_is_swept(void **state)
{
    struct core_fixture *fixture = *state;
    int64_t wait_ms;
    for (int k = 0; k < 4; k++)
        assert_int_equal(ask(fixture, "DE", k, 0, "", &wait_ms), COMMAND_OK);
    assert_int_equal(core_fixture_number(fixture, "SELECT COUNT(*) FROM otp_send"), 4);
    assert_int_equal(core_fixture_number(fixture, "SELECT COUNT(*) FROM verification_text"), 4);
    core_fixture_pass(fixture, 2 * HOUR_MS);
    assert_int_equal(core_fixture_number(fixture, "SELECT COUNT(*) FROM otp_send"), 0);
    core_fixture_pass(fixture, 31 * DAY_MS);
    assert_int_equal(core_fixture_number(fixture, "SELECT COUNT(*) FROM verification"), 0);
    assert_int_equal(core_fixture_number(fixture, "SELECT COUNT(*) FROM verification_text"), 0);
    assert_int_equal(core_fixture_number(fixture, "SELECT SUM(sent) FROM otp_hour"), 4);
    core_fixture_pass(fixture, 360 * DAY_MS);
    assert_int_equal(core_fixture_number(fixture, "SELECT SUM(sent) FROM otp_hour"), 4);
    core_fixture_pass(fixture, 10 * DAY_MS);
    assert_int_equal(core_fixture_number(fixture, "SELECT COUNT(*) FROM otp_hour"), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_limits_reopen_after_their_hour),
        CASE(test_countries_count_for_themselves),
        CASE(test_codes_go_to_listed_countries_only),
        CASE(test_withdrawing_a_code_withdraws_all_its_texts),
        CASE(test_what_is_old_is_swept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
