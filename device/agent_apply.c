// What one downlink changes in the journal.
#include "device/agent_internal.h"

#include "common/log.h"

#include <stdio.h>
#include <string.h>

static void refuse(const char *what, const struct field_error *error)
{
    log_event(LOG_WARNING, "downlink refused", "what", what, "field", error->path, "reason", error->detail,
              NULL);
}

// Does what a rule has asked for.
static void follow(struct agent *agent, struct journal_message *row, enum message_act act)
{
    struct wire_report report;
    switch (act) {
    case MESSAGE_NOTHING:
        break;
    case MESSAGE_SAVE:
        journal_message_put(agent->journal, row);
        break;
    case MESSAGE_ANSWER:
        report = message_report(&row->message, row->id, 0);
        agent_answer(agent, &report);
        break;
    case MESSAGE_REPORT:
        agent_report(agent, row, 0);
        break;
    }
}

static void apply_send(struct agent *agent, const struct input *input)
{
    struct wire_send send;
    struct field_error error;
    struct journal_message row = {.position = 0};
    if (!wire_send_decode(&send, input->bytes, input->length, &error)) {
        refuse("send", &error);
        return;
    }
    bool known = journal_message_get(agent->journal, &row, send.id);
    enum message_act act = message_on_send(&row.message, known, &send, agent->now_ms);
    if (act == MESSAGE_REPORT && row.message.stage == MESSAGE_WAITING) {
        if (row.position == 0 || row.message.at == agent->now_ms)
            row.position = journal_position(send.lane, agent->position++);
        row.sim = send.sim;
        snprintf(row.id, sizeof row.id, "%s", send.id);
        snprintf(row.to, sizeof row.to, "%s", send.to);
        snprintf(row.text, sizeof row.text, "%s", send.text);
    }
    follow(agent, &row, act);
    wire_send_clear(&send);
}

static void apply_cancel(struct agent *agent, const struct input *input)
{
    struct wire_cancel cancel;
    struct field_error error;
    struct journal_message row = {.position = 0};
    if (!wire_cancel_decode(&cancel, input->bytes, input->length, &error)) {
        refuse("cancel", &error);
        return;
    }
    bool known = journal_message_get(agent->journal, &row, cancel.id);
    enum message_act act = message_on_cancel(&row.message, known, cancel.lease, agent->now_ms);
    snprintf(row.id, sizeof row.id, "%s", cancel.id);
    follow(agent, &row, act);
    wire_cancel_clear(&cancel);
}

static void apply_query(struct agent *agent, const struct input *input)
{
    struct wire_query query;
    struct field_error error;
    if (!wire_query_decode(&query, input->bytes, input->length, &error)) {
        refuse("query", &error);
        return;
    }
    for (size_t i = 0; i < query.count; i++) {
        struct journal_message row;
        struct wire_report report = {.id = query.ids[i], .none = true, .parts = 1, .at = agent->now_ms};
        if (journal_message_get(agent->journal, &row, query.ids[i]))
            report = message_report(&row.message, row.id, 0);
        agent_answer(agent, &report);
    }
    wire_query_clear(&query);
}

static void apply_receipt(struct agent *agent, const struct input *input)
{
    struct wire_receipt receipt;
    struct field_error error;
    if (!wire_receipt_decode(&receipt, input->bytes, input->length, &error)) {
        refuse("receipt", &error);
        return;
    }
    if (strcmp(receipt.journal, journal_id(agent->journal)) == 0) {
        if (receipt.up_to >= journal_number(agent->journal, JOURNAL_NEXT_SEQ)) {
            // An old copy of this file was put back: its numbers mean something else to the bridge.
            log_event(LOG_ERROR, "journal is older than the bridge knows it: starting a new numbering", NULL);
            journal_renew(agent->journal);
            agent_hello_again(agent);
        } else {
            uplink_receipt(&agent->uplink, receipt.up_to, agent->mono_ms);
            journal_uplink_forget(agent->journal, agent->uplink.acked);
        }
    }
    wire_receipt_clear(&receipt);
}

static void apply_config(struct agent *agent, const struct input *input)
{
    struct wire_config config;
    struct field_error error;
    if (!wire_config_decode(&config, input->bytes, input->length, &error)) {
        refuse("config", &error);
        return;
    }
    const struct {
        enum journal_number name;
        int64_t value;
    } numbers[] = {
        {JOURNAL_PAUSED, config.paused},
        {JOURNAL_MIN_GAP_MS, config.min_gap_ms + 1}, // 0 = never set
        {JOURNAL_TELEMETRY_MS, config.telemetry_interval_ms},
    };
    bool changed = false;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (journal_number(agent->journal, numbers[i].name) != numbers[i].value) {
            journal_number_put(agent->journal, numbers[i].name, numbers[i].value);
            changed = true;
        }
    }
    if (changed) {
        agent_status_soon(agent);
        log_event(LOG_INFO, "configuration from the bridge", "paused", config.paused ? "yes" : "no",
                  "min_gap_ms", log_number(config.min_gap_ms), "telemetry_ms",
                  log_number(config.telemetry_interval_ms), NULL);
    }
    wire_config_clear(&config);
}

void agent_apply(struct agent *agent, const struct input *input)
{
    switch (input->kind) {
    case INPUT_SEND:
        apply_send(agent, input);
        break;
    case INPUT_CANCEL:
        apply_cancel(agent, input);
        break;
    case INPUT_QUERY:
        apply_query(agent, input);
        break;
    case INPUT_RECEIPT:
        apply_receipt(agent, input);
        break;
    case INPUT_CONFIG:
        apply_config(agent, input);
        break;
    case INPUT_INBOX:
        agent_apply_inbox(agent, input);
        break;
    case INPUT_RADIO:
        agent_apply_radio(agent, input->bytes, input->length);
        break;
    case INPUT_DOUBT:
        agent_apply_doubt(agent);
        break;
    }
}
