// What is held for a limit that was changed.
#include "bridge/engine/reopen.h"

#include "bridge/engine/dispatch.h"
#include "bridge/engine/life.h"

#include <string.h>

enum { WINDOW = 64, WINDOWS_MAX = 4 };

void reopen_note(struct pace *pace, int64_t until)
{
    size_t i = 0;
    if (until == 0)
        return;
    while (i < PACE_REOPEN_MAX - 1 && pace->reopen[i] != 0 && pace->reopen[i] != until)
        i++;
    pace->reopen[i] = until;
    if (i == 0)
        pace->reopen_n = 0;
}

static void next_end(struct pace *pace)
{
    memmove(&pace->reopen[0], &pace->reopen[1], (PACE_REOPEN_MAX - 1) * sizeof(pace->reopen[0]));
    pace->reopen[PACE_REOPEN_MAX - 1] = 0;
    pace->reopen_n = 0;
}

static bool is_held_until(const struct message *message, int64_t until)
{
    return message->state == STATE_HELD && message->turn == TURN_NONE && message->due_at == until &&
           strcmp(message->reason, LIFE_AT_LIMIT) == 0;
}

// One window of what is held until the first end.
static void look(struct core *core, struct pace *pace)
{
    struct message window[WINDOW];
    int64_t until = pace->reopen[0];
    cache_flush(core->cache, core->store);
    size_t count = store_messages_due_later(core->store, window, WINDOW, until, pace->reopen_n);
    bool over = count < WINDOW || window[count - 1].due_at != until;
    for (size_t i = 0; i < count; i++) {
        if (window[i].due_at == until)
            pace->reopen_n = window[i].n;
        struct message *message = cache_merge_take(core->cache, core->store, &window[i]);
        if (message != NULL && is_held_until(message, until))
            dispatch_offer(core, message);
    }
    if (over)
        next_end(pace);
}

void reopen_upkeep(struct core *core)
{
    int windows = 0;
    for (struct pace *pace = core->paces; pace != NULL; pace = pace->next)
        while (pace->reopen[0] != 0 && windows++ < WINDOWS_MAX)
            look(core, pace);
}
