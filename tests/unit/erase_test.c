// What an app takes back is gone, when nobody needs it any more; and what it says of a reader stands once.
#include "bridge/engine/erase.h"

#include "bridge/engine/life.h"
#include "bridge/engine/send.h"
#include "bridge/store/retention.h"
#include "tests/unit/core_fixture.h"

#include <stdio.h>
#include <string.h>

// Accepts a text, and moves it to that state (0 = not). Fills id.
static void text(struct core_fixture *fixture, char id[ID_SIZE], enum state state, const char *callback)
{
    struct core *core = fixture->core;
    struct command *command = core_fixture_text(NULL);
    command->send.callback_url = callback != NULL ? strdup(callback) : NULL;
    command->send.callback_form = HOOK_TWILIO_FORM;
    struct message *message = core_fixture_send_take(core, command);
    memcpy(id, message->id, ID_SIZE);
    assert_true(state == 0 || life_move(core, message, state, core->now, NULL, NULL));
}

static enum command_status ask(struct core_fixture *fixture,
                               void (*apply)(struct core *core, struct command *command), int64_t account,
                               const char *id)
{
    struct command *command = command_new(COMMAND_ERASE, ORIGIN_NONE, account);
    memcpy(command->erase.id, id, ID_SIZE);
    apply(fixture->core, command);
    enum command_status status = command->status;
    command_free(command);
    core_fixture_pass(fixture, 0);
    return status;
}

static enum query_status look(struct core_fixture *fixture, struct message_view *view, const char *id)
{
    return query_message(fixture_query(fixture->store), view, 1, id);
}

static void test_a_text_goes_when_it_was_sent(void **state)
{
    struct core_fixture *fixture = *state;
    struct message_view view;
    char id[ID_SIZE];
    text(fixture, id, 0, NULL);
    assert_int_equal(ask(fixture, erase_text, 1, id), COMMAND_CONFLICT);
    assert_true(life_move(fixture->core, cache_get(fixture->core->cache, fixture->core->store, 1, id),
                          STATE_SENT, fixture->core->now, NULL, NULL));
    assert_int_equal(ask(fixture, erase_text, 2, id), COMMAND_NOT_FOUND);
    assert_int_equal(ask(fixture, erase_text, 1, id), COMMAND_OK);
    assert_int_equal(look(fixture, &view, id), QUERY_OK);
    assert_string_equal(view.message.text, "");
    assert_int_equal(view.message.redact, REDACT_DONE);
    assert_string_equal(view.message.peer, "+4915112345678");
    message_view_clear(&view);
}

static void test_a_message_goes_when_it_has_ended(void **state)
{
    struct core_fixture *fixture = *state;
    struct message_view view;
    char id[ID_SIZE], other[ID_SIZE];
    text(fixture, other, 0, NULL);
    text(fixture, id, STATE_SENT, NULL);
    assert_int_equal(ask(fixture, erase_message, 1, other), COMMAND_CONFLICT);
    assert_int_equal(ask(fixture, erase_message, 1, id), COMMAND_CONFLICT);
    assert_true(life_move(fixture->core, cache_get(fixture->core->cache, fixture->core->store, 1, id),
                          STATE_DELIVERED, fixture->core->now, NULL, NULL));
    assert_int_equal(ask(fixture, erase_message, 2, id), COMMAND_NOT_FOUND);
    assert_int_equal(ask(fixture, erase_message, 1, id), COMMAND_OK);
    assert_int_equal(ask(fixture, erase_message, 1, id), COMMAND_NOT_FOUND);
    assert_int_equal(look(fixture, &view, id), QUERY_NONE);
    assert_int_equal(look(fixture, &view, other), QUERY_OK);
    message_view_clear(&view);
}

// Accepts a text whose number is not to be kept. Fills id.
static void hidden(struct core_fixture *fixture, char id[ID_SIZE])
{
    struct command *command = core_fixture_text("+4915187654321");
    command->send.hide_number = true;
    memcpy(id, core_fixture_send_take(fixture->core, command)->id, ID_SIZE);
}

static void test_a_number_is_hidden_when_its_text_was_sent(void **state)
{
    static const enum state ENDS[] = {STATE_SENT, STATE_FAILED, STATE_EXPIRED, STATE_CANCELLED};
    struct core_fixture *fixture = *state;
    struct core *core = fixture->core;
    struct message_view view;
    char id[ID_SIZE];
    for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
        hidden(fixture, id);
        if (i % 2 == 0)
            core_fixture_reload(fixture); // it is in the store, and must be found so again
        assert_string_equal(cache_get(core->cache, core->store, 1, id)->peer, "+4915187654321");
        assert_true(
            life_move(core, cache_get(core->cache, core->store, 1, id), ENDS[i], core->now, NULL, NULL));
        core_fixture_pass(fixture, 0);
        assert_int_equal(look(fixture, &view, id), QUERY_OK);
        assert_string_equal(view.message.peer, "+491518765XXXX");
        assert_string_equal(view.message.text, "hello");
        message_view_clear(&view);
    }
    assert_int_equal(core_fixture_number(fixture, "SELECT COUNT(*) FROM message WHERE peer LIKE '%4321'"), 0);
    hidden(fixture, id);
    assert_true(
        life_move(core, cache_get(core->cache, core->store, 1, id), STATE_SENT, core->now, NULL, NULL));
    assert_true(
        life_move(core, cache_get(core->cache, core->store, 1, id), STATE_DELIVERED, core->now, NULL, NULL));
    assert_string_equal(cache_get(core->cache, core->store, 1, id)->peer, "+491518765XXXX"); // not twice
}

static void test_no_number_is_given_twice(void **state)
{
    struct core_fixture *fixture = *state;
    char id[ID_SIZE];
    text(fixture, id, STATE_CANCELLED, NULL);
    int64_t message = fixture->core->last_message, event = fixture->core->last_event;
    assert_int_equal(ask(fixture, erase_message, 1, id), COMMAND_OK);
    core_fixture_reload(fixture);
    assert_int_equal(fixture->core->last_message, message);
    assert_int_equal(fixture->core->last_event, event);
    assert_int_equal(ask(fixture, erase_message, 1, id), COMMAND_NOT_FOUND);
}

static void test_what_is_being_told_stays(void **state)
{
    struct core_fixture *fixture = *state;
    char id[ID_SIZE];
    fixture->core->options.hook_waiting_max = 10;
    fixture->core->options.hook_give_up_ms = 60000;
    text(fixture, id, STATE_CANCELLED, "https://app.example/");
    assert_int_equal(ask(fixture, erase_message, 1, id), COMMAND_CONFLICT);
}

static void test_feedback_stands_once(void **state)
{
    struct core_fixture *fixture = *state;
    char id[ID_SIZE], reason[REASON_SIZE];
    text(fixture, id, STATE_SENT, NULL);
    for (int i = 0; i < 4; i++) {
        struct command *command = command_new(COMMAND_FEEDBACK, ORIGIN_NONE, i < 3 ? 1 : 2);
        memcpy(command->feedback.id, id, ID_SIZE);
        command->feedback.confirmed = i > 0;
        send_feedback(fixture->core, command);
        assert_int_equal(command->status, i < 3 ? COMMAND_OK : COMMAND_NOT_FOUND);
        command_free(command);
    }
    assert_int_equal(core_fixture_events(fixture, EVENT_CONFIRMED, reason), 1);
    assert_int_equal(core_fixture_events(fixture, EVENT_UNCONFIRMED, reason), 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, core_fixture_set_up, core_fixture_tear_down)

// How many dead letters the readers see, and how many there are.
static int64_t dead(struct core_fixture *fixture)
{
    int64_t active, held, seen;
    int64_t there = core_fixture_number(fixture, "SELECT COUNT(*) FROM dead_letter WHERE account = 1");
    assert_int_equal(query_queue_counts(fixture_query(fixture->store), &active, &held, &seen, 1), QUERY_OK);
    assert_int_equal(seen, there);
    return seen;
}

static void test_dead_letters_are_counted_as_they_come_and_go(void **state)
{
    struct core_fixture *fixture = *state;
    struct store *store = fixture->core->store;
    char ids[4][ID_SIZE];
    for (int i = 0; i < 4; i++)
        text(fixture, ids[i], i < 3 ? STATE_FAILED : STATE_SENT, NULL);
    assert_int_equal(dead(fixture), 3);
    assert_int_equal(ask(fixture, erase_message, 1, ids[0]), COMMAND_OK);
    assert_int_equal(dead(fixture), 2);
    assert_true(store_message_delete(store, cache_get(fixture->core->cache, store, 1, ids[1])));
    assert_true(store_message_delete(store, cache_get(fixture->core->cache, store, 1, ids[3])));
    assert_int_equal(dead(fixture), 1);
    const struct message *last = cache_get(fixture->core->cache, store, 1, ids[2]);
    assert_true(store_dead_remove(store, last->n, 1));
    assert_false(store_dead_remove(store, last->n, 1)); // somebody else saw to it
    assert_int_equal(dead(fixture), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_text_goes_when_it_was_sent),
        TEST(test_a_message_goes_when_it_has_ended),
        TEST(test_no_number_is_given_twice),
        TEST(test_what_is_being_told_stays),
        TEST(test_feedback_stands_once),
        TEST(test_a_number_is_hidden_when_its_text_was_sent),
        TEST(test_dead_letters_are_counted_as_they_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
