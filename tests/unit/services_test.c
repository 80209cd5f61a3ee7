// Services for one-time codes, and whose key signs what is told in Twilio's form.
#include "bridge/engine/services.h"

#include "bridge/engine/admin.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <string.h>

static enum command_status ask(struct core_fixture *fixture, struct otp_service *row,
                               void (*apply)(struct core *core, struct command *command), int64_t account,
                               const char *id, const char *name, int64_t digits)
{
    struct command *command = command_new(COMMAND_SERVICE_ADD, ORIGIN_NONE, account);
    snprintf(command->service.id, ID_SIZE, "%s", id);
    snprintf(command->service.name, SERVICE_NAME_SIZE, "%s", name);
    command->service.digits = digits;
    apply(fixture->core, command);
    enum command_status status = command->status;
    *row = command->service.row;
    command_free(command);
    return status;
}

static void test_services_change_and_go(void **state)
{
    struct core_fixture *fixture = *state;
    struct otp_service row, changed, shown;
    assert_int_equal(ask(fixture, &row, services_add, 1, "", "Shop", 6), COMMAND_OK);
    assert_true(id_valid(row.id, strlen(row.id), ID_SERVICE));
    assert_int_equal(ask(fixture, &changed, services_update, 2, row.id, "x", 4), COMMAND_NOT_FOUND);
    assert_int_equal(ask(fixture, &changed, services_update, 1, row.id, "", 8), COMMAND_OK);
    assert_string_equal(changed.name, "Shop");
    assert_int_equal(changed.digits, 8);
    core_fixture_pass(fixture, 0);
    assert_int_equal(query_service(fixture_query(fixture->store), &shown, 1, row.id), QUERY_OK);
    assert_int_equal(shown.digits, 8);
    assert_int_equal(query_service(fixture_query(fixture->store), &shown, 2, row.id), QUERY_NONE);
    assert_int_equal(ask(fixture, &changed, services_remove, 1, row.id, "", 0), COMMAND_OK);
    assert_int_equal(ask(fixture, &changed, services_remove, 1, row.id, "", 0), COMMAND_NOT_FOUND);
    core_fixture_pass(fixture, 0);
    assert_int_equal(query_service(fixture_query(fixture->store), &shown, 1, row.id), QUERY_NONE);
}

static void test_there_is_a_limit(void **state)
{
    struct core_fixture *fixture = *state;
    struct otp_service row, first;
    assert_int_equal(ask(fixture, &first, services_add, 1, "", "Shop", 6), COMMAND_OK);
    for (int i = 1; i < SERVICES_MAX; i++)
        assert_int_equal(ask(fixture, &row, services_add, 1, "", "Shop", 6), COMMAND_OK);
    assert_int_equal(ask(fixture, &row, services_add, 1, "", "Shop", 6), COMMAND_CONFLICT);
    assert_int_equal(ask(fixture, &row, services_remove, 1, first.id, "", 0), COMMAND_OK);
    assert_int_equal(ask(fixture, &row, services_add, 1, "", "Shop", 6), COMMAND_OK);
}

// Makes a key for Twilio's face; returns whether it signs. Fills id and token.
static bool make_key(struct core_fixture *fixture, char id[ID_SIZE], char token[SECRET_SIZE])
{
    struct command *command = command_new(COMMAND_KEY_CREATE, ORIGIN_NONE, 1);
    snprintf(command->key.name, NAME_SIZE, "app");
    command->key.twilio = true;
    admin_key_create(fixture->core, command);
    assert_int_equal(command->status, COMMAND_OK);
    bool signs = command->key.signs;
    memcpy(id, command->key.row.id, ID_SIZE);
    snprintf(token, SECRET_SIZE, "%s", command->key.secret + strlen(SECRET_APP_KEY));
    command_free(command);
    return signs;
}

static const char *secret_of(struct core_fixture *fixture)
{
    return webhooks_callback(fixture->core, 1, HOOK_TWILIO_FORM)->row.secret;
}

static const char *hook_secret(struct core_fixture *fixture, const char *id)
{
    struct command *command = command_new(COMMAND_WEBHOOK_UPDATE, ORIGIN_NONE, 1);
    memcpy(command->webhook.id, id, ID_SIZE);
    const struct webhook_entry *entry = webhooks_named(fixture->core, command);
    command_free(command);
    assert_non_null(entry);
    return entry->row.secret;
}

// Makes a webhook that is told in Twilio's form; the answer must not show the token, which signs it.
static void add_hook(struct core_fixture *fixture, char id[ID_SIZE], const char *token)
{
    struct command *command = command_new(COMMAND_WEBHOOK_ADD, ORIGIN_NONE, 1);
    command->webhook.url = strdup("https://app.example/");
    command->webhook.events = event_bit(STATE_RECEIVED);
    command->webhook.signature = HOOK_TWILIO_FORM;
    webhooks_add(fixture->core, command);
    assert_int_equal(command->status, COMMAND_OK);
    assert_string_equal(command->webhook.row.secret, "");
    memcpy(id, command->webhook.row.id, ID_SIZE);
    command_free(command);
    assert_string_equal(hook_secret(fixture, id), token);
}

static void test_the_oldest_key_that_works_signs(void **state)
{
    struct core_fixture *fixture = *state;
    char first[ID_SIZE], second[ID_SIZE], third[ID_SIZE];
    char tokens[3][SECRET_SIZE];
    assert_true(make_key(fixture, first, tokens[0]));
    assert_string_equal(secret_of(fixture), tokens[0]);
    assert_false(make_key(fixture, second, tokens[1]));
    assert_string_equal(secret_of(fixture), tokens[0]);
    char hook[ID_SIZE];
    add_hook(fixture, hook, tokens[0]);
    core_fixture_reload(fixture);
    assert_string_equal(secret_of(fixture), tokens[0]);
    struct command *command = command_new(COMMAND_KEY_REVOKE, ORIGIN_NONE, 1);
    memcpy(command->key.id, first, ID_SIZE);
    admin_key_revoke(fixture->core, command);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
    assert_true(make_key(fixture, third, tokens[2]));
    assert_string_equal(secret_of(fixture), tokens[2]);
    assert_string_equal(hook_secret(fixture, hook), tokens[2]);
    assert_string_not_equal(webhooks_callback(fixture->core, 1, 0)->row.secret, tokens[2]);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, core_fixture_set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_services_change_and_go),
        TEST(test_there_is_a_limit),
        TEST(test_the_oldest_key_that_works_signs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
