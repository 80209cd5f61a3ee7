// Tokens that apps exchange their key for: refreshed once, ended together when one was stolen.
#include "bridge/engine/token.h"

#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <string.h>

enum { KEY = 1, SCOPES = 6 };

static struct command *add(struct core *core, int64_t account, int64_t ttl_ms)
{
    struct command *command = command_new(COMMAND_TOKEN_ADD, ORIGIN_NONE, account);
    command->token.key = KEY;
    command->token.scopes = SCOPES;
    command->token.ttl_ms = ttl_ms;
    token_add(core, command);
    return command;
}

// A first pair that must be made.
static struct token make(struct core *core, int64_t ttl_ms)
{
    struct command *command = add(core, 1, ttl_ms);
    assert_int_equal(command->status, COMMAND_OK);
    struct token row = command->token.row;
    command_free(command);
    return row;
}

// Refreshes; false when it is refused.
static bool refresh(struct core *core, struct token *out, const char *id)
{
    struct command *command = command_new(COMMAND_TOKEN_REFRESH, ORIGIN_NONE, 0);
    snprintf(command->token.id, ID_SIZE, "%s", id);
    token_refresh(core, command);
    bool done = !command->token.refused;
    if (done)
        *out = command->token.row;
    command_free(command);
    return done;
}

static enum command_status revoke(struct core *core, int64_t account, const char *id)
{
    struct command *command = command_new(COMMAND_TOKEN_REVOKE, ORIGIN_NONE, account);
    snprintf(command->token.id, ID_SIZE, "%s", id);
    token_revoke(core, command);
    enum command_status status = command->status;
    command_free(command);
    return status;
}

static bool is_revoked(struct core_fixture *fixture, const struct token *token)
{
    struct token row;
    assert_true(store_token_by_refresh(fixture->core->store, &row, token->refresh));
    return row.revoked_at != 0;
}

static void test_times(void **state)
{
    struct core_fixture *fixture = *state;
    int64_t now = fixture->core->now;
    struct token usual = make(fixture->core, 0), asked = make(fixture->core, 5000);
    struct token longest = make(fixture->core, INT64_C(1000) * 86400000);
    assert_int_equal(usual.expires_at, now + fixture->core->options.token_ttl_ms);
    assert_int_equal(asked.expires_at, now + 5000);
    assert_int_equal(longest.expires_at, now + fixture->core->options.token_refresh_ms);
    assert_int_equal(asked.refresh_until, now + fixture->core->options.token_refresh_ms);
}

static void test_refresh_keeps_what_the_first_was_for(void **state)
{
    struct core_fixture *fixture = *state;
    struct token first = make(fixture->core, 5000), second = {.account = 0};
    assert_true(refresh(fixture->core, &second, first.refresh));
    assert_string_not_equal(second.id, first.id);
    assert_string_not_equal(second.refresh, first.refresh);
    assert_string_equal(second.family, first.id);
    assert_int_equal(second.account, 1);
    assert_int_equal(second.key, KEY);
    assert_int_equal(second.scopes, SCOPES);
}

static void test_a_second_use_ends_the_family_and_no_other(void **state)
{
    struct core_fixture *fixture = *state;
    struct token first = make(fixture->core, 0), other = make(fixture->core, 0), second, third, none;
    assert_true(refresh(fixture->core, &second, first.refresh));
    assert_true(refresh(fixture->core, &third, second.refresh));
    assert_false(refresh(fixture->core, &none, first.refresh));
    assert_true(is_revoked(fixture, &third));
    assert_false(is_revoked(fixture, &other));
    assert_false(refresh(fixture->core, &none, third.refresh));
    assert_true(refresh(fixture->core, &none, other.refresh));
}

static void test_over_or_unknown(void **state)
{
    struct core_fixture *fixture = *state;
    struct token token = make(fixture->core, 0), none;
    assert_false(refresh(fixture->core, &none, ""));
    assert_false(refresh(fixture->core, &none, token.id));
    core_fixture_pass(fixture, fixture->core->options.token_refresh_ms);
    assert_false(refresh(fixture->core, &none, token.refresh));
}

static void test_revoked_by_its_account_only(void **state)
{
    struct core_fixture *fixture = *state;
    struct token token = make(fixture->core, 0), none;
    assert_int_equal(revoke(fixture->core, 2, token.id), COMMAND_NOT_FOUND);
    assert_int_equal(revoke(fixture->core, 1, token.id), COMMAND_OK);
    assert_int_equal(revoke(fixture->core, 1, token.id), COMMAND_NOT_FOUND);
    assert_false(refresh(fixture->core, &none, token.refresh));
}

static void test_an_account_has_a_thousand_at_most(void **state)
{
    struct core_fixture *fixture = *state;
    struct token token = {.account = 0}, next;
    for (int i = 0; i < 1000; i++)
        token = make(fixture->core, 0);
    struct command *command = add(fixture->core, 1, 0);
    assert_int_equal(command->status, COMMAND_LIMITED);
    assert_true(command->retry_after_ms > 0);
    command_free(command);
    command = add(fixture->core, 2, 0); // each for itself
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
    assert_true(refresh(fixture->core, &next, token.refresh)); // it is as many as before
    assert_int_equal(revoke(fixture->core, 1, next.id), COMMAND_OK);
    (void)make(fixture->core, 0);
}

static void test_old_ones_are_swept(void **state)
{
    struct core_fixture *fixture = *state;
    struct token token = make(fixture->core, 0), row;
    core_fixture_pass(fixture, fixture->core->options.token_refresh_ms - 1);
    token_upkeep(fixture->core);
    assert_true(store_token_by_refresh(fixture->core->store, &row, token.refresh));
    core_fixture_pass(fixture, 2);
    token_upkeep(fixture->core);
    assert_false(store_token_by_refresh(fixture->core->store, &row, token.refresh));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, core_fixture_set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_times),
        CASE(test_refresh_keeps_what_the_first_was_for),
        CASE(test_a_second_use_ends_the_family_and_no_other),
        CASE(test_over_or_unknown),
        CASE(test_revoked_by_its_account_only),
        CASE(test_an_account_has_a_thousand_at_most),
        CASE(test_old_ones_are_swept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
