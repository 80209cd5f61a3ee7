// What the codes of failed texts mean: 3GPP causes as modems tell them, Android's results, gammu's errors.
//
// Pure logic. docs/failures.md is the same table for people, with its sources; a test holds both together.
#ifndef SMSQUITTO_COMMON_FAILURE_H
#define SMSQUITTO_COMMON_FAILURE_H

#include "common/wire.h"

#include <stddef.h>

struct failure {
    const char *code; // as devices report it: "cause-1", "RESULT_ERROR_NO_SERVICE", "gammu-26"
    enum wire_error_kind kind;
    const char *number; // what it says about the number, a word for [contacts] suppress-on; NULL = nothing
};

// The row of a code, borrowed for ever; NULL when code is NULL or no row has it.
const struct failure *failure_find(const char *code);

// How a code is to be taken; what has no row may work later.
enum wire_error_kind failure_kind(const char *code);

// What a code says about the number that was written to: "unknown_number", "blocked"; NULL = nothing.
const char *failure_number(const char *code);

// Row index of the table, NULL behind the last one.
const struct failure *failure_at(size_t index);

#endif
