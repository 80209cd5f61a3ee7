// The states of a message as one table: name, rank.
#include "common/state.h"

#include <string.h>

enum { RANK_FINAL = 5 };

static const struct {
    const char *name;
    int rank;
} states[] = {
    [STATE_SCHEDULED] = {"scheduled", 0},
    [STATE_QUEUED] = {"queued", 1},
    [STATE_HELD] = {"held", 1},
    [STATE_DISPATCHED] = {"dispatched", 2},
    [STATE_ACCEPTED] = {"accepted", 3},
    [STATE_SENT] = {"sent", 4},
    [STATE_DELIVERED] = {"delivered", RANK_FINAL},
    [STATE_UNDELIVERED] = {"undelivered", RANK_FINAL},
    [STATE_FAILED] = {"failed", RANK_FINAL},
    [STATE_EXPIRED] = {"expired", RANK_FINAL},
    [STATE_CANCELLED] = {"cancelled", RANK_FINAL},
    [STATE_UNKNOWN] = {"unknown", RANK_FINAL},
    [STATE_RECEIVED] = {"received", RANK_FINAL},
};

enum { STATES_END = sizeof states / sizeof states[0] };

// The value may come from a database, so it is not trusted to be one of the enum.
static bool known(enum state state)
{
    return (int)state >= STATE_SCHEDULED && (int)state < STATES_END;
}

const char *state_name(enum state state)
{
    return known(state) ? states[state].name : "?";
}

bool state_parse(enum state *state, const char *name, size_t length)
{
    for (int i = STATE_SCHEDULED; i < STATES_END; i++) {
        if (strlen(states[i].name) == length && memcmp(states[i].name, name, length) == 0) {
            *state = (enum state)i;
            return true;
        }
    }
    return false;
}

int state_rank(enum state state)
{
    return known(state) ? states[state].rank : RANK_FINAL;
}

bool state_final(enum state state)
{
    return state_rank(state) == RANK_FINAL;
}

bool state_may_move(enum state from, enum state to)
{
    if (!known(from) || !known(to) || state_final(from) || to == STATE_RECEIVED)
        return false;
    if (from == STATE_SENT)
        return to == STATE_DELIVERED || to == STATE_UNDELIVERED;
    if (from != to && state_rank(from) == 1 && state_rank(to) == 1)
        return true;
    return state_rank(to) > state_rank(from);
}
