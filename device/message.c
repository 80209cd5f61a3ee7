// The life of one message on the device.
#include "device/message.h"

#include <string.h>

static void message_become(struct message *message, enum message_stage stage, enum state state,
                           int64_t now_ms)
{
    message->stage = stage;
    message->state = state;
    message->at = now_ms;
}

static void message_set_error(struct message *message, enum wire_error_kind kind, const char *code,
                              const char *text)
{
    message->error_kind = kind;
    message->error_code = code;
    message->error_text = text;
}

static void message_begin(struct message *message, const struct wire_send *send, int64_t now_ms)
{
    *message = (struct message){
        .lease = send->lease,
        .expires_at = send->expires_at,
        .lease_until = send->lease_until,
        .qos = (uint8_t)send->qos,
        .report = send->report,
    };
    message_become(message, MESSAGE_WAITING, STATE_ACCEPTED, now_ms);
}

// Ended without a part on the air, so that another attempt cannot be a second one. At QoS 1 a text that was
// sent in part may be tried again as a whole.
static bool message_retryable(const struct message *message)
{
    if (message->stage != MESSAGE_FINAL)
        return false;
    if (message->state != STATE_FAILED && message->state != STATE_EXPIRED &&
        message->state != STATE_CANCELLED)
        return false;
    return message->qos < 2 || (message->sent == 0 && !message->resent);
}

// A newer lease for a message that has been in the radio: only its truth is told again.
static enum message_act message_adopt(struct message *message, int64_t lease)
{
    message->lease = lease;
    if (message->state == STATE_FAILED && message->sent != 0)
        message_set_error(message, WIRE_ERROR_PERMANENT, MESSAGE_CODE_PARTLY, message->error_text);
    return MESSAGE_REPORT;
}

enum message_act message_on_send(struct message *message, bool known, const struct wire_send *send,
                                 int64_t now_ms)
{
    if (!known || (send->lease > message->lease && message_retryable(message))) {
        message_begin(message, send, now_ms);
        return MESSAGE_REPORT;
    }
    if (send->lease < message->lease)
        return MESSAGE_NOTHING;
    if (send->lease == message->lease)
        return MESSAGE_ANSWER;
    if (message->stage == MESSAGE_WAITING) {
        message->expires_at = send->expires_at;
        message->lease_until = send->lease_until;
    }
    return message_adopt(message, send->lease);
}

// It may have reached the air in an earlier attempt of this device, and is not tried again.
static enum message_act message_end_unknown(struct message *message, const char *code, const char *text,
                                            int64_t now_ms)
{
    message_set_error(message, WIRE_ERROR_PERMANENT, code, text);
    message_become(message, MESSAGE_FINAL, STATE_UNKNOWN, now_ms);
    return MESSAGE_REPORT;
}

static enum message_act message_end_in_doubt(struct message *message, int64_t now_ms)
{
    return message_end_unknown(message, MESSAGE_CODE_DOUBT,
                               "the device or its radio died while the radio had the message", now_ms);
}

enum message_act message_on_cancel(struct message *message, bool known, int64_t lease, int64_t now_ms)
{
    if (!known)
        *message = (struct message){.lease = lease, .qos = 2};
    if (lease < message->lease)
        return MESSAGE_NOTHING;
    bool newer = lease > message->lease;
    message->lease = lease;
    if (message->stage == MESSAGE_WAITING && message->resent)
        return message_end_in_doubt(message, now_ms);
    if (message->stage == MESSAGE_WAITING || (newer && message_retryable(message))) {
        message_set_error(message, WIRE_ERROR_NONE, NULL, NULL);
        message_become(message, MESSAGE_FINAL, STATE_CANCELLED, now_ms);
        return MESSAGE_REPORT;
    }
    return newer ? message_adopt(message, lease) : MESSAGE_ANSWER;
}

bool message_overdue(const struct message *message, int64_t now_ms)
{
    if (message->stage != MESSAGE_WAITING)
        return false;
    return now_ms >= message->expires_at || (!message->resent && now_ms >= message->lease_until);
}

enum message_act message_enter_radio(struct message *message, const char *to, int64_t now_ms)
{
    if (message->stage != MESSAGE_WAITING)
        return MESSAGE_NOTHING;
    if (message_overdue(message, now_ms)) {
        if (message->resent)
            return message_end_in_doubt(message, now_ms);
        if (now_ms >= message->expires_at)
            message_set_error(message, WIRE_ERROR_PERMANENT, MESSAGE_CODE_EXPIRED, "its time ran out");
        else
            message_set_error(message, WIRE_ERROR_TEMPORARY, MESSAGE_CODE_LEASE, "its lease ran out");
        message_become(message, MESSAGE_FINAL, STATE_EXPIRED, now_ms);
        return MESSAGE_REPORT;
    }
    if (!message_number_valid(to)) {
        message_set_error(message, WIRE_ERROR_PERMANENT, MESSAGE_CODE_NUMBER, "not '+' and digits");
        message_become(message, MESSAGE_FINAL, STATE_FAILED, now_ms);
        return MESSAGE_REPORT;
    }
    message->stage = MESSAGE_RADIO;
    return MESSAGE_SAVE;
}

static uint32_t message_all_parts(const struct message *message)
{
    return message->parts >= 32 ? UINT32_MAX : (UINT32_C(1) << message->parts) - 1;
}

// Adds part to *mask. Returns false when it is out of range or was there before.
static bool message_add_part(struct message *message, uint32_t *mask, int64_t part, int64_t parts)
{
    if (message->parts == 0)
        message->parts = (uint8_t)(parts >= 1 && parts <= WIRE_PARTS_MAX ? parts : 1);
    if (part < 0 || part > message->parts)
        return false;
    uint32_t add = part == 0 ? message_all_parts(message) : UINT32_C(1) << (part - 1);
    if ((*mask & add) == add)
        return false;
    *mask |= add;
    return true;
}

enum message_act message_on_sent(struct message *message, int64_t *report_part, int64_t part, int64_t parts,
                                 int64_t now_ms)
{
    if (message->stage != MESSAGE_RADIO || !message_add_part(message, &message->sent, part, parts))
        return MESSAGE_NOTHING;
    *report_part = part;
    if (message->sent == message_all_parts(message)) {
        *report_part = 0;
        message_become(message, MESSAGE_SENT, STATE_SENT, now_ms);
    }
    return MESSAGE_REPORT;
}

enum message_act message_on_delivered(struct message *message, int64_t *report_part, int64_t part,
                                      int64_t parts, int64_t now_ms)
{
    bool open = message->stage == MESSAGE_RADIO || message->stage == MESSAGE_SENT;
    if (!open || !message_add_part(message, &message->delivered, part, parts))
        return MESSAGE_NOTHING;
    *report_part = part;
    if (message->delivered == message_all_parts(message)) {
        *report_part = 0;
        message_become(message, MESSAGE_FINAL, STATE_DELIVERED, now_ms);
    }
    return MESSAGE_REPORT;
}

enum message_act message_on_undelivered(struct message *message, int64_t *report_part, int64_t part,
                                        int64_t now_ms)
{
    if (message->stage != MESSAGE_RADIO && message->stage != MESSAGE_SENT)
        return MESSAGE_NOTHING;
    *report_part = part >= 0 && part <= message->parts ? part : 0;
    message_become(message, MESSAGE_FINAL, STATE_UNDELIVERED, now_ms);
    return MESSAGE_REPORT;
}

enum message_act message_on_failed(struct message *message, enum wire_error_kind kind, const char *code,
                                   const char *text, int64_t now_ms)
{
    if (message->stage != MESSAGE_RADIO)
        return MESSAGE_NOTHING;
    message_set_error(message, kind == WIRE_ERROR_NONE ? WIRE_ERROR_PERMANENT : kind, code, text);
    message_become(message, MESSAGE_FINAL, STATE_FAILED, now_ms);
    return MESSAGE_REPORT;
}

enum message_act message_on_unknown(struct message *message, const char *code, const char *text,
                                    int64_t now_ms)
{
    if (message->stage != MESSAGE_RADIO)
        return MESSAGE_NOTHING;
    return message_end_unknown(message, code != NULL ? code : MESSAGE_CODE_DOUBT, text, now_ms);
}

enum message_act message_on_doubt(struct message *message, int64_t now_ms)
{
    if (message->stage != MESSAGE_RADIO)
        return MESSAGE_NOTHING;
    if (message->qos >= 2)
        return message_end_in_doubt(message, now_ms);
    message->stage = MESSAGE_WAITING;
    message->resent = true;
    message->sent = 0;
    message->delivered = 0;
    message->parts = 0;
    return MESSAGE_SAVE;
}

// While parts are still coming, the part's own state goes ahead of the message's.
static enum state message_part_state(const struct message *message, int64_t part)
{
    if (part == 0 || message->stage == MESSAGE_FINAL)
        return message->state;
    return message->delivered & (UINT32_C(1) << (part - 1)) ? STATE_DELIVERED : STATE_SENT;
}

struct wire_report message_report(const struct message *message, const char *id, int64_t part)
{
    struct wire_report report = {
        .id = id,
        .lease = message->lease,
        .state = message_part_state(message, part),
        .part = part,
        .parts = message->parts > 0 ? message->parts : 1,
        .at = message->at,
        .error_kind = message->error_kind,
        .error_code = message->error_code,
        .error_text = message->error_text,
    };
    if (message->resent && message->error_kind == WIRE_ERROR_NONE && report.state != STATE_ACCEPTED) {
        report.error_kind = WIRE_ERROR_TEMPORARY;
        report.error_code = MESSAGE_CODE_RESENT;
    }
    return report;
}

bool message_number_valid(const char *to)
{
    size_t digits = to[0] == '+' ? strspn(to + 1, "0123456789") : 0;
    return digits >= 1 && digits <= NUMBER_SIZE - 2 && to[1 + digits] == '\0';
}
