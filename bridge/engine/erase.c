// Taking texts, or whole messages, out of what is kept.
#include "bridge/engine/erase.h"

#include "bridge/store/retention.h"

#include <string.h>

static struct message *find(struct core *core, struct command *command)
{
    struct message *message = cache_get(core->cache, core->store, command->account, command->erase.id);
    if (message == NULL)
        command_fail(command, COMMAND_NOT_FOUND, "id", "there is no such message");
    return message;
}

static void empty_text(struct core *core, struct message *message)
{
    memset(message->text, 0, strlen(message->text));
    message->redact = REDACT_DONE;
    cache_touch(core->cache, message);
}

void erase_text(struct core *core, struct command *command)
{
    struct message *message = find(core, command);
    if (message == NULL)
        return;
    if (message->state == STATE_SENT || state_final(message->state))
        empty_text(core, message);
    else
        command_fail(command, COMMAND_CONFLICT, "text", "has not been sent yet: it is needed");
}

// Whether a webhook is still to be told something of it.
static bool is_being_told(struct core *core, const struct message *message)
{
    struct webhook_entry *entry = NULL;
    while ((entry = webhooks_of(core->webhooks, message->account, entry)) != NULL)
        if (store_hook_job_waits(core->store, entry->row.n, message->n))
            return true;
    return false;
}

void erase_message(struct core *core, struct command *command)
{
    struct message *message = find(core, command);
    if (message == NULL)
        return;
    if (!state_final(message->state)) {
        command_fail(command, COMMAND_CONFLICT, "message", "has not ended yet: it can only be cancelled");
    } else if (is_being_told(core, message)) {
        command_fail(command, COMMAND_CONFLICT, "message", "is still being told to a webhook");
    } else {
        empty_text(core, message);
        cache_flush(core->cache, core->store);
        (void)store_message_erase(core->store, message);
        message->account = 0; // nobody's: what memory has of it is not found any more
    }
}
