// Machines that answer each other: texts that go out because one came in, counted by who gets them.
//
// In memory only, for the numbers that were answered last. Engine thread only.
#ifndef SMSQUITTO_BRIDGE_ENGINE_ANSWERS_H
#define SMSQUITTO_BRIDGE_ENGINE_ANSWERS_H

#include "bridge/store/records.h"

#define ANSWERS_LOOP "answer_loop" // the code of what is not sent because of it

enum {
    ANSWERS_SETS = 256,
    ANSWERS_WAYS = 4, // numbers of one set that are remembered
};

struct answers {
    struct answered {
        int64_t account; // 0 = free
        char number[NUMBER_SIZE];
        int64_t at, count; // of the last one, and how many there were in a row
    } rows[ANSWERS_SETS][ANSWERS_WAYS];
};

// Counts one more answer to number; false when it is past the max-th in a row (max 0 = any number). A row
// ends when there was none for gap_ms of a clock that nobody sets.
bool answers_allow(struct answers *answers, int64_t account, const char *number, int64_t mono, int64_t max,
                   int64_t gap_ms);

#endif
