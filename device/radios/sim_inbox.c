// The simulated phone's inbox: texts planted by tests, in memory and, if asked for, in a file of JSON lines.
#include "device/radios/sim.h"

#include "common/clock.h"
#include "common/id.h"

#include <stdlib.h>
#include <string.h>

struct sim_text {
    struct sim_text *next;
    int64_t received_at;
    json_t *event; // owned
};

static bool inbox_keep(struct sim *sim, json_t *event)
{
    struct sim_text *text = calloc(1, sizeof *text);
    if (text == NULL)
        return false;
    text->event = json_incref(event);
    text->received_at = json_integer_value(json_object_get(event, "received_at"));
    *sim->last_text = text;
    sim->last_text = &text->next;
    sim->texts++;
    return true;
}

bool sim_inbox_open(struct sim *sim)
{
    sim->last_text = &sim->first_text;
    FILE *file = sim->inbox != NULL ? fopen(sim->inbox, "ae+") : NULL;
    if (file == NULL)
        return sim->inbox == NULL;
    rewind(file);
    char *line = NULL;
    size_t room = 0;
    for (ssize_t length; (length = getline(&line, &room, file)) > 0;) {
        json_t *event = json_loadb(line, (size_t)length, 0, NULL);
        if (event != NULL) // a torn last line is a text that never arrived
            inbox_keep(sim, event);
        json_decref(event);
    }
    free(line);
    fclose(file);
    return true;
}

static bool inbox_store(const struct sim *sim, const json_t *event)
{
    if (sim->inbox == NULL)
        return true;
    FILE *file = fopen(sim->inbox, "ae");
    if (file == NULL)
        return false;
    bool written = json_dumpf(event, file, JSON_COMPACT) == 0 && fputc('\n', file) != EOF;
    return fclose(file) == 0 && written;
}

bool sim_inbox_add(struct sim *sim, const json_t *text, struct field_error *error)
{
    static const struct field table[] = {
        {"from", FIELD_STRING, offsetof(struct wire_inbound, from), true, 0, WIRE_WORD_MAX_BYTES},
        {"text", FIELD_STRING, offsetof(struct wire_inbound, text), true, 0, WIRE_TEXT_MAX_BYTES},
        {"uid", FIELD_STRING, offsetof(struct wire_inbound, uid), false, 1, WIRE_UID_MAX_BYTES},
        {"sim", FIELD_INT, offsetof(struct wire_inbound, sim), false, 0, WIRE_SIMS_MAX},
        {"received_at", FIELD_INT, offsetof(struct wire_inbound, received_at), false, 0, INT64_MAX},
    };
    char uid[ID_SIZE];
    id_new(uid, "IN", clock_wall_ms());
    struct wire_inbound inbound = {.uid = uid, .sim = 1, .received_at = clock_wall_ms()};
    if (!fields_decode(&inbound, text, table, sizeof table / sizeof table[0], "inbound", error))
        return false;
    json_t *event = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "event", "inbound", "uid", inbound.uid,
                              "from", inbound.from, "text", inbound.text, "sim", (json_int_t)inbound.sim,
                              "received_at", (json_int_t)inbound.received_at);
    if (event == NULL || !inbox_store(sim, event) || !inbox_keep(sim, event)) {
        json_decref(event);
        return field_fail(error, "inbound", "could not be stored");
    }
    sim_say_take(event);
    return true;
}

void sim_inbox_tell(const struct sim *sim, int64_t since_ms)
{
    for (const struct sim_text *text = sim->first_text; text != NULL; text = text->next) {
        if (text->received_at >= since_ms)
            sim_say_take(json_incref(text->event));
    }
}

void sim_inbox_clear(struct sim *sim)
{
    for (struct sim_text *text = sim->first_text, *next; text != NULL; text = next) {
        next = text->next;
        json_decref(text->event);
        free(text);
    }
}
