// Commands of the phone as child processes: none can hold its caller up.
#include "device/radios/child.h"

#include "common/clock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { LONG_MS = 60000, SHORT_MS = 300 };

// Runs a command as a radio does: by what poll says.
static struct child_result run(struct child *child, const char *const argv[], const char *input,
                               int64_t timeout_ms)
{
    struct child_result result;
    child_start(child, argv, input, clock_mono_ms(), timeout_ms);
    assert_true(child_busy(child));
    while (!child_step(child, &result, clock_mono_ms())) {
        struct pollfd polls[CHILD_POLL_COUNT];
        child_polls(child, polls);
        int64_t deadline_ms = child_deadline(child), wait_ms = deadline_ms - clock_mono_ms();
        poll(polls, CHILD_POLL_COUNT, deadline_ms == INT64_MAX ? -1 : wait_ms > 0 ? (int)wait_ms : 0);
    }
    assert_false(child_busy(child));
    return result;
}

static struct child_result shell(struct child *child, const char *script, const char *input,
                                 int64_t timeout_ms)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    return run(child, argv, input, timeout_ms);
}

static int open_child(void **state)
{
    *state = child_new();
    return *state == NULL;
}

static int close_child(void **state)
{
    child_free(*state);
    return 0;
}

static void test_output_and_exit_code(void **state)
{
    struct child_result result = shell(*state, "cat; echo noise >&2; exit 3", "Grüße\n☃", LONG_MS);
    assert_int_equal(result.end, CHILD_DONE);
    assert_int_equal(result.code, 3);
    assert_string_equal(result.output, "Grüße\n☃");
    assert_int_equal(result.length, strlen("Grüße\n☃"));
    result = shell(*state, "kill -9 $$", NULL, LONG_MS);
    assert_int_equal(result.end, CHILD_DONE);
    assert_int_equal(result.code, -1);
    assert_string_equal(result.output, ""); // nothing of the one before
}

static void test_arguments_are_no_shell(void **state)
{
    const char *const argv[] = {"echo", "$(id)", "a b", NULL}; // found by PATH
    struct child_result result = run(*state, argv, NULL, LONG_MS);
    assert_string_equal(result.output, "$(id) a b\n");
}

static void test_program_that_is_not_there(void **state)
{
    const char *const argv[] = {"smsquitto-no-such-program", NULL};
    assert_int_equal(run(*state, argv, "x", LONG_MS).end, CHILD_MISSING);
    assert_int_equal(shell(*state, "true", NULL, LONG_MS).end, CHILD_DONE);
}

static void test_command_that_hangs_is_killed_with_its_own(void **state)
{
    int64_t start_ms = clock_mono_ms();
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); // the orphans become ours
    struct child_result result = shell(*state, "echo $$; sleep 600 & sleep 600", NULL, SHORT_MS);
    assert_int_equal(result.end, CHILD_TIMEOUT);
    assert_true(clock_mono_ms() - start_ms < LONG_MS);
    pid_t group = (pid_t)strtol(result.output, NULL, 10);
    assert_true(group > 1);
    while (waitpid(-group, NULL, 0) > 0) // this waits for ever when one of them lives
        continue;
    assert_int_equal(kill(-group, 0), -1);
}

static void test_child_of_the_command_does_not_hold_it_up(void **state)
{
    struct child_result result = shell(*state, "echo done; sleep 2 & exit 0", NULL, LONG_MS);
    assert_int_equal(result.end, CHILD_DONE);
    assert_string_equal(result.output, "done\n");
}

static void test_input_that_nobody_reads(void **state)
{
    char *input = malloc(1000001);
    memset(input, 'x', 1000000);
    input[1000000] = '\0';
    struct child_result result = shell(*state, "exec <&-; echo no", input, LONG_MS);
    assert_int_equal(result.end, CHILD_DONE);
    assert_string_equal(result.output, "no\n");
    result = shell(*state, "cat", input, LONG_MS); // both pipes fill up
    assert_int_equal(result.length, 1000000);
    free(input);
}

static void test_output_has_a_limit(void **state)
{
    struct child_result result = shell(*state, "exec yes", NULL, LONG_MS);
    assert_int_equal(result.end, CHILD_TOO_MUCH);
}

static void test_free_ends_what_runs(void **state)
{
    (void)state;
    const char *const argv[] = {"sleep", "600", NULL};
    struct child *child = child_new();
    child_start(child, argv, NULL, clock_mono_ms(), LONG_MS);
    child_free(child);
    child_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_output_and_exit_code, open_child, close_child),
        cmocka_unit_test_setup_teardown(test_arguments_are_no_shell, open_child, close_child),
        cmocka_unit_test_setup_teardown(test_program_that_is_not_there, open_child, close_child),
        cmocka_unit_test_setup_teardown(test_command_that_hangs_is_killed_with_its_own, open_child,
                                        close_child),
        cmocka_unit_test_setup_teardown(test_child_of_the_command_does_not_hold_it_up, open_child,
                                        close_child),
        cmocka_unit_test_setup_teardown(test_input_that_nobody_reads, open_child, close_child),
        cmocka_unit_test_setup_teardown(test_output_has_a_limit, open_child, close_child),
        cmocka_unit_test(test_free_ends_what_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
