// States: words, ranks and every pair of moves.
#include "tests/unit/cases.h"

#include "common/state.h"

#include <string.h>

static const struct {
    enum state state;
    const char *name;
    int rank;
} rows[] = {
    {STATE_SCHEDULED, "scheduled", 0},   {STATE_QUEUED, "queued", 1},           {STATE_HELD, "held", 1},
    {STATE_DISPATCHED, "dispatched", 2}, {STATE_ACCEPTED, "accepted", 3},       {STATE_SENT, "sent", 4},
    {STATE_DELIVERED, "delivered", 5},   {STATE_UNDELIVERED, "undelivered", 5}, {STATE_FAILED, "failed", 5},
    {STATE_EXPIRED, "expired", 5},       {STATE_CANCELLED, "cancelled", 5},     {STATE_UNKNOWN, "unknown", 5},
    {STATE_RECEIVED, "received", 5},
};

// Row: from, column: to, both from scheduled to received.
static const char moves[][COUNT(rows) + 1] = {
    ".yyyyyyyyyyy.", // scheduled
    "..yyyyyyyyyy.", // queued
    ".y.yyyyyyyyy.", // held
    "....yyyyyyyy.", // dispatched
    ".....yyyyyyy.", // accepted
    "......yy.....", // sent
    ".............", // delivered
    ".............", // undelivered
    ".............", // failed
    ".............", // expired
    ".............", // cancelled
    ".............", // unknown
    ".............", // received
};

static void test_words_and_ranks(void **context)
{
    (void)context;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum state state = 0;
        assert_int_equal(rows[i].state, i + 1); // stored in databases
        assert_string_equal(state_name(rows[i].state), rows[i].name);
        assert_true(state_parse(&state, rows[i].name, strlen(rows[i].name)));
        assert_int_equal(state, rows[i].state);
        assert_int_equal(state_rank(rows[i].state), rows[i].rank);
        assert_int_equal(state_final(rows[i].state), rows[i].rank == 5);
    }
}

static void test_every_pair_of_moves(void **context)
{
    (void)context;
    for (size_t from = 0; from < COUNT(rows); from++) {
        for (size_t to = 0; to < COUNT(rows); to++)
            CHECK(state_may_move(rows[from].state, rows[to].state) == (moves[from][to] == 'y'), "%s to %s",
                  rows[from].name, rows[to].name);
    }
}

static void test_other_words_are_refused(void **context)
{
    (void)context;
    static const char *const words[] = {"", "Sent", "sen", "sentt", "none", "?", " sent"};
    for (size_t i = 0; i < COUNT(words); i++) {
        enum state state = STATE_HELD;
        CHECK(!state_parse(&state, words[i], strlen(words[i])), "%s", words[i]);
        assert_int_equal(state, STATE_HELD);
    }
}

static void test_values_that_are_no_state(void **context)
{
    (void)context;
    static const int values[] = {-1, 0, 14, 1000000};
    for (size_t i = 0; i < COUNT(values); i++) {
        enum state none = (enum state)values[i];
        assert_string_equal(state_name(none), "?");
        assert_true(state_final(none));
        assert_false(state_may_move(none, STATE_SENT));
        assert_false(state_may_move(STATE_QUEUED, none));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_and_ranks),
        cmocka_unit_test(test_every_pair_of_moves),
        cmocka_unit_test(test_other_words_are_refused),
        cmocka_unit_test(test_values_that_are_no_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
