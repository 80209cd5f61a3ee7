// The payloads that are lists from a device's journal: reports and inbound texts.
#include "common/json_out.h"
#include "common/text.h"
#include "common/wire_internal.h"

#include <stdio.h>
#include <string.h>

enum { PREFIX_SIZE = 32 };

#define AT(type, member) offsetof(struct type, member)

static const char *const error_kinds[] = {
    [WIRE_ERROR_TEMPORARY] = "temporary",
    [WIRE_ERROR_PERMANENT] = "permanent",
    [WIRE_ERROR_LIMIT] = "limit",
};

static bool error_kind_parse(enum wire_error_kind *kind, const char *word)
{
    for (int i = WIRE_ERROR_TEMPORARY; i <= WIRE_ERROR_LIMIT; i++) {
        if (strcmp(error_kinds[i], word) == 0) {
            *kind = (enum wire_error_kind)i;
            return true;
        }
    }
    return false;
}

// Writes one element of a list.
typedef void item_encoder(struct json_out *out, const void *item);

// The payload of a list: the journal, and items under name.
static char *encode_list(const char *journal, const char *name, const void *items, size_t size, size_t count,
                         item_encoder *encode)
{
    struct json_out out = {0};
    json_out_open(&out, NULL, '{');
    json_out_string(&out, "journal", journal);
    json_out_open(&out, name, '[');
    for (size_t i = 0; i < count; i++) {
        json_out_open(&out, NULL, '{');
        encode(&out, (const char *)items + i * size);
        json_out_close(&out, '}');
    }
    json_out_close(&out, ']');
    json_out_close(&out, '}');
    return json_out_take(&out);
}

// "reports[3]"; the names are ours and short.
static void put_prefix(char out[PREFIX_SIZE], const char *name, size_t i)
{
    char *end = stpcpy(out, name);
    *end++ = '[';
    end += text_number(end, (int64_t)i);
    stpcpy(end, "]");
}

// Decodes each element of array with decode into items; fails with the path of the element.
typedef bool item_decoder(void *item, const json_t *value, const char *prefix, struct field_error *error);

static bool decode_items(void *items, size_t size, const json_t *array, const char *name,
                         item_decoder *decode, struct field_error *error)
{
    size_t i;
    json_t *value;
    json_array_foreach(array, i, value)
    {
        char prefix[PREFIX_SIZE];
        put_prefix(prefix, name, i);
        if (!decode((char *)items + i * size, value, prefix, error))
            return false;
    }
    return true;
}

static void encode_error(struct json_out *out, const struct wire_report *report)
{
    json_out_open(out, "error", '{');
    json_out_string(out, "kind", error_kinds[report->error_kind]);
    if (report->error_code != NULL)
        json_out_string(out, "code", report->error_code);
    if (report->error_text != NULL)
        json_out_string(out, "text", report->error_text);
    json_out_close(out, '}');
}

static void encode_report(struct json_out *out, const void *item)
{
    const struct wire_report *report = item;
    json_out_integer(out, "seq", report->seq);
    json_out_string(out, "id", report->id);
    json_out_integer(out, "lease", report->lease);
    json_out_string(out, "state", report->none ? "none" : state_name(report->state));
    json_out_integer(out, "part", report->part);
    json_out_integer(out, "parts", report->parts);
    json_out_integer(out, "at", report->at);
    if (report->error_kind != WIRE_ERROR_NONE)
        encode_error(out, report);
}

char *wire_reports_encode(const struct wire_reports *reports)
{
    return encode_list(reports->journal, "reports", reports->items, sizeof reports->items[0], reports->count,
                       encode_report);
}

struct report_error {
    const char *kind, *code, *text;
};

static bool decode_error(struct wire_report *report, const json_t *json, const char *prefix,
                         struct field_error *error)
{
    static const struct field table[] = {
        {"kind", FIELD_STRING, AT(report_error, kind), true, 1, WIRE_WORD_MAX_BYTES},
        {"code", FIELD_STRING, AT(report_error, code), false, 1, WIRE_WORD_MAX_BYTES},
        {"text", FIELD_STRING, AT(report_error, text), false, 0, WIRE_ERROR_TEXT_MAX_BYTES},
    };
    struct report_error members = {0};
    char path[PREFIX_SIZE + sizeof ".error.kind"];
    snprintf(path, sizeof path, "%s.error", prefix);
    if (!fields_decode_known(&members, json, table, WIRE_COUNT(table), path, error))
        return false;
    if (!error_kind_parse(&report->error_kind, members.kind)) {
        snprintf(path, sizeof path, "%s.error.kind", prefix);
        return field_fail(error, path, "must be temporary, permanent or limit");
    }
    report->error_code = members.code;
    report->error_text = members.text;
    return true;
}

// Reads the word for a state that a device may report, or "none".
static bool decode_state(struct wire_report *report, const char *word, const char *prefix,
                         struct field_error *error)
{
    report->none = strcmp(word, "none") == 0;
    if (report->none)
        return true;
    if (state_parse(&report->state, word, strlen(word)) && report->state >= STATE_ACCEPTED &&
        report->state <= STATE_UNKNOWN)
        return true;
    char path[PREFIX_SIZE + sizeof ".state"];
    snprintf(path, sizeof path, "%s.state", prefix);
    return field_fail(error, path, "must be none or a state from accepted to unknown");
}

static bool check_part(const struct wire_report *report, const char *prefix, struct field_error *error)
{
    if (report->part <= report->parts)
        return true;
    char path[PREFIX_SIZE + sizeof ".part"];
    snprintf(path, sizeof path, "%s.part", prefix);
    return field_fail(error, path, "must not be greater than parts");
}

struct report_members {
    struct wire_report report;
    const char *state;
    json_t *error;
};

static bool decode_report(void *item, const json_t *value, const char *prefix, struct field_error *error)
{
    static const struct field table[] = {
        {"seq", FIELD_INT, AT(report_members, report.seq), true, 0, WIRE_INT_MAX},
        {"id", FIELD_STRING, AT(report_members, report.id), true, ID_LENGTH, ID_LENGTH},
        {"lease", FIELD_INT, AT(report_members, report.lease), true, 0, WIRE_INT_MAX},
        {"state", FIELD_STRING, AT(report_members, state), true, 1, WIRE_WORD_MAX_BYTES},
        {"part", FIELD_INT, AT(report_members, report.part), false, 0, WIRE_PARTS_MAX},
        {"parts", FIELD_INT, AT(report_members, report.parts), false, 1, WIRE_PARTS_MAX},
        {"at", FIELD_INT, AT(report_members, report.at), true, 0, WIRE_INT_MAX},
        {"error", FIELD_OBJECT, AT(report_members, error), false, 0, INT64_MAX},
    };
    struct report_members members = {.report.parts = 1};
    struct wire_report *report = &members.report;
    if (!fields_decode_known(&members, value, table, WIRE_COUNT(table), prefix, error) ||
        !wire_check_id(report->id, prefix, "id", error) ||
        !decode_state(report, members.state, prefix, error) || !check_part(report, prefix, error))
        return false;
    if (members.error != NULL && !decode_error(report, members.error, prefix, error))
        return false;
    *(struct wire_report *)item = *report;
    return true;
}

// What both lists have at their top.
struct list {
    const char *journal;
    json_t *items;
};

bool wire_reports_decode(struct wire_reports *reports, const char *payload, size_t length,
                         struct field_error *error)
{
    static const struct field table[] = {
        {"journal", FIELD_STRING, AT(list, journal), true, 1, WIRE_WORD_MAX_BYTES},
        {"reports", FIELD_ARRAY, AT(list, items), true, 1, WIRE_REPORTS_MAX},
    };
    struct list list = {0};
    reports->json = NULL;
    json_t *json = wire_open(&list, table, WIRE_COUNT(table), payload, length, error);
    if (json == NULL)
        return false;
    if (!decode_items(reports->items, sizeof reports->items[0], list.items, "reports", decode_report,
                      error)) {
        json_decref(json);
        return false;
    }
    reports->journal = list.journal;
    reports->count = json_array_size(list.items);
    reports->json = json;
    return true;
}

void wire_reports_clear(struct wire_reports *reports)
{
    json_decref(reports->json);
    reports->json = NULL;
    reports->count = 0;
}

static void encode_inbound(struct json_out *out, const void *item)
{
    const struct wire_inbound *inbound = item;
    json_out_integer(out, "seq", inbound->seq);
    json_out_string(out, "uid", inbound->uid);
    json_out_string(out, "from", inbound->from);
    json_out_integer(out, "sim", inbound->sim);
    json_out_string(out, "text", inbound->text);
    json_out_integer(out, "received_at", inbound->received_at);
}

char *wire_inbounds_encode(const struct wire_inbounds *inbounds)
{
    return encode_list(inbounds->journal, "texts", inbounds->items, sizeof inbounds->items[0],
                       inbounds->count, encode_inbound);
}

static bool decode_inbound(void *item, const json_t *value, const char *prefix, struct field_error *error)
{
    static const struct field table[] = {
        {"seq", FIELD_INT, AT(wire_inbound, seq), true, 1, WIRE_INT_MAX},
        {"uid", FIELD_STRING, AT(wire_inbound, uid), true, 1, WIRE_UID_MAX_BYTES},
        {"from", FIELD_STRING, AT(wire_inbound, from), true, 0, WIRE_WORD_MAX_BYTES},
        {"sim", FIELD_INT, AT(wire_inbound, sim), false, 0, WIRE_SIMS_MAX},
        {"text", FIELD_STRING, AT(wire_inbound, text), true, 0, WIRE_TEXT_MAX_BYTES},
        {"received_at", FIELD_INT, AT(wire_inbound, received_at), true, 0, WIRE_INT_MAX},
    };
    *(struct wire_inbound *)item = (struct wire_inbound){0};
    return fields_decode_known(item, value, table, WIRE_COUNT(table), prefix, error);
}

bool wire_inbounds_decode(struct wire_inbounds *inbounds, const char *payload, size_t length,
                          struct field_error *error)
{
    static const struct field table[] = {
        {"journal", FIELD_STRING, AT(list, journal), true, 1, WIRE_WORD_MAX_BYTES},
        {"texts", FIELD_ARRAY, AT(list, items), true, 1, WIRE_INBOUND_MAX},
    };
    struct list list = {0};
    inbounds->json = NULL;
    json_t *json = wire_open(&list, table, WIRE_COUNT(table), payload, length, error);
    if (json == NULL)
        return false;
    if (!decode_items(inbounds->items, sizeof inbounds->items[0], list.items, "texts", decode_inbound,
                      error)) {
        json_decref(json);
        return false;
    }
    inbounds->journal = list.journal;
    inbounds->count = json_array_size(list.items);
    inbounds->json = json;
    return true;
}

void wire_inbounds_clear(struct wire_inbounds *inbounds)
{
    json_decref(inbounds->json);
    inbounds->json = NULL;
    inbounds->count = 0;
}
