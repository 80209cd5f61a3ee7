// Publishes what the journal holds for the bridge: reports and inbound texts in the order of their seqs, in
// as few payloads as fit, and the answers to what the bridge has asked.
#include "device/agent_internal.h"

#include "common/crash.h"
#include "common/log.h"

#include <stdlib.h>
#include <string.h>

enum { PAYLOAD_MAX_BYTES = 32768, ITEM_OVERHEAD_BYTES = 256 };

static bool publish_take(struct agent *agent, const char *topic, char *payload)
{
    crash_point("before-report");
    bool published = payload != NULL && mqtt_publish(agent->mqtt, topic, payload, strlen(payload), 1);
    free(payload);
    crash_point("after-report");
    return published;
}

// The bytes that an item may need in JSON: text can grow sixfold.
static size_t item_bytes(const struct journal_uplink *uplink)
{
    size_t text = uplink->text != NULL ? strlen(uplink->text) : 0;
    size_t grown = text;
    for (size_t i = 0; i < text; i++) {
        unsigned char c = (unsigned char)uplink->text[i];
        grown += c < 0x20 ? 5 : (c == '"' || c == '\\');
    }
    return ITEM_OVERHEAD_BYTES + strlen(uplink->id) + 2 * strlen(uplink->word) + grown;
}

static bool publish_reports(struct agent *agent, const struct journal_uplink *uplinks, size_t count)
{
    struct wire_reports reports = {.journal = journal_id(agent->journal), .count = count};
    for (size_t i = 0; i < count; i++) {
        const struct journal_uplink *uplink = &uplinks[i];
        reports.items[i] = (struct wire_report){
            .seq = uplink->seq,
            .id = uplink->id,
            .lease = uplink->lease,
            .state = uplink->state,
            .part = uplink->part,
            .parts = uplink->parts,
            .at = uplink->at,
            .error_kind = uplink->error_kind,
            .error_code = uplink->word[0] != '\0' ? uplink->word : NULL,
            .error_text = uplink->text,
        };
    }
    return publish_take(agent, agent->report_topic, wire_reports_encode(&reports));
}

static bool publish_inbounds(struct agent *agent, const struct journal_uplink *uplinks, size_t count)
{
    struct wire_inbounds inbounds = {.journal = journal_id(agent->journal), .count = count};
    for (size_t i = 0; i < count; i++) {
        const struct journal_uplink *uplink = &uplinks[i];
        inbounds.items[i] = (struct wire_inbound){
            .seq = uplink->seq,
            .uid = uplink->id,
            .from = uplink->word,
            .sim = uplink->sim,
            .text = uplink->text != NULL ? uplink->text : "",
            .received_at = uplink->at,
        };
    }
    return publish_take(agent, agent->inbound_topic, wire_inbounds_encode(&inbounds));
}

// Reads from the journal what fits in one payload: seqs from - to of one kind. Returns their number.
static size_t read_bundle(struct agent *agent, struct journal_uplink *uplinks, int64_t from, int64_t to)
{
    size_t count = 0, bytes = ITEM_OVERHEAD_BYTES, max = WIRE_REPORTS_MAX;
    for (int64_t seq = from; seq <= to && count < max; seq++) {
        struct journal_uplink *uplink = &uplinks[count];
        if (!journal_uplink_get(agent->journal, uplink, seq))
            break;
        if (count == 0 && uplink->inbound)
            max = WIRE_INBOUND_MAX;
        bytes += item_bytes(uplink);
        if (count > 0 && (uplink->inbound != uplinks[0].inbound || bytes > PAYLOAD_MAX_BYTES)) {
            journal_uplink_clear(uplink);
            break;
        }
        count++;
    }
    return count;
}

void agent_publish_uplinks(struct agent *agent)
{
    static struct journal_uplink uplinks[WIRE_REPORTS_MAX];
    int64_t from, to;
    uplink_tick(&agent->uplink, agent->mono_ms, backoff_random());
    while (uplink_due(&agent->uplink, &from, &to, agent->mono_ms)) {
        size_t count = read_bundle(agent, uplinks, from, to);
        bool published = false;
        if (count == 0)
            log_event(LOG_ERROR, "journal has no such uplink", "seq", log_number(from), NULL);
        else
            published = uplinks[0].inbound ? publish_inbounds(agent, uplinks, count)
                                           : publish_reports(agent, uplinks, count);
        for (size_t i = 0; i < count; i++)
            journal_uplink_clear(&uplinks[i]);
        if (!published) {
            uplink_refused(&agent->uplink, agent->mono_ms, backoff_random());
            return;
        }
        uplink_sent(&agent->uplink, from + (int64_t)count - 1, agent->mono_ms);
    }
}

void agent_publish_answers(struct agent *agent)
{
    for (size_t done = 0; done < agent->answer_count;) {
        struct wire_reports reports = {.journal = journal_id(agent->journal)};
        while (done < agent->answer_count && reports.count < WIRE_REPORTS_MAX) {
            struct answer *answer = &agent->answers[done++];
            struct wire_report *report = &reports.items[reports.count++];
            *report = answer->report;
            report->id = answer->id;
            report->error_code = answer->code[0] != '\0' ? answer->code : NULL;
            report->error_text = answer->text[0] != '\0' ? answer->text : NULL;
        }
        publish_take(agent, agent->report_topic, wire_reports_encode(&reports));
    }
    agent->answer_count = 0;
}
