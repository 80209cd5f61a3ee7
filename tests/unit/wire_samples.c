// The samples, and one table of all kinds of payloads.
#include "tests/unit/wire_samples.h"

const struct wire_send sample_send = {
    .id = SAMPLE_ID,
    .lease = 3,
    .to = "+491701234567",
    .text = "Gr\xc3\xbc\xc3\x9f"
            "e \xf0\x9f\x98\x80 \"\\\n\t\x01\x7f</script>",
    .sim = 2,
    .qos = 2,
    .expires_at = SAMPLE_AT + 600000,
    .lease_until = SAMPLE_AT + 60000,
    .report = true,
    .lane = "otp",
};

const struct wire_cancel sample_cancel = {.id = SAMPLE_ID, .lease = 3};

const struct wire_query sample_query = {.ids = {SAMPLE_ID, SAMPLE_ID_2}, .count = 2};

const struct wire_receipt sample_receipt = {.journal = "j-1", .up_to = 42};

const struct wire_config sample_config = {.telemetry_interval_ms = 60000, .min_gap_ms = 250, .paused = true};

const struct wire_inbox sample_inbox = {.asked_at = SAMPLE_AT, .from = SAMPLE_AT - 3600000, .to = SAMPLE_AT};

const struct wire_reports sample_reports = {
    .journal = "j-1",
    .items =
        {
            {.seq = 41,
             .id = SAMPLE_ID,
             .lease = 3,
             .state = STATE_SENT,
             .part = 1,
             .parts = 2,
             .at = SAMPLE_AT},
            {.seq = 42,
             .id = SAMPLE_ID_2,
             .lease = 1,
             .state = STATE_FAILED,
             .parts = 1,
             .at = SAMPLE_AT,
             .error_kind = WIRE_ERROR_LIMIT,
             .error_code = "gammu-27",
             .error_text = "too many"},
            {.seq = 0,
             .id = SAMPLE_ID,
             .lease = 3,
             .state = STATE_FAILED,
             .parts = 1,
             .at = SAMPLE_AT,
             .error_kind = WIRE_ERROR_PERMANENT},
            {.seq = 0, .id = SAMPLE_ID_2, .none = true, .parts = 1, .at = SAMPLE_AT},
        },
    .count = 4,
};

const struct wire_inbounds sample_inbounds = {
    .journal = "j-1",
    .items =
        {
            {.seq = 43,
             .uid = "inbox-17",
             .from = "+491701234567",
             .sim = 1,
             .text = "Ja \xf0\x9f\x91\x8d",
             .received_at = SAMPLE_AT},
            {.seq = 44, .uid = "inbox-18", .from = "MyBank", .text = "", .received_at = SAMPLE_AT},
        },
    .count = 2,
};

const struct wire_status sample_status = {
    .hello = true,
    .journal = "j-1",
    .oldest = 41,
    .next = 45,
    .software = "smsquitto-device/0.1.0",
    .radio = "sim",
    .battery = 87,
    .charging = true,
    .power_saver = true,
    .airplane = true,
    .queue = 2,
    .inbox = SAMPLE_AT,
    .at = SAMPLE_AT,
    .sims = {{.slot = 1, .number = "+491701234567", .carrier = "Example", .signal = 60},
             {.slot = 2, .signal = -1}},
    .sim_count = 2,
};

// The functions of one kind that C encodes and decodes.
#define KIND(name, type)                                                                                     \
    static char *name##_encode(void)                                                                         \
    {                                                                                                        \
        return wire_##type##_encode(&sample_##type);                                                         \
    }                                                                                                        \
    static bool name##_pass(char **again, const char *payload, size_t length, struct field_error *error)     \
    {                                                                                                        \
        struct wire_##type value;                                                                            \
        if (!wire_##type##_decode(&value, payload, length, error))                                           \
            return false;                                                                                    \
        *again = wire_##type##_encode(&value);                                                               \
        wire_##type##_clear(&value);                                                                         \
        return true;                                                                                         \
    }

KIND(send, send)
KIND(cancel, cancel)
KIND(query, query)
KIND(receipt, receipt)
KIND(config, config)
KIND(inbox, inbox)
KIND(report, reports)
KIND(inbound, inbounds)
KIND(status, status)

static bool presence_pass(char **again, const char *payload, size_t length, struct field_error *error)
{
    struct wire_presence value;
    if (!wire_presence_decode(&value, payload, length, error))
        return false;
    *again = NULL;
    wire_presence_clear(&value);
    return true;
}

#define ROW(name)                                                                                            \
    {                                                                                                        \
#name, name##_encode, name##_pass                                                                    \
    }

const struct wire_kind wire_kinds[WIRE_KINDS] = {
    ROW(send),   ROW(cancel), ROW(query),   ROW(receipt), ROW(config),
    ROW(report), ROW(inbox),  ROW(inbound), ROW(status),  {"presence", NULL, presence_pass},
};
