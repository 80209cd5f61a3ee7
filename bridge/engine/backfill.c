// Looking through old failures for numbers to suppress.
#include "bridge/engine/backfill.h"

#include "bridge/engine/suppress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 250,      // messages in one step
    FAILURES_MAX = 25, // of these, failures whose number is looked up
    LATER = 32,        // messages of one number that may speak against an old failure
    STEP_MS = 20,
};

struct backfilling {
    struct backfilling *next;
    struct backfill row;
};

void backfill_clear(struct core *core)
{
    while (core->backfillings != NULL) {
        struct backfilling *next = core->backfillings->next;
        free(core->backfillings);
        core->backfillings = next;
    }
}

// Puts it behind the others: each has its turn.
static bool append(void *context, const struct backfill *row)
{
    struct core *core = context;
    struct backfilling **end = &core->backfillings, *backfilling = calloc(1, sizeof(*backfilling));
    if (backfilling == NULL)
        return false;
    backfilling->row = *row;
    while (*end != NULL)
        end = &(*end)->next;
    *end = backfilling;
    core->next_backfill = core->now;
    return true;
}

bool backfill_load(struct core *core)
{
    backfill_clear(core);
    core->next_backfill = INT64_MAX;
    return store_backfills_each(core->store, append, core);
}

static void id_at(char out[ID_SIZE], int64_t at_ms)
{
    snprintf(out, ID_SIZE, ID_MESSAGE "%012" PRIx64, (uint64_t)at_ms);
}

void backfill_begin(struct core *core, struct command *command)
{
    struct backfill *row = &command->backfill;
    for (const struct backfilling *other = core->backfillings; other != NULL; other = other->next)
        if (other->row.account == command->account) {
            command_fail(command, COMMAND_CONFLICT, "", "the last one is still at work");
            return;
        }
    row->account = command->account;
    row->began_at = core->now;
    id_at(row->looked_to, row->from);
    if (!append(core, row))
        core->broken = true;
    (void)store_backfill_put(core->store, row);
}

static bool speaks_of_number(const struct core *core, const struct outcome *outcome)
{
    return outcome->direction == DIRECTION_OUTBOUND && outcome->state == STATE_FAILED &&
           outcome->peer[0] == '+' && strstr(outcome->peer, NUMBER_HIDDEN) == NULL &&
           suppress_lists(core, outcome->code);
}

// Whether what came after it says otherwise, or the same: the last word on a number counts, once.
static bool is_outdone(struct core *core, int64_t account, const struct outcome *outcome)
{
    struct outcome later[LATER];
    size_t count = store_outcomes_peer(core->store, later, LATER, account, outcome->peer);
    for (size_t i = 0; i < count && strcmp(later[i].id, outcome->id) > 0; i++)
        if (later[i].direction == DIRECTION_OUTBOUND &&
            (later[i].state == STATE_SENT || later[i].state == STATE_DELIVERED ||
             speaks_of_number(core, &later[i])))
            return true;
    return false;
}

// Looks at one message; true when its number was looked up.
static bool look(struct core *core, struct backfill *row, const struct outcome *outcome)
{
    row->messages++;
    if (!speaks_of_number(core, outcome))
        return false;
    row->failures++;
    if (!is_outdone(core, row->account, outcome))
        row->numbers += suppress_found(core, row->account, outcome->peer, outcome->code, outcome->updated_at,
                                       row->dry_run);
    return true;
}

// One window; true when there is no more.
static bool go_on(struct core *core, struct backfill *row)
{
    struct outcome window[WINDOW];
    char to[ID_SIZE];
    int failures = 0;
    id_at(to, row->began_at + 1);
    cache_flush(core->cache, core->store);
    size_t i = 0, count = store_outcomes(core->store, window, WINDOW, row->account, row->looked_to, to);
    for (; i < count && failures < FAILURES_MAX; i++) {
        failures += look(core, row, &window[i]);
        memcpy(row->looked_to, window[i].id, sizeof(row->looked_to));
    }
    return i == count && count < WINDOW;
}

void backfill_step(struct core *core)
{
    struct backfilling *first = core->backfillings;
    if (core->now < core->next_backfill)
        return;
    core->next_backfill = INT64_MAX;
    if (first == NULL)
        return;
    core->backfillings = first->next;
    if (go_on(core, &first->row))
        first->row.ended_at = core->now;
    else if (!append(core, &first->row))
        core->broken = true;
    (void)store_backfill_put(core->store, &first->row);
    free(first);
    if (core->backfillings != NULL)
        core->next_backfill = core->now + STEP_MS;
}
