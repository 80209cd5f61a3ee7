// Two machines that answer each other come to an end; a person who writes much does not notice it.
#include "bridge/engine/answers.h"

#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <string.h>

enum { MAX = 3, GAP_MS = 1000 };

static void test_a_row_ends_with_a_silence(void **state)
{
    (void)state;
    static struct answers answers;
    int64_t now = 5;
    for (int i = 0; i < MAX; i++, now += GAP_MS - 1)
        assert_true(answers_allow(&answers, 1, "+491511", now, MAX, GAP_MS));
    assert_false(answers_allow(&answers, 1, "+491511", now, MAX, GAP_MS));
    assert_true(answers_allow(&answers, 2, "+491511", now, MAX, GAP_MS));
    assert_true(answers_allow(&answers, 1, "+491512", now, MAX, GAP_MS));
    assert_true(answers_allow(&answers, 1, "+491511", now, 0, GAP_MS)); // any number
    assert_false(answers_allow(&answers, 1, "+491511", now + GAP_MS - 1, MAX, GAP_MS));
    assert_true(answers_allow(&answers, 1, "+491511", now + 2 * GAP_MS, MAX, GAP_MS));
}

static void test_many_numbers_take_the_places_of_old_ones(void **state)
{
    (void)state;
    static struct answers answers;
    char number[NUMBER_SIZE];
    for (int i = 0; i < 8 * ANSWERS_SETS * ANSWERS_WAYS; i++) {
        snprintf(number, sizeof(number), "+49151%08d", i);
        assert_true(answers_allow(&answers, 1, number, i, 1, INT64_MAX));
        assert_false(answers_allow(&answers, 1, number, i, 1, INT64_MAX)); // it is remembered for a while
    }
}

// The state of the next answer to that number.
static enum state answer(struct core *core, const char *number, bool answer, char detail[DETAIL_SIZE])
{
    struct command *command = core_fixture_text(number);
    command->send.answer = answer;
    const struct message *message = core_fixture_send_take(core, command);
    snprintf(detail, DETAIL_SIZE, "%s", message->detail);
    return message->state;
}

static void test_the_answer_that_is_too_many_fails(void **state)
{
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    char detail[DETAIL_SIZE], reason[REASON_SIZE];
    core->options.answers_max = MAX;
    core->options.answers_gap_ms = GAP_MS;
    core->mono = 5000;
    for (int i = 0; i < MAX; i++)
        assert_int_not_equal(answer(core, "+4915112345678", true, detail), STATE_FAILED);
    assert_int_equal(answer(core, "+4915112345678", true, detail), STATE_FAILED);
    assert_string_equal(detail,
                        "more than 3 answers in a row: two machines may be answering each other. No answer "
                        "for 1 s ends the row");
    assert_int_not_equal(answer(core, "+4915112345678", false, detail), STATE_FAILED); // an app's own
    assert_int_equal(core_fixture_events(fixture, STATE_FAILED, reason), 1);
    assert_string_equal(reason, ANSWERS_LOOP);
    core->mono += GAP_MS;
    assert_int_not_equal(answer(core, "+4915112345678", true, detail), STATE_FAILED);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, core_fixture_set_up, core_fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_row_ends_with_a_silence),
        cmocka_unit_test(test_many_numbers_take_the_places_of_old_ones),
        TEST(test_the_answer_that_is_too_many_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
