// What the radio says, and what its death means for the messages in it.
#include "device/agent_internal.h"

#include "common/log.h"

#include <stdio.h>
#include <string.h>

static void copy_sims(struct radio_state *state, const struct radio_event *event)
{
    state->sim_count = event->sim_count;
    for (size_t i = 0; i < event->sim_count; i++) {
        const struct wire_sim *sim = &event->sims[i];
        struct wire_sim *copy = &state->sims[i];
        snprintf(state->numbers[i], sizeof state->numbers[i], "%s", sim->number != NULL ? sim->number : "");
        snprintf(state->carriers[i], sizeof state->carriers[i], "%s",
                 sim->carrier != NULL ? sim->carrier : "");
        *copy = *sim;
        // A number that is no number would make the bridge refuse the whole status.
        copy->number = message_number_valid(state->numbers[i]) ? state->numbers[i] : NULL;
        copy->carrier = sim->carrier != NULL ? state->carriers[i] : NULL;
    }
}

// Whether the bridge should be told at once and not with the next telemetry.
static bool is_news(const struct radio_state *state, const struct radio_event *event)
{
    return state->power_saver != event->power_saver || state->airplane != event->airplane ||
           state->charging != event->charging || (event->has_sims && state->sim_count != event->sim_count);
}

static void on_info(struct agent *agent, const struct radio_event *event)
{
    if (is_news(&agent->state, event))
        agent_status_soon(agent);
    agent->state.battery = event->battery;
    agent->state.charging = event->charging;
    agent->state.power_saver = event->power_saver;
    agent->state.airplane = event->airplane;
    if (event->has_sims)
        copy_sims(&agent->state, event);
}

static void on_ready(struct agent *agent, const struct radio_event *event)
{
    struct radio_state *state = &agent->state;
    snprintf(state->name, sizeof state->name, "%s", event->name);
    state->window = event->window;
    state->ready = true;
    on_info(agent, event);
    radio_settled(agent->radio);
    log_event(LOG_INFO, "radio ready", "radio", state->name, "sims", log_number((long long)state->sim_count),
              NULL);
    agent_inbox_ready(agent);
    agent_status_soon(agent);
}

static void on_taken(struct agent *agent, const struct radio_event *event)
{
    struct slot *slot = agent_slot(agent, event->ref);
    if (slot != NULL && !slot->taken) {
        slot->taken = true;
        slot->since_ms = agent->mono_ms;
    }
}

// A word about one message. Those of QoS 0 are in no journal: only their slot is freed.
static void on_fate(struct agent *agent, const struct radio_event *event)
{
    struct journal_message row;
    struct slot *slot = agent_slot(agent, event->ref);
    if (!journal_message_get(agent->journal, &row, event->ref)) {
        bool whole = event->kind == RADIO_FAILED || event->part == 0 || event->part == event->parts;
        if (slot != NULL && whole)
            slot->ref[0] = '\0';
        return;
    }
    struct message *message = &row.message;
    int64_t part = 0;
    enum message_act act = MESSAGE_NOTHING;
    if (event->kind == RADIO_SENT)
        act = message_on_sent(message, &part, event->part, event->parts, agent->now_ms);
    else if (event->kind == RADIO_DELIVERED)
        act = message_on_delivered(message, &part, event->part, event->parts, agent->now_ms);
    else if (event->kind == RADIO_UNDELIVERED)
        act = message_on_undelivered(message, &part, event->part, agent->now_ms);
    else if (event->kind == RADIO_UNKNOWN)
        act = message_on_unknown(message, event->code, event->text, agent->now_ms);
    else
        act = message_on_failed(message, event->error_kind, event->code, event->text, agent->now_ms);
    if (act == MESSAGE_REPORT)
        agent_report(agent, &row, part);
    if (slot != NULL && message->stage != MESSAGE_RADIO)
        slot->ref[0] = '\0';
}

void agent_apply_radio(struct agent *agent, const char *line, size_t length)
{
    struct radio_event event;
    struct field_error error;
    if (!radio_event_decode(&event, line, length, &error)) {
        log_event(LOG_WARNING, "radio wrote a line that is not understood", "field", error.path, "reason",
                  error.detail, NULL);
        return;
    }
    switch (event.kind) {
    case RADIO_READY:
        on_ready(agent, &event);
        break;
    case RADIO_TAKEN:
        on_taken(agent, &event);
        break;
    case RADIO_INBOUND:
        agent_inbox_text(agent, &event.inbound);
        break;
    case RADIO_INFO:
        on_info(agent, &event);
        break;
    case RADIO_SENT:
    case RADIO_FAILED:
    case RADIO_UNKNOWN:
    case RADIO_DELIVERED:
    case RADIO_UNDELIVERED:
        on_fate(agent, &event);
        break;
    }
    radio_event_clear(&event);
}

void agent_apply_doubt(struct agent *agent)
{
    struct journal_message row;
    agent->state.ready = false;
    memset(agent->slots, 0, sizeof agent->slots);
    for (int64_t after = -1; journal_message_next(agent->journal, &row, MESSAGE_RADIO, after);
         after = row.position) {
        enum message_act act = message_on_doubt(&row.message, agent->now_ms);
        log_event(LOG_WARNING, "message in doubt", "id", row.id, "qos", log_number(row.message.qos), "then",
                  act == MESSAGE_REPORT ? "unknown" : "sent again", NULL);
        if (act == MESSAGE_REPORT)
            agent_report(agent, &row, 0);
        else
            journal_message_put(agent->journal, &row);
    }
}
