// Machines that answer each other.
#include "bridge/engine/answers.h"

#include <string.h>

static size_t set_of(int64_t account, const char *number)
{
    uint64_t hash = UINT64_C(1469598103934665603) ^ (uint64_t)account; // FNV-1a
    for (; *number != '\0'; number++)
        hash = (hash ^ (uint8_t)*number) * UINT64_C(1099511628211);
    return (size_t)(hash % ANSWERS_SETS);
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
