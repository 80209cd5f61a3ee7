// SMSGate's states of a message, made of ours.
#include "bridge/smsgate/state.h"

#include <string.h>

static const char *const NAMES[SMSGATE_STATES] = {"Pending",   "Cancelling", "Processed", "Sent",
                                                  "Delivered", "Failed",     "Cancelled"};

static const enum smsgate_state OF[STATE_RECEIVED + 1] = {
    [STATE_SCHEDULED] = SMSGATE_PENDING,   [STATE_QUEUED] = SMSGATE_PENDING,
    [STATE_HELD] = SMSGATE_PENDING,        [STATE_DISPATCHED] = SMSGATE_PENDING,
    [STATE_ACCEPTED] = SMSGATE_PROCESSED,  [STATE_SENT] = SMSGATE_SENT,
    [STATE_DELIVERED] = SMSGATE_DELIVERED, [STATE_UNDELIVERED] = SMSGATE_FAILED,
    [STATE_FAILED] = SMSGATE_FAILED,       [STATE_EXPIRED] = SMSGATE_FAILED,
    [STATE_CANCELLED] = SMSGATE_CANCELLED, [STATE_UNKNOWN] = SMSGATE_FAILED,
    [STATE_RECEIVED] = SMSGATE_DELIVERED,
};

const char *smsgate_state_name(enum smsgate_state state)
{
    return NAMES[state];
}

bool smsgate_state_parse(enum smsgate_state *state, const char *name)
{
    for (int i = 0; i < SMSGATE_STATES; i++)
        if (strcmp(NAMES[i], name) == 0) {
            *state = (enum smsgate_state)i;
            return true;
        }
    return false;
}

enum smsgate_state smsgate_state_of(enum state state, bool cancelling)
{
    enum smsgate_state known = OF[state];
    return cancelling && (known == SMSGATE_PENDING || known == SMSGATE_PROCESSED) ? SMSGATE_CANCELLING
                                                                                  : known;
}

// What has not ended decides; then what is the same for all; of a mixture, that something went out.
enum smsgate_state smsgate_state_join(const int64_t counts[SMSGATE_STATES])
{
    int64_t all = 0;
    for (int i = 0; i < SMSGATE_STATES; i++)
        all += counts[i];
    for (int i = SMSGATE_PENDING; i <= SMSGATE_PROCESSED; i++)
        if (counts[i] > 0)
            return (enum smsgate_state)i;
    for (int i = SMSGATE_SENT; i < SMSGATE_STATES; i++)
        if (counts[i] > 0 && counts[i] == all)
            return (enum smsgate_state)i;
    return counts[SMSGATE_SENT] + counts[SMSGATE_DELIVERED] > 0 ? SMSGATE_SENT : SMSGATE_FAILED;
}

int64_t smsgate_state_at(enum smsgate_state state, const int64_t at[STATE_RECEIVED + 1])
{
    int64_t first = 0;
    for (int i = STATE_SCHEDULED; i <= STATE_RECEIVED; i++)
        if (OF[i] == state && at[i] != 0 && (first == 0 || at[i] < first))
            first = at[i];
    return first;
}
