// A program dies at the pass that was asked for, and nowhere else.
#include "common/crash.h"
#include "tests/unit/cases.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

// Passes two places, "here" three times; the exit code, or minus the signal that ended it.
static int outcome(const char *wish)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        wish != NULL ? setenv("SMSQUITTO_CRASH_AT", wish, 1) : unsetenv("SMSQUITTO_CRASH_AT");
        crash_point("hereafter");
        for (int i = 0; i < 3; i++)
            crash_point("here");
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void test_dies_at_the_pass_that_was_asked_for(void **state)
{
    static const struct {
        const char *wish;
        int outcome;
    } cases[] = {
        {NULL, 0},
        {"", 0},
        {"here", 0},
        {"here:", 0},
        {"here:0", 0},
        {"here:4", 0},
        {"her:1", 0},
        {"there:1", 0},
        {"here:1", -SIGKILL},
        {"here:3", -SIGKILL},
        {"hereafter:1", -SIGKILL},
        {"hereafter:2", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        CHECK(outcome(cases[i].wish) == cases[i].outcome, "%s", cases[i].wish);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_dies_at_the_pass_that_was_asked_for)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
