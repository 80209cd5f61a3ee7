// Ends what a restored store would send a second time.
#include "bridge/engine/restored.h"

#include "bridge/engine/life.h"
#include "bridge/store/store_restored.h"

enum { WINDOW = 256 };

// Whether it was on its way, or could have been by now. Everything that still goes somewhere has a time at
// which it is looked at; what the network has does not go out again.
static bool may_have_gone(const struct core *core, const struct message *message)
{
    if (message->qos == 1 || message->state == STATE_SENT || state_final(message->state))
        return false;
    return message->state != STATE_SCHEDULED || message->due_at <= core->now;
}

// Returns how many there were; (*due_at, *n) is behind the last one.
static size_t end_window(struct core *core, int64_t *due_at, int64_t *n)
{
    struct message window[WINDOW];
    size_t count = store_messages_due_later(core->store, window, WINDOW, *due_at, *n);
    for (size_t i = 0; i < count; i++) {
        *due_at = window[i].due_at;
        *n = window[i].n;
        struct message *message = cache_merge_take(core->cache, core->store, &window[i]);
        if (message != NULL && may_have_gone(core, message))
            (void)life_move(
                core, message, STATE_UNKNOWN, core->now, "restored",
                "it waited when the backup was made that was restored: it may have been sent since");
    }
    return count;
}

bool restored_settle(struct core *core, bool *ended)
{
    int64_t due_at = 0, n = 0;
    store_begin(core->store);
    *ended = store_restored_open(core->store);
    for (size_t count = WINDOW; *ended && count == WINDOW;) {
        count = end_window(core, &due_at, &n);
        if (count < WINDOW)
            (void)store_restored_done(core->store);
        cache_flush(core->cache, core->store);
        if (store_commit(core->store) != STORE_OK || core->broken)
            return false;
        cache_trim(core->cache);
        store_begin(core->store);
    }
    return store_commit(core->store) == STORE_OK;
}
