// The fleet's payloads: the JSON of schemas/mqtt/, written by hand because it is written so often. A test
// holds it against the decoders of common/wire.h.
#include "device/fleet/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_text(struct buffer *out, const char *text)
{
    buffer_add(out, text, strlen(text));
}

static void add_number(struct buffer *out, int64_t value)
{
    char digits[24];
    char *at = digits + sizeof digits;
    uint64_t rest = value < 0 ? 0 : (uint64_t)value;
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    buffer_add(out, at, (size_t)(digits + sizeof digits - at));
}

static void add_id(struct buffer *out, const uint8_t id[FLEET_ID_BYTES])
{
    static const char hex[] = "0123456789abcdef";
    char text[ID_LENGTH] = ID_MESSAGE;
    for (size_t i = 0; i < FLEET_ID_BYTES; i++) {
        text[2 + 2 * i] = hex[id[i] >> 4];
        text[3 + 2 * i] = hex[id[i] & 15];
    }
    buffer_add(out, text, sizeof text);
}

void fleet_payload_begin(struct buffer *out, const char *journal)
{
    out->length = 0;
    add_text(out, "{\"journal\":\"");
    add_text(out, journal);
    add_text(out, "\",\"reports\":[");
}

static void add_comma(struct buffer *out)
{
    if (out->bytes[out->length - 1] != '[')
        buffer_add(out, ",", 1);
}

void fleet_payload_report(struct buffer *out, const struct fleet_report *report)
{
    static const char *const kinds[] = {
        [WIRE_ERROR_TEMPORARY] = "temporary",
        [WIRE_ERROR_PERMANENT] = "permanent",
        [WIRE_ERROR_LIMIT] = "limit",
    };
    add_comma(out);
    add_text(out, "{\"seq\":");
    add_number(out, report->seq);
    add_text(out, ",\"id\":\"");
    add_id(out, report->id);
    add_text(out, "\",\"lease\":");
    add_number(out, report->lease);
    add_text(out, ",\"state\":\"");
    add_text(out, state_name((enum state)report->state));
    add_text(out, "\",\"part\":");
    add_number(out, report->part);
    add_text(out, ",\"parts\":");
    add_number(out, report->parts);
    add_text(out, ",\"at\":");
    add_number(out, report->at);
    if (report->kind != WIRE_ERROR_NONE) {
        add_text(out, ",\"error\":{\"kind\":\"");
        add_text(out, kinds[report->kind]);
        add_text(out, "\",\"code\":\"");
        add_text(out, report->code);
        add_text(out, "\"}");
    }
    add_text(out, "}");
}

void fleet_payload_none(struct buffer *out, const char *id, int64_t at)
{
    add_comma(out);
    add_text(out, "{\"seq\":0,\"id\":\"");
    add_text(out, id);
    add_text(out, "\",\"lease\":0,\"state\":\"none\",\"part\":0,\"parts\":1,\"at\":");
    add_number(out, at);
    add_text(out, "}");
}

void fleet_payload_end(struct buffer *out)
{
    add_text(out, "]}");
}

struct fleet_report fleet_report_of(const struct fleet_message *message, int64_t part)
{
    struct wire_report wire = message_report(&message->message, "", part);
    struct fleet_report report = {
        .lease = wire.lease,
        .at = wire.at,
        .state = (uint8_t)wire.state,
        .part = (uint8_t)wire.part,
        .parts = (uint8_t)wire.parts,
        .kind = (uint8_t)wire.error_kind,
        .code = wire.error_code,
    };
    memcpy(report.id, message->id, FLEET_ID_BYTES);
    return report;
}

void fleet_payload_status(struct buffer *out, const struct fleet *fleet, const struct fleet_device *device,
                          bool hello)
{
    struct wire_status status = {
        .hello = hello,
        .journal = device->journal,
        .oldest = device->uplink.acked + 1,
        .next = device->uplink.next,
        .software = "smsquitto-fleet/" SMSQUITTO_VERSION,
        .radio = "fleet",
        .battery = 100,
        .charging = true,
        .queue = device->waiting_count,
        .inbox = device->inbox,
        .at = fleet->now_ms,
        .sims = {{.slot = 1, .signal = 80}},
        .sim_count = 1,
    };
    char *text = wire_status_encode(&status);
    if (text == NULL)
        abort();
    out->length = 0;
    add_text(out, text);
    free(text);
}
