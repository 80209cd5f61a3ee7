// What is in the radio, and who goes next.
#include "device/agent_internal.h"

#include "common/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_line(void *context, const char *line, size_t length)
{
    agent_collect(context, INPUT_RADIO, line, length);
}

static void on_died(void *context)
{
    agent_collect(context, INPUT_DOUBT, "", 0);
}

const struct radio_handler agent_radio_handler = {.line = on_line, .died = on_died};

struct slot *agent_slot(struct agent *agent, const char *ref)
{
    for (size_t i = 0; i < RADIO_WINDOW_MAX; i++) {
        if (strcmp(agent->slots[i].ref, ref) == 0)
            return &agent->slots[i];
    }
    return NULL;
}

static int64_t slots_used(const struct agent *agent)
{
    int64_t used = (int64_t)agent->given_count;
    for (size_t i = 0; i < RADIO_WINDOW_MAX; i++)
        used += agent->slots[i].ref[0] != '\0';
    return used;
}

int64_t agent_min_gap_ms(const struct agent *agent)
{
    int64_t set = journal_number(agent->journal, JOURNAL_MIN_GAP_MS);
    return set > 0 ? set - 1 : agent->config->min_gap_ms;
}

bool agent_radio_may_take(const struct agent *agent)
{
    return agent->state.ready && journal_number(agent->journal, JOURNAL_PAUSED) == 0 &&
           agent->mono_ms >= agent->next_entry_ms && slots_used(agent) < agent->state.window;
}

void agent_volatile_add(struct agent *agent, const struct wire_send *send)
{
    struct volatile_message *added = NULL;
    if (agent->volatile_count < AGENT_VOLATILE_MAX)
        added = calloc(1, sizeof *added);
    if (added == NULL) {
        log_event(LOG_WARNING, "message of QoS 0 dropped: too many wait", "id", send->id, NULL);
        return;
    }
    message_on_send(&added->row.message, false, send, agent->now_ms);
    added->row.position = journal_position(send->lane, agent->position++);
    added->row.sim = send->sim;
    snprintf(added->row.id, sizeof added->row.id, "%s", send->id);
    snprintf(added->row.to, sizeof added->row.to, "%s", send->to);
    snprintf(added->row.text, sizeof added->row.text, "%s", send->text);
    struct volatile_message **link = &agent->volatile_first;
    while (*link != NULL && (*link)->row.position < added->row.position)
        link = &(*link)->next;
    added->next = *link;
    *link = added;
    agent->volatile_count++;
}

static void volatile_drop_first(struct agent *agent)
{
    struct volatile_message *first = agent->volatile_first;
    agent->volatile_first = first->next;
    agent->volatile_count--;
    free(first);
}

void agent_volatile_clear(struct agent *agent)
{
    while (agent->volatile_first != NULL)
        volatile_drop_first(agent);
}

// Books the slot and the line of a message that is in the radio once the transaction is committed.
static void give(struct agent *agent, const struct journal_message *row)
{
    struct slot *slot = &agent->given[agent->given_count++];
    *slot = (struct slot){.since_ms = agent->mono_ms};
    snprintf(slot->ref, sizeof slot->ref, "%s", row->id);
    struct radio_send send = {
        .ref = row->id, .to = row->to, .text = row->text, .sim = row->sim, .report = row->message.report};
    agent_line_take(agent, radio_send_encode(&send));
    agent->next_entry_ms = agent->mono_ms + agent_min_gap_ms(agent);
}

static void feed_volatile(struct agent *agent)
{
    struct journal_message *row = &agent->volatile_first->row;
    if (message_enter_radio(&row->message, row->to, agent->now_ms) == MESSAGE_SAVE)
        give(agent, row);
    volatile_drop_first(agent);
}

void agent_feed_radio(struct agent *agent)
{
    struct journal_message row;
    while (agent_radio_may_take(agent)) {
        bool stored = journal_message_next(agent->journal, &row, MESSAGE_WAITING, -1);
        if (agent->volatile_first != NULL &&
            (!stored || agent->volatile_first->row.position < row.position)) {
            feed_volatile(agent);
            continue;
        }
        if (!stored)
            break;
        enum message_act act = message_enter_radio(&row.message, row.to, agent->now_ms);
        if (act == MESSAGE_REPORT) {
            agent_report(agent, &row, 0);
            continue;
        }
        journal_message_put(agent->journal, &row);
        give(agent, &row);
    }
}

static int64_t slot_deadline(const struct agent *agent, const struct slot *slot)
{
    int64_t limit_ms = slot->taken ? agent->config->send_timeout_ms : agent->config->taken_timeout_ms;
    return slot->since_ms + limit_ms;
}

// Kills a radio that does not answer; what is in it is then in doubt.
void agent_radio_check(struct agent *agent)
{
    for (size_t i = 0; i < RADIO_WINDOW_MAX; i++) {
        struct slot *slot = &agent->slots[i];
        if (slot->ref[0] == '\0' || agent->mono_ms < slot_deadline(agent, slot))
            continue;
        log_event(LOG_ERROR, "radio hangs: killing it", "id", slot->ref, "taken", slot->taken ? "yes" : "no",
                  NULL);
        memset(agent->slots, 0, sizeof agent->slots);
        radio_kill(agent->radio);
        return;
    }
}

int64_t agent_radio_deadline(const struct agent *agent)
{
    int64_t deadline = radio_deadline(agent->radio);
    for (size_t i = 0; i < RADIO_WINDOW_MAX; i++) {
        const struct slot *slot = &agent->slots[i];
        if (slot->ref[0] != '\0' && slot_deadline(agent, slot) < deadline)
            deadline = slot_deadline(agent, slot);
    }
    return deadline;
}
