// What is said about a device: its own status, and the plugin's word on its presence.
#include "common/json_memory.h"
#include "common/wire_internal.h"

#include "common/topic.h"

#include <stdio.h>
#include <string.h>

enum { PERCENT_UNKNOWN = -1, PREFIX_SIZE = 32 };

#define AT(type, member) offsetof(struct type, member)

// A percentage, or null for an unknown one.
static json_t *encode_percent(int64_t percent)
{
    return percent == PERCENT_UNKNOWN ? json_null() : json_integer(percent);
}

static json_t *encode_sim(const struct wire_sim *sim)
{
    return json_pack("{s:I, s:s?, s:s?, s:o}", "slot", (json_int_t)sim->slot, "number", sim->number,
                     "carrier", sim->carrier, "signal", encode_percent(sim->signal));
}

static json_t *encode_sims(const struct wire_status *status)
{
    json_t *sims = json_array();
    for (size_t i = 0; i < status->sim_count; i++) {
        if (json_array_append_new(sims, encode_sim(&status->sims[i])) != 0) {
            json_decref(sims);
            return NULL;
        }
    }
    return sims;
}

char *wire_status_encode(const struct wire_status *status)
{
    json_t *inbox = status->inbox != 0 ? json_integer(status->inbox) : NULL;
    return json_text_take(json_pack(
        "{s:b, s:s, s:I, s:I, s:s, s:s, s:o, s:b, s:b, s:b, s:I, s:o*, s:I, s:o}", "hello",
        (int)status->hello, "journal", status->journal, "oldest", (json_int_t)status->oldest, "next",
        (json_int_t)status->next, "software", status->software, "radio", status->radio, "battery",
        encode_percent(status->battery), "charging", (int)status->charging, "power_saver",
        (int)status->power_saver, "airplane", (int)status->airplane, "queue", (json_int_t)status->queue,
        "inbox", inbox, "at", (json_int_t)status->at, "sims", encode_sims(status)));
}

static bool decode_sim(struct wire_sim *sim, const json_t *value, const char *prefix,
                       struct field_error *error)
{
    static const struct field table[] = {
        {"slot", FIELD_INT, AT(wire_sim, slot), true, 1, WIRE_SIMS_MAX},
        {"number", FIELD_STRING, AT(wire_sim, number), false, 1, NUMBER_SIZE - 1},
        {"carrier", FIELD_STRING, AT(wire_sim, carrier), false, 0, WIRE_WORD_MAX_BYTES},
        {"signal", FIELD_INT, AT(wire_sim, signal), false, 0, 100},
    };
    *sim = (struct wire_sim){.signal = PERCENT_UNKNOWN};
    return fields_decode_known(sim, value, table, WIRE_COUNT(table), prefix, error) &&
           (sim->number == NULL || wire_check_number(sim->number, prefix, "number", error));
}

static bool decode_sims(struct wire_status *status, const json_t *array, struct field_error *error)
{
    size_t i;
    json_t *value;
    json_array_foreach(array, i, value)
    {
        char prefix[PREFIX_SIZE];
        snprintf(prefix, sizeof prefix, "sims[%zu]", i);
        if (!decode_sim(&status->sims[i], value, prefix, error))
            return false;
        for (size_t before = 0; before < i; before++) {
            if (status->sims[before].slot == status->sims[i].slot)
                return field_fail(error, prefix, "has the slot of another SIM");
        }
    }
    status->sim_count = json_array_size(array);
    return true;
}

struct status_members {
    struct wire_status status;
    json_t *sims;
};

bool wire_status_decode(struct wire_status *status, const char *payload, size_t length,
                        struct field_error *error)
{
    static const struct field table[] = {
        {"hello", FIELD_BOOL, AT(status_members, status.hello), true, 0, 0},
        {"journal", FIELD_STRING, AT(status_members, status.journal), true, 1, WIRE_WORD_MAX_BYTES},
        {"oldest", FIELD_INT, AT(status_members, status.oldest), true, 1, WIRE_INT_MAX},
        {"next", FIELD_INT, AT(status_members, status.next), true, 1, WIRE_INT_MAX},
        {"software", FIELD_STRING, AT(status_members, status.software), true, 1, WIRE_WORD_MAX_BYTES},
        {"radio", FIELD_STRING, AT(status_members, status.radio), true, 1, WIRE_WORD_MAX_BYTES},
        {"battery", FIELD_INT, AT(status_members, status.battery), false, 0, 100},
        {"charging", FIELD_BOOL, AT(status_members, status.charging), false, 0, 0},
        {"power_saver", FIELD_BOOL, AT(status_members, status.power_saver), false, 0, 0},
        {"airplane", FIELD_BOOL, AT(status_members, status.airplane), false, 0, 0},
        {"queue", FIELD_INT, AT(status_members, status.queue), true, 0, WIRE_INT_MAX},
        {"inbox", FIELD_INT, AT(status_members, status.inbox), false, 0, WIRE_INT_MAX},
        {"at", FIELD_INT, AT(status_members, status.at), true, 0, WIRE_INT_MAX},
        {"sims", FIELD_ARRAY, AT(status_members, sims), true, 0, WIRE_SIMS_MAX},
    };
    struct status_members members = {.status.battery = PERCENT_UNKNOWN};
    status->json = NULL;
    json_t *json = wire_open(&members, table, WIRE_COUNT(table), payload, length, error);
    if (json == NULL)
        return false;
    bool good = decode_sims(&members.status, members.sims, error);
    if (good && members.status.oldest > members.status.next)
        good = field_fail(error, "oldest", "must not be greater than next");
    if (!good) {
        json_decref(json);
        return false;
    }
    *status = members.status;
    status->json = json;
    return true;
}

void wire_status_clear(struct wire_status *status)
{
    json_decref(status->json);
    status->json = NULL;
    status->sim_count = 0;
}

struct presence_members {
    struct wire_presence presence;
    const char *state;
};

static bool check_presence(struct presence_members *members, struct field_error *error)
{
    struct wire_presence *presence = &members->presence;
    if (!device_id_valid(presence->device, strlen(presence->device)))
        return field_fail(error, "device", "must be a device id");
    presence->online = strcmp(members->state, "online") == 0;
    if (!presence->online && strcmp(members->state, "offline") != 0)
        return field_fail(error, "state", "must be online or offline");
    return true;
}

bool wire_presence_decode(struct wire_presence *presence, const char *payload, size_t length,
                          struct field_error *error)
{
    static const struct field table[] = {
        {"device", FIELD_STRING, AT(presence_members, presence.device), true, 1, DEVICE_ID_MAX},
        {"state", FIELD_STRING, AT(presence_members, state), true, 1, WIRE_WORD_MAX_BYTES},
        {"at", FIELD_INT, AT(presence_members, presence.at), true, 0, WIRE_INT_MAX},
        {"boot", FIELD_STRING, AT(presence_members, presence.boot), true, 1, WIRE_WORD_MAX_BYTES},
    };
    struct presence_members members = {0};
    presence->json = NULL;
    json_t *json = wire_open(&members, table, WIRE_COUNT(table), payload, length, error);
    if (json == NULL)
        return false;
    if (!check_presence(&members, error)) {
        json_decref(json);
        return false;
    }
    *presence = members.presence;
    presence->json = json;
    return true;
}

void wire_presence_clear(struct wire_presence *presence)
{
    json_decref(presence->json);
    *presence = (struct wire_presence){0};
}
