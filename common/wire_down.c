// The payloads from the bridge to a device.
#include "common/json_memory.h"
#include "common/json_out.h"
#include "common/wire_internal.h"

#include <stdio.h>
#include <string.h>

enum { MS_PER_HOUR = 3600000, MS_PER_DAY = 86400000 };

#define AT(type, member) offsetof(struct wire_##type, member)

char *wire_send_encode(const struct wire_send *send)
{
    struct json_out out = {0};
    json_out_open(&out, NULL, '{');
    json_out_string(&out, "id", send->id);
    json_out_integer(&out, "lease", send->lease);
    json_out_string(&out, "to", send->to);
    json_out_string(&out, "text", send->text);
    json_out_integer(&out, "sim", send->sim);
    json_out_integer(&out, "qos", send->qos);
    json_out_integer(&out, "expires_at", send->expires_at);
    json_out_integer(&out, "lease_until", send->lease_until);
    json_out_boolean(&out, "report", send->report);
    if (send->lane != NULL)
        json_out_string(&out, "lane", send->lane);
    json_out_close(&out, '}');
    return json_out_take(&out);
}

bool wire_send_decode(struct wire_send *send, const char *payload, size_t length, struct field_error *error)
{
    static const struct field table[] = {
        {"id", FIELD_STRING, AT(send, id), true, ID_LENGTH, ID_LENGTH},
        {"lease", FIELD_INT, AT(send, lease), true, 1, WIRE_INT_MAX},
        {"to", FIELD_STRING, AT(send, to), true, 1, NUMBER_SIZE - 1},
        {"text", FIELD_STRING, AT(send, text), true, 0, WIRE_TEXT_MAX_BYTES},
        {"sim", FIELD_INT, AT(send, sim), false, 0, WIRE_SIMS_MAX},
        {"qos", FIELD_INT, AT(send, qos), true, 0, 2},
        {"expires_at", FIELD_INT, AT(send, expires_at), true, 0, WIRE_INT_MAX},
        {"lease_until", FIELD_INT, AT(send, lease_until), true, 0, WIRE_INT_MAX},
        {"report", FIELD_BOOL, AT(send, report), true, 0, 0},
        {"lane", FIELD_STRING, AT(send, lane), false, 1, WIRE_WORD_MAX_BYTES},
    };
    *send = (struct wire_send){0};
    json_t *json = wire_open(send, table, WIRE_COUNT(table), payload, length, error);
    if (json == NULL)
        return false;
    if (!wire_check_id(send->id, "", "id", error) || !wire_check_number(send->to, "", "to", error)) {
        json_decref(json);
        return false;
    }
    send->json = json;
    return true;
}

void wire_send_clear(struct wire_send *send)
{
    json_decref(send->json);
    *send = (struct wire_send){0};
}

char *wire_cancel_encode(const struct wire_cancel *cancel)
{
    return json_text_take(json_pack("{s:s, s:I}", "id", cancel->id, "lease", (json_int_t)cancel->lease));
}

bool wire_cancel_decode(struct wire_cancel *cancel, const char *payload, size_t length,
                        struct field_error *error)
{
    static const struct field table[] = {
        {"id", FIELD_STRING, AT(cancel, id), true, ID_LENGTH, ID_LENGTH},
        {"lease", FIELD_INT, AT(cancel, lease), true, 1, WIRE_INT_MAX},
    };
    *cancel = (struct wire_cancel){0};
    json_t *json = wire_open(cancel, table, WIRE_COUNT(table), payload, length, error);
    if (json == NULL)
        return false;
    if (!wire_check_id(cancel->id, "", "id", error)) {
        json_decref(json);
        return false;
    }
    cancel->json = json;
    return true;
}

void wire_cancel_clear(struct wire_cancel *cancel)
{
    json_decref(cancel->json);
    *cancel = (struct wire_cancel){0};
}

char *wire_query_encode(const struct wire_query *query)
{
    json_t *ids = json_array();
    for (size_t i = 0; i < query->count; i++) {
        if (json_array_append_new(ids, json_string(query->ids[i])) != 0) {
            json_decref(ids);
            return NULL;
        }
    }
    return json_text_take(json_pack("{s:o}", "ids", ids));
}

static bool query_ids(struct wire_query *query, const json_t *ids, struct field_error *error)
{
    size_t i;
    json_t *value;
    json_array_foreach(ids, i, value)
    {
        char path[FIELD_PATH_SIZE];
        snprintf(path, sizeof path, "ids[%zu]", i);
        if (!json_is_string(value))
            return field_fail(error, path, "must be a string");
        query->ids[i] = json_string_value(value);
        if (!wire_check_id(query->ids[i], "", path, error))
            return false;
    }
    query->count = json_array_size(ids);
    return true;
}

bool wire_query_decode(struct wire_query *query, const char *payload, size_t length,
                       struct field_error *error)
{
    struct {
        json_t *ids;
    } members = {0};
    static const struct field table[] = {{"ids", FIELD_ARRAY, 0, true, 1, WIRE_QUERY_MAX}};
    *query = (struct wire_query){0};
    json_t *json = wire_open(&members, table, WIRE_COUNT(table), payload, length, error);
    if (json == NULL)
        return false;
    if (!query_ids(query, members.ids, error)) {
        json_decref(json);
        return false;
    }
    query->json = json;
    return true;
}

void wire_query_clear(struct wire_query *query)
{
    json_decref(query->json);
    *query = (struct wire_query){0};
}

char *wire_receipt_encode(const struct wire_receipt *receipt)
{
    struct json_out out = {0};
    json_out_open(&out, NULL, '{');
    json_out_string(&out, "journal", receipt->journal);
    json_out_integer(&out, "up_to", receipt->up_to);
    json_out_close(&out, '}');
    return json_out_take(&out);
}

bool wire_receipt_decode(struct wire_receipt *receipt, const char *payload, size_t length,
                         struct field_error *error)
{
    static const struct field table[] = {
        {"journal", FIELD_STRING, AT(receipt, journal), true, 1, WIRE_WORD_MAX_BYTES},
        {"up_to", FIELD_INT, AT(receipt, up_to), true, 0, WIRE_INT_MAX},
    };
    *receipt = (struct wire_receipt){0};
    receipt->json = wire_open(receipt, table, WIRE_COUNT(table), payload, length, error);
    return receipt->json != NULL;
}

void wire_receipt_clear(struct wire_receipt *receipt)
{
    json_decref(receipt->json);
    *receipt = (struct wire_receipt){0};
}

char *wire_config_encode(const struct wire_config *config)
{
    return json_text_take(json_pack("{s:I, s:I, s:b}", "telemetry_interval_ms",
                                    (json_int_t)config->telemetry_interval_ms, "min_gap_ms",
                                    (json_int_t)config->min_gap_ms, "paused", (int)config->paused));
}

bool wire_config_decode(struct wire_config *config, const char *payload, size_t length,
                        struct field_error *error)
{
    static const struct field table[] = {
        {"telemetry_interval_ms", FIELD_INT, AT(config, telemetry_interval_ms), true, 1000, MS_PER_DAY},
        {"min_gap_ms", FIELD_INT, AT(config, min_gap_ms), true, 0, MS_PER_HOUR},
        {"paused", FIELD_BOOL, AT(config, paused), true, 0, 0},
    };
    *config = (struct wire_config){0};
    config->json = wire_open(config, table, WIRE_COUNT(table), payload, length, error);
    return config->json != NULL;
}

void wire_config_clear(struct wire_config *config)
{
    json_decref(config->json);
    *config = (struct wire_config){0};
}

char *wire_inbox_encode(const struct wire_inbox *inbox)
{
    return json_text_take(json_pack("{s:I, s:I, s:I}", "asked_at", (json_int_t)inbox->asked_at, "from",
                                    (json_int_t)inbox->from, "to", (json_int_t)inbox->to));
}

bool wire_inbox_decode(struct wire_inbox *inbox, const char *payload, size_t length,
                       struct field_error *error)
{
    static const struct field table[] = {
        {"asked_at", FIELD_INT, AT(inbox, asked_at), true, 1, WIRE_INT_MAX},
        {"from", FIELD_INT, AT(inbox, from), true, 0, WIRE_INT_MAX},
        {"to", FIELD_INT, AT(inbox, to), true, 0, WIRE_INT_MAX},
    };
    *inbox = (struct wire_inbox){0};
    json_t *json = wire_open(inbox, table, WIRE_COUNT(table), payload, length, error);
    if (json == NULL)
        return false;
    if (inbox->from > inbox->to) {
        json_decref(json);
        return field_fail(error, "from", "must not be greater than to");
    }
    inbox->json = json;
    return true;
}

void wire_inbox_clear(struct wire_inbox *inbox)
{
    json_decref(inbox->json);
    *inbox = (struct wire_inbox){0};
}
