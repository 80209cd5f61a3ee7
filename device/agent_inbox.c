// Texts that came in: each is told once, and again when the bridge asks for a period of the inbox.
//
// A text that is told again keeps its uid, by which the bridge drops what it has. Which ones still are to be
// told is in the journal: uids carry the time at which they were stored last, and the request has one of its
// own that is later than all of them. So a crash in the middle of it neither forgets nor repeats any.
#include "device/agent_internal.h"

#include "common/log.h"

enum {
    SECOND_MS = 1000,
    READ_WITHIN_MS = 600000, // a radio that lives for that long has told its inbox
};

static int64_t number(const struct agent *agent, enum journal_number name)
{
    return journal_number(agent->journal, name);
}

static int64_t lower(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

// Asks the radio for the texts since then, if it can be asked.
static void ask_radio(struct agent *agent, int64_t since_ms)
{
    if (!agent->state.ready)
        return; // once it is, it is asked anyway
    agent_line_take(agent, radio_inbox_encode(since_ms));
    agent->inbox_told_ms = agent->mono_ms;
}

void agent_inbox_ready(struct agent *agent)
{
    // What lay in a phone before it became a device is its owner's alone.
    if (number(agent, JOURNAL_INBOX_SINCE) == 0)
        journal_number_put(agent->journal, JOURNAL_INBOX_SINCE, agent->now_ms);
    int64_t since = number(agent, JOURNAL_INBOX_SINCE);
    if (number(agent, JOURNAL_INBOX_FIRST) == 0)
        journal_number_put(agent->journal, JOURNAL_INBOX_FIRST, since);
    bool open = number(agent, JOURNAL_INBOX_OPEN) != 0;
    ask_radio(agent, open ? lower(since, number(agent, JOURNAL_INBOX_FROM)) : since);
}

void agent_inbox_settle(struct agent *agent)
{
    if (agent->inbox_told_ms != 0 && agent->mono_ms - agent->inbox_told_ms >= READ_WITHIN_MS)
        journal_number_put(agent->journal, JOURNAL_INBOX_OPEN, 0);
}

// Takes down a request: what is stored from now on counts as told by it.
static void take_request(struct agent *agent, const struct wire_inbox *inbox)
{
    int64_t newest = journal_inbound_newest(agent->journal), first = number(agent, JOURNAL_INBOX_FIRST);
    int64_t from = inbox->from < first && !agent->config->whole_inbox ? first : inbox->from;
    from -= from % SECOND_MS; // phones tell whole seconds
    const struct {
        enum journal_number name;
        int64_t value;
    } numbers[] = {
        {JOURNAL_INBOX_ASKED, inbox->asked_at},
        {JOURNAL_INBOX_FROM, from},
        {JOURNAL_INBOX_TO, inbox->to},
        {JOURNAL_INBOX_AT, newest < agent->now_ms ? agent->now_ms : newest + 1},
        {JOURNAL_INBOX_OPEN, 1},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        journal_number_put(agent->journal, numbers[i].name, numbers[i].value);
    ask_radio(agent, from);
    log_event(LOG_INFO, "the inbox is read again", "from_ms", log_number(from), "to_ms",
              log_number(inbox->to), NULL);
}

void agent_apply_inbox(struct agent *agent, const struct input *input)
{
    struct wire_inbox inbox;
    struct field_error error;
    if (!wire_inbox_decode(&inbox, input->bytes, input->length, &error)) {
        log_event(LOG_WARNING, "downlink refused", "what", "inbox", "field", error.path, "reason",
                  error.detail, NULL);
        return;
    }
    if (inbox.asked_at != number(agent, JOURNAL_INBOX_ASKED))
        take_request(agent, &inbox);
    agent_status_soon(agent); // which names the request: the bridge asks until it does
    wire_inbox_clear(&inbox);
}

// Whether a text is to be told: it is new, or asked for and not told since.
static bool is_wanted(const struct agent *agent, const struct wire_inbound *inbound)
{
    int64_t at = inbound->received_at;
    if (!journal_inbound_known(agent->journal, inbound->uid, 0))
        return true;
    return number(agent, JOURNAL_INBOX_ASKED) != 0 && at >= number(agent, JOURNAL_INBOX_FROM) &&
           at < number(agent, JOURNAL_INBOX_TO) &&
           !journal_inbound_known(agent->journal, inbound->uid, number(agent, JOURNAL_INBOX_AT));
}

void agent_inbox_text(struct agent *agent, const struct wire_inbound *inbound)
{
    if (is_wanted(agent, inbound)) {
        int64_t seq = number(agent, JOURNAL_NEXT_SEQ), told_at = number(agent, JOURNAL_INBOX_AT);
        journal_inbound_add(agent->journal, seq, inbound, told_at > agent->now_ms ? told_at : agent->now_ms);
        if (inbound->received_at > number(agent, JOURNAL_INBOX_SINCE))
            journal_number_put(agent->journal, JOURNAL_INBOX_SINCE, inbound->received_at);
        log_event(LOG_DEBUG, "inbound text stored", "seq", log_number(seq), NULL);
    }
    agent_line_take(agent, radio_stored_encode(inbound->uid));
}
