// The lines between the device and its radio.
#include "device/radio_line.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])
#define AT(member) offsetof(struct line, member)

enum { INT_MAX_JSON_BITS = 53 };
#define TIME_MAX ((int64_t)1 << INT_MAX_JSON_BITS)

// Every member that any line of a radio may have.
struct line {
    struct radio_event event;
    const char *kind_word;
    json_t *sims;
};

static char *line_close_take(json_t *json)
{
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (text == NULL)
        return NULL;
    size_t length = strlen(text);
    char *line = realloc(text, length + 2);
    if (line == NULL) {
        free(text);
        return NULL;
    }
    memcpy(line + length, "\n", 2);
    return line;
}

char *radio_send_encode(const struct radio_send *send)
{
    return line_close_take(json_pack("{s:s, s:s, s:s, s:s, s:I, s:b}", "op", "send", "ref", send->ref, "to",
                                     send->to, "text", send->text, "sim", (json_int_t)send->sim, "report",
                                     (int)send->report));
}

char *radio_info_encode(void)
{
    return line_close_take(json_pack("{s:s}", "op", "info"));
}

char *radio_inbox_encode(int64_t since_ms)
{
    return line_close_take(json_pack("{s:s, s:I}", "op", "inbox", "since", (json_int_t)since_ms));
}

char *radio_stored_encode(const char *uid)
{
    return line_close_take(json_pack("{s:s, s:s}", "op", "stored", "uid", uid));
}

bool radio_error_kind_parse(enum wire_error_kind *kind, const char *word)
{
    static const struct {
        const char *word;
        enum wire_error_kind kind;
    } words[] = {
        {"temporary", WIRE_ERROR_TEMPORARY},
        {"permanent", WIRE_ERROR_PERMANENT},
        {"limit", WIRE_ERROR_LIMIT},
    };
    for (size_t i = 0; i < COUNT(words); i++) {
        if (strcmp(words[i].word, word) == 0) {
            *kind = words[i].kind;
            return true;
        }
    }
    return false;
}

const struct field RADIO_SIM_FIELDS[RADIO_SIM_FIELD_COUNT] = {
    {"slot", FIELD_INT, offsetof(struct wire_sim, slot), true, 1, WIRE_SIMS_MAX},
    {"number", FIELD_STRING, offsetof(struct wire_sim, number), false, 2, NUMBER_SIZE - 1},
    {"carrier", FIELD_STRING, offsetof(struct wire_sim, carrier), false, 0, WIRE_WORD_MAX_BYTES},
    {"signal", FIELD_INT, offsetof(struct wire_sim, signal), false, -1, 100},
};

static bool decode_sims(struct radio_event *event, const json_t *sims, struct field_error *error)
{
    size_t i;
    json_t *value;
    json_array_foreach(sims, i, value)
    {
        event->sims[i] = (struct wire_sim){.signal = -1};
        if (!fields_decode_known(&event->sims[i], value, RADIO_SIM_FIELDS, RADIO_SIM_FIELD_COUNT, "sims",
                                 error))
            return false;
    }
    event->sim_count = json_array_size(sims);
    event->has_sims = true;
    return true;
}

#define REF                                                                                                  \
    {                                                                                                        \
        "ref", FIELD_STRING, AT(event.ref), true, 1, WIRE_WORD_MAX_BYTES                                     \
    }
#define PARTS                                                                                                \
    {"part", FIELD_INT, AT(event.part), false, 0, WIRE_PARTS_MAX},                                           \
    {                                                                                                        \
        "parts", FIELD_INT, AT(event.parts), false, 0, WIRE_PARTS_MAX                                        \
    }
#define STATE                                                                                                \
    {"sims", FIELD_ARRAY, AT(sims), false, 0, WIRE_SIMS_MAX},                                                \
        {"battery", FIELD_INT, AT(event.battery), false, -1, 100},                                           \
        {"charging", FIELD_BOOL, AT(event.charging), false, 0, 0},                                           \
        {"power_saver", FIELD_BOOL, AT(event.power_saver), false, 0, 0},                                     \
    {                                                                                                        \
        "airplane", FIELD_BOOL, AT(event.airplane), false, 0, 0                                              \
    }

static const struct field ready_fields[] = {
    {"radio", FIELD_STRING, AT(event.name), true, 1, RADIO_NAME_MAX_BYTES},
    {"window", FIELD_INT, AT(event.window), false, 1, RADIO_WINDOW_MAX},
    STATE,
};
static const struct field taken_fields[] = {REF};
static const struct field part_fields[] = {REF, PARTS};
static const struct field failed_fields[] = {
    REF,
    {"kind", FIELD_STRING, AT(kind_word), true, 1, WIRE_WORD_MAX_BYTES},
    {"code", FIELD_STRING, AT(event.code), false, 1, WIRE_WORD_MAX_BYTES},
    {"text", FIELD_STRING, AT(event.text), false, 0, WIRE_ERROR_TEXT_MAX_BYTES},
};
static const struct field unknown_fields[] = {
    REF,
    {"code", FIELD_STRING, AT(event.code), false, 1, WIRE_WORD_MAX_BYTES},
    {"text", FIELD_STRING, AT(event.text), false, 0, WIRE_ERROR_TEXT_MAX_BYTES},
};
static const struct field inbound_fields[] = {
    {"uid", FIELD_STRING, AT(event.inbound.uid), true, 1, WIRE_UID_MAX_BYTES},
    {"from", FIELD_STRING, AT(event.inbound.from), true, 0, WIRE_WORD_MAX_BYTES},
    {"text", FIELD_STRING, AT(event.inbound.text), true, 0, WIRE_TEXT_MAX_BYTES},
    {"sim", FIELD_INT, AT(event.inbound.sim), false, 0, WIRE_SIMS_MAX},
    {"received_at", FIELD_INT, AT(event.inbound.received_at), true, 0, TIME_MAX},
};
static const struct field info_fields[] = {STATE};

static const struct {
    const char *word;
    enum radio_event_kind kind;
    const struct field *fields;
    size_t count;
} events[] = {
    {"ready", RADIO_READY, ready_fields, COUNT(ready_fields)},
    {"taken", RADIO_TAKEN, taken_fields, COUNT(taken_fields)},
    {"sent", RADIO_SENT, part_fields, COUNT(part_fields)},
    {"failed", RADIO_FAILED, failed_fields, COUNT(failed_fields)},
    {"unknown", RADIO_UNKNOWN, unknown_fields, COUNT(unknown_fields)},
    {"delivered", RADIO_DELIVERED, part_fields, COUNT(part_fields)},
    {"undelivered", RADIO_UNDELIVERED, part_fields, COUNT(part_fields)},
    {"inbound", RADIO_INBOUND, inbound_fields, COUNT(inbound_fields)},
    {"info", RADIO_INFO, info_fields, COUNT(info_fields)},
};

static bool decode_line(struct line *line, const json_t *json, struct field_error *error)
{
    const char *word = json_string_value(json_object_get(json, "event"));
    for (size_t i = 0; word != NULL && i < COUNT(events); i++) {
        if (strcmp(events[i].word, word) != 0)
            continue;
        line->event.kind = events[i].kind;
        if (!fields_decode_known(line, json, events[i].fields, events[i].count, "", error))
            return false;
        if (line->sims != NULL && !decode_sims(&line->event, line->sims, error))
            return false;
        if (line->kind_word != NULL && !radio_error_kind_parse(&line->event.error_kind, line->kind_word))
            return field_fail(error, "kind", "must be temporary, permanent or limit");
        return true;
    }
    return field_fail(error, "event", "must name an event of the radio protocol");
}

bool radio_event_decode(struct radio_event *event, const char *line, size_t length, struct field_error *error)
{
    json_t *json = fields_parse(line, length, error);
    if (json == NULL)
        return false;
    struct line decoded = {.event = {.window = 1, .battery = -1, .json = json}};
    if (!decode_line(&decoded, json, error)) {
        json_decref(json);
        return false;
    }
    *event = decoded.event;
    return true;
}

void radio_event_clear(struct radio_event *event)
{
    json_decref(event->json);
    *event = (struct radio_event){.json = NULL};
}
