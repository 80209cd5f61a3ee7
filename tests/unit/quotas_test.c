// Limits of services: counted by value, over sliding time, and by every bucket.
#include "bridge/engine/quotas.h"

#include "bridge/engine/otp.h"
#include "bridge/engine/services.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void make_service(struct core_fixture *fixture, char id[ID_SIZE])
{
    struct command *command = command_new(COMMAND_SERVICE_ADD, ORIGIN_NONE, 1);
    memcpy(command->service.name, "Shop", sizeof("Shop"));
    command->service.digits = 6;
    services_add(fixture->core, command);
    assert_int_equal(command->status, COMMAND_OK);
    memcpy(id, command->service.row.id, ID_SIZE);
    command_free(command);
}

static struct command *ask(struct core_fixture *fixture,
                           void (*apply)(struct core *core, struct command *command), const char *service,
                           const char *id, int64_t max, int64_t interval_s)
{
    struct command *command = command_new(COMMAND_QUOTA_ADD, ORIGIN_NONE, 1);
    memcpy(command->quota.service, service, ID_SIZE);
    memcpy(command->quota.name, "session", sizeof("session"));
    if (id != NULL)
        memcpy(command->quota.id, id, ID_SIZE);
    command->quota.max = max;
    command->quota.interval_ms = interval_s * 1000;
    apply(fixture->core, command);
    return command;
}

// A service with a limit, and that with a bucket. Fills the ids.
static void make(struct core_fixture *fixture, char service[ID_SIZE], char id[ID_SIZE], int64_t max,
                 int64_t interval_s)
{
    make_service(fixture, service);
    struct command *command = ask(fixture, quotas_add, service, NULL, 0, 0);
    assert_int_equal(command->status, COMMAND_OK);
    memcpy(id, command->quota.row.id, ID_SIZE);
    command_free(command);
    command = ask(fixture, quotas_bucket_add, service, id, max, interval_s);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
}

// Asks for a code for another number each time, with that value; returns how that ended and when to come
// back.
static enum command_status send(struct core_fixture *fixture, int64_t *retry_ms, const char *service,
                                const char *name, const char *value)
{
    static int count;
    struct command *command = command_new(COMMAND_OTP_SEND, ORIGIN_NONE, 1);
    struct command_otp *wish = &command->otp;
    snprintf(wish->to, sizeof(wish->to), "+491511%03d5678", count++ % 1000);
    snprintf(wish->purpose, sizeof(wish->purpose), "%s", service + 2);
    memcpy(wish->language, "en", sizeof("en"));
    wish->digits = 6;
    wish->ttl_ms = 600000;
    wish->values = calloc(1, sizeof(*wish->values));
    wish->value_count = 1;
    snprintf(wish->values[0].name, sizeof(wish->values[0].name), "%s", name);
    secret_hash(wish->values[0].hash, value, strlen(value));
    otp_send(fixture->core, command);
    enum command_status status = command->status;
    *retry_ms = command->retry_after_ms;
    command_free(command);
    return status;
}

static void test_values_are_counted_one_by_one(void **state)
{
    struct core_fixture *fixture = *state;
    char service[ID_SIZE], id[ID_SIZE];
    int64_t retry;
    make(fixture, service, id, 2, 60);
    assert_int_equal(send(fixture, &retry, service, "session", "a"), COMMAND_OK);
    core_fixture_pass(fixture, 20000);
    assert_int_equal(send(fixture, &retry, service, "session", "a"), COMMAND_OK);
    assert_int_equal(send(fixture, &retry, service, "session", "a"), COMMAND_LIMITED);
    assert_int_equal(retry, 40000);
    assert_int_equal(send(fixture, &retry, service, "session", "b"), COMMAND_OK);
    core_fixture_pass(fixture, 39999);
    assert_int_equal(send(fixture, &retry, service, "session", "a"), COMMAND_LIMITED);
    core_fixture_pass(fixture, 1);
    assert_int_equal(send(fixture, &retry, service, "session", "a"), COMMAND_OK);
    assert_int_equal(send(fixture, &retry, service, "session", "a"), COMMAND_LIMITED);
    assert_int_equal(retry, 20000);
}

static void test_every_bucket_counts(void **state)
{
    struct core_fixture *fixture = *state;
    char service[ID_SIZE], id[ID_SIZE];
    int64_t retry;
    make(fixture, service, id, 1, 10);
    command_free(ask(fixture, quotas_bucket_add, service, id, 2, 86400));
    assert_int_equal(send(fixture, &retry, service, "session", "a"), COMMAND_OK);
    assert_int_equal(send(fixture, &retry, service, "session", "a"), COMMAND_LIMITED);
    core_fixture_pass(fixture, 10000);
    assert_int_equal(send(fixture, &retry, service, "session", "a"), COMMAND_OK);
    core_fixture_pass(fixture, 10000);
    assert_int_equal(send(fixture, &retry, service, "session", "a"), COMMAND_LIMITED);
    assert_int_equal(retry, 86380000);
}

static void test_a_limit_of_another_name_or_service_is_refused(void **state)
{
    struct core_fixture *fixture = *state;
    char service[ID_SIZE], id[ID_SIZE], other[ID_SIZE];
    int64_t retry;
    make(fixture, service, id, 1, 10);
    make_service(fixture, other);
    assert_int_equal(send(fixture, &retry, service, "address", "a"), COMMAND_INVALID);
    assert_int_equal(send(fixture, &retry, other, "session", "a"), COMMAND_INVALID);
    struct command *command = ask(fixture, quotas_remove, service, id, 0, 0);
    assert_int_equal(command->status, COMMAND_OK);
    command_free(command);
    assert_int_equal(send(fixture, &retry, service, "session", "a"), COMMAND_INVALID);
    command = ask(fixture, quotas_add, service, NULL, 0, 0);
    assert_int_equal(command->status, COMMAND_OK); // its name is free again
    command_free(command);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, core_fixture_set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_values_are_counted_one_by_one),
        TEST(test_every_bucket_counts),
        TEST(test_a_limit_of_another_name_or_service_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
