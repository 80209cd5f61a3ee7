// Quiet is what comes so seldom that the store answers fast enough without any cache.
#include "bridge/engine/idle.h"

#include <malloc.h>

static int64_t count_commands(const struct core *core)
{
    int64_t count = 0;
    for (int kind = 0; kind < COMMAND_KINDS; kind++)
        count += core->counters.commands[kind];
    return count;
}

bool idle_look(struct core *core)
{
    if (core->mono < core->next_idle)
        return false;
    int64_t count = count_commands(core), before = core->idle_commands;
    bool quiet = core->next_idle != 0 && count - before < IDLE_COMMANDS;
    core->next_idle = core->mono + IDLE_LOOK_MS;
    core->idle_commands = count;
    bool again = core->emptied && count == before; // there is nothing to give back
    core->emptied = quiet;
    if (!quiet || again)
        return false;
    cache_rest(core->cache);
    store_rest(core->store);
    malloc_trim(0); // freed pieces stay with the process otherwise, those of the other threads too
    return true;
}
