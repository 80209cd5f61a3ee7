// One transaction for all that has been collected, and the effects after its commit.
#include "device/agent_internal.h"

#include "common/crash.h"
#include "common/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMIT_RETRY_MS = 1000, PRUNE_MS = 600000, INPUTS_MAX = 4096 };

// Makes room for one more element of an owned array.
static bool array_grow(void **array, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return true;
    size_t more = *room > 0 ? *room * 2 : 16;
    void *grown = realloc(*array, more * size);
    if (grown == NULL)
        return false;
    *array = grown;
    *room = more;
    return true;
}

void agent_collect(struct agent *agent, enum input_kind kind, const char *bytes, size_t length)
{
    if (kind == INPUT_SEND)
        crash_point("text-arrived");
    bool downlink = kind != INPUT_RADIO && kind != INPUT_DOUBT;
    if (downlink && agent->input_count >= INPUTS_MAX)
        return; // the bridge asks again
    struct input input = {.kind = kind, .length = length, .bytes = malloc(length + 1)};
    if (input.bytes == NULL ||
        !array_grow((void **)&agent->inputs, &agent->input_room, agent->input_count, sizeof input)) {
        free(input.bytes);
        log_event(LOG_ERROR, "out of memory: an input is lost", NULL);
        return;
    }
    if (length > 0)
        memcpy(input.bytes, bytes, length);
    input.bytes[length] = '\0';
    agent->inputs[agent->input_count++] = input;
}

void agent_answer(struct agent *agent, const struct wire_report *report)
{
    if (!array_grow((void **)&agent->answers, &agent->answer_room, agent->answer_count,
                    sizeof *agent->answers))
        return; // the bridge asks again
    struct answer *answer = &agent->answers[agent->answer_count++];
    *answer = (struct answer){.report = *report};
    snprintf(answer->id, sizeof answer->id, "%s", report->id);
    snprintf(answer->code, sizeof answer->code, "%s", report->error_code != NULL ? report->error_code : "");
    snprintf(answer->text, sizeof answer->text, "%s", report->error_text != NULL ? report->error_text : "");
}

void agent_line_take(struct agent *agent, char *line)
{
    if (line == NULL ||
        !array_grow((void **)&agent->lines, &agent->line_room, agent->line_count, sizeof *agent->lines)) {
        free(line);
        return;
    }
    agent->lines[agent->line_count++] = line;
}

void agent_report(struct agent *agent, struct journal_message *row, int64_t part)
{
    int64_t seq = journal_number(agent->journal, JOURNAL_NEXT_SEQ);
    row->last_report = seq;
    struct wire_report report = message_report(&row->message, row->id, part);
    journal_message_put(agent->journal, row);
    journal_report_add(agent->journal, seq, &report);
    log_event(LOG_DEBUG, "report", "id", row->id, "state", state_name(report.state), "part",
              log_number(report.part), "seq", log_number(seq), NULL);
}

bool agent_batch_due(const struct agent *agent)
{
    if (agent->mono_ms < agent->retry_at_ms)
        return false;
    if (agent->input_count > 0 || agent->now_ms >= agent->overdue_at || agent->mono_ms >= agent->prune_at_ms)
        return true;
    bool waiting = agent->waiting > 0 || agent->volatile_first != NULL;
    return waiting && agent_radio_may_take(agent);
}

int64_t agent_batch_deadline(const struct agent *agent)
{
    if (agent->mono_ms < agent->retry_at_ms)
        return agent->retry_at_ms;
    if (agent->input_count > 0)
        return agent->mono_ms;
    int64_t deadline = agent->prune_at_ms;
    if (agent->overdue_at < INT64_MAX) {
        int64_t left_ms = agent->overdue_at - agent->now_ms;
        if (agent->mono_ms + left_ms < deadline)
            deadline = agent->mono_ms + left_ms;
    }
    bool waiting = agent->waiting > 0 || agent->volatile_first != NULL;
    if (waiting && agent->state.ready && agent->next_entry_ms > agent->mono_ms &&
        agent->next_entry_ms < deadline)
        deadline = agent->next_entry_ms;
    return deadline;
}

// Ends the waiting messages whose time has run out, wherever they stand in the line.
static void batch_expire(struct agent *agent)
{
    struct journal_message row;
    if (agent->now_ms < agent->overdue_at)
        return;
    for (int64_t after = -1; journal_message_next(agent->journal, &row, MESSAGE_WAITING, after);
         after = row.position) {
        if (message_overdue(&row.message, agent->now_ms) &&
            message_enter_radio(&row.message, row.to, agent->now_ms) == MESSAGE_REPORT)
            agent_report(agent, &row, 0);
    }
}

static void batch_apply(struct agent *agent)
{
    for (size_t i = 0; i < agent->input_count; i++)
        agent_apply(agent, &agent->inputs[i]);
    batch_expire(agent);
    agent_feed_radio(agent);
    if (agent->mono_ms >= agent->prune_at_ms) {
        journal_prune(agent->journal, agent->now_ms - agent->config->keep_ms, agent->config->keep_count);
        agent_inbox_settle(agent);
        agent->prune_at_ms = agent->mono_ms + PRUNE_MS;
    }
}

// Nothing has happened: keep the inputs and forget what was to follow from them.
static void batch_undo(struct agent *agent, const char *reason)
{
    log_event(LOG_ERROR, "journal could not be written: trying again", "reason", reason, NULL);
    for (size_t i = 0; i < agent->line_count; i++)
        free(agent->lines[i]);
    agent->line_count = agent->answer_count = agent->given_count = 0;
    agent->position = journal_position_next(agent->journal);
    agent->retry_at_ms = agent->mono_ms + COMMIT_RETRY_MS;
}

static void batch_effects(struct agent *agent)
{
    crash_point("after-journal");
    for (size_t i = 0; i < agent->input_count; i++)
        free(agent->inputs[i].bytes);
    agent->input_count = 0;
    for (size_t i = 0; i < agent->given_count; i++) {
        struct slot *slot = agent_slot(agent, "");
        if (slot != NULL)
            *slot = agent->given[i];
    }
    agent->given_count = 0;
    for (size_t i = 0; i < agent->line_count; i++)
        radio_write_take(agent->radio, agent->lines[i]);
    agent->line_count = 0;
    agent->uplink.next = journal_number(agent->journal, JOURNAL_NEXT_SEQ);
    agent->waiting = journal_message_count(agent->journal, MESSAGE_WAITING);
    agent->overdue_at = journal_overdue_at(agent->journal);
}

void agent_batch(struct agent *agent)
{
    char error[JOURNAL_ERROR_SIZE];
    journal_begin(agent->journal);
    batch_apply(agent);
    crash_point("before-journal");
    if (journal_commit(agent->journal, error))
        batch_effects(agent);
    else
        batch_undo(agent, error);
}
