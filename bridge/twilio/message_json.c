// A message in Twilio's words.
#include "bridge/engine/answers.h"
#include "bridge/store/query_senders.h"
#include "bridge/twilio/twilio_internal.h"
#include "common/failure.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const char *twilio_status(const struct message *message)
{
    static const char *const WORDS[] = {
        [STATE_SCHEDULED] = "scheduled", [STATE_QUEUED] = "queued",           [STATE_HELD] = "queued",
        [STATE_DISPATCHED] = "sending",  [STATE_ACCEPTED] = "sending",        [STATE_SENT] = "sent",
        [STATE_DELIVERED] = "delivered", [STATE_UNDELIVERED] = "undelivered", [STATE_FAILED] = "failed",
        [STATE_EXPIRED] = "failed",      [STATE_CANCELLED] = "canceled",      [STATE_UNKNOWN] = "undelivered",
        [STATE_RECEIVED] = "received",
    };
    bool waits = message->state == STATE_QUEUED || message->state == STATE_HELD;
    if (waits && message->want_pool != 0 && message->device == 0)
        return "accepted"; // the service has not chosen a sender yet
    return WORDS[message->state];
}

int twilio_error_code(const struct message *message)
{
    const char *number = failure_number(message->reason);
    switch (message->state) {
    case STATE_EXPIRED:
        return 30036;
    case STATE_UNDELIVERED:
    case STATE_FAILED:
        if (number != NULL)
            return strcmp(number, "unknown_number") == 0 ? 30005 : 30004;
        if (strcmp(message->reason, ANSWERS_LOOP) == 0)
            return 14107;
        return message->state == STATE_UNDELIVERED ? 30003 : 30008;
    case STATE_UNKNOWN:
        return 30008;
    default:
        return 0;
    }
}

void twilio_date(char out[TWILIO_DATE_SIZE], int64_t at_ms)
{
    static const char *const DAYS[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    snprintf(out, TWILIO_DATE_SIZE, "%s, %02d %s %04d %02d:%02d:%02d +0000", DAYS[utc.tm_wday], utc.tm_mday,
             MONTHS[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

static json_t *date_json(int64_t at_ms)
{
    char text[TWILIO_DATE_SIZE];
    if (at_ms == 0)
        return json_null();
    twilio_date(text, at_ms);
    return json_string(text);
}

bool twilio_service_of(struct query *store, char sid[ID_SIZE], int64_t account, const char *pool)
{
    if (query_pool_id(store, sid, account, pool) != QUERY_OK)
        return false;
    memcpy(sid, "MG", 2);
    return true;
}

static json_t *service_json(const struct twilio_senders *senders, const struct message_view *view)
{
    char sid[ID_SIZE];
    if (view->want_pool[0] == '\0' ||
        !twilio_service_of(senders->store, sid, senders->account, view->want_pool))
        return json_null();
    return json_string(sid);
}

// Of an inbound message Twilio means when it came in.
static int64_t sent_at(struct query *store, const struct message *message)
{
    int64_t at = 0;
    if (message->direction == DIRECTION_INBOUND)
        return message->created_at;
    if (state_rank(message->state) < state_rank(STATE_SENT) ||
        query_sent_at(store, &at, message->n) != QUERY_OK)
        return 0;
    return at;
}

// A one-time code is for its reader only.
static const char *body_of(const struct message *message)
{
    return message->purpose == PURPOSE_OTP || message->redact == REDACT_DONE ? "" : message->text;
}

json_t *twilio_message_json(struct twilio_senders *senders, const char *account_sid,
                            const struct message_view *view)
{
    const struct message *message = &view->message;
    bool outbound = message->direction == DIRECTION_OUTBOUND;
    char own[TWILIO_SENDER_SIZE], uri[160], media[160], parts[24];
    int code = twilio_error_code(message);
    twilio_sender(senders, own, view);
    if (senders->failed)
        return NULL;
    snprintf(uri, sizeof(uri), TWILIO_ROOT "%s/Messages/%s.json", account_sid, message->id);
    snprintf(media, sizeof(media), TWILIO_ROOT "%s/Messages/%s/Media.json", account_sid, message->id);
    snprintf(parts, sizeof(parts), "%lld", (long long)message->parts);
    json_t *from = outbound ? api_text(own) : json_string(message->peer);
    json_t *to = outbound ? json_string(message->peer) : api_text(own);
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:n, s:n, s:s, s:s, "
        "s:{s:s}}",
        "sid", message->id, "account_sid", account_sid, "api_version", TWILIO_API_VERSION, "body",
        body_of(message), "date_created", date_json(message->created_at), "date_updated",
        date_json(message->updated_at), "date_sent", date_json(sent_at(senders->store, message)), "direction",
        outbound ? "outbound-api" : "inbound", "error_code", code != 0 ? json_integer(code) : json_null(),
        "error_message", code != 0 ? api_text(message->detail) : json_null(), "from", from, "to", to,
        "messaging_service_sid", service_json(senders, view), "num_media", "0", "num_segments", parts,
        "price", "price_unit", "status", twilio_status(message), "uri", uri, "subresource_uris", "media",
        media);
}
