// Machines that answer each other.
#include "bridge/engine/answers.h"

#include "common/fnv1a.h"

#include <string.h>

static size_t set_of(int64_t account, const char *number)
{
    uint64_t hash = fnv1a_add(FNV1A_START, &account, sizeof(account));
    return (size_t)(fnv1a_add(hash, number, strlen(number)) % ANSWERS_SETS);
}

// The row of the number; the one that was used longest ago, emptied, when it has none.
static struct answered *find(struct answers *answers, int64_t account, const char *number)
{
    struct answered *set = answers->rows[set_of(account, number)], *oldest = set;
    for (int i = 0; i < ANSWERS_WAYS; i++) {
        if (set[i].account == account && strcmp(set[i].number, number) == 0)
            return &set[i];
        if (set[i].at < oldest->at)
            oldest = &set[i];
    }
    *oldest = (struct answered){.account = account};
    memcpy(oldest->number, number, strlen(number) + 1);
    return oldest;
}

bool answers_allow(struct answers *answers, int64_t account, const char *number, int64_t mono, int64_t max,
                   int64_t gap_ms)
{
    struct answered *row = find(answers, account, number);
    if (mono - row->at >= gap_ms)
        row->count = 0;
    row->at = mono;
    row->count++;
    return max == 0 || row->count <= max;
}
