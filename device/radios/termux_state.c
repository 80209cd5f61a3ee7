// The state of the phone as Termux's commands print it.
#include "device/radios/termux_state.h"

#include <string.h>

enum { LEVELS = 4 }; // Android's bars: 0-4

static const char *string_of(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value != NULL ? value : "";
}

void termux_read_device(struct termux_state *state, const json_t *json)
{
    const char *name = string_of(json, "sim_operator_name");
    if (name[0] == '\0')
        name = string_of(json, "network_operator_name");
    state->carrier[0] = '\0';
    if (strlen(name) < sizeof state->carrier)
        memcpy(state->carrier, name, strlen(name) + 1);
}

void termux_read_cells(struct termux_state *state, const json_t *json)
{
    size_t i;
    json_t *cell;
    state->signal = -1;
    json_array_foreach(json, i, cell)
    {
        const json_t *level = json_object_get(cell, "level");
        json_int_t bars = json_integer_value(level);
        if (!json_is_true(json_object_get(cell, "registered")) || !json_is_integer(level) || bars < 0 ||
            bars > LEVELS)
            continue;
        if (bars * 100 / LEVELS > state->signal)
            state->signal = bars * 100 / LEVELS;
    }
}

void termux_read_battery(struct termux_state *state, const json_t *json)
{
    const json_t *percent = json_object_get(json, "percentage");
    const char *status = string_of(json, "status");
    json_int_t value = json_integer_value(percent);
    state->battery = json_is_integer(percent) && value >= 0 && value <= 100 ? value : -1;
    state->charging = strcmp(status, "CHARGING") == 0 || strcmp(status, "FULL") == 0;
}

json_t *termux_state_event(const struct termux_state *state, const char *event, int64_t sims, int window)
{
    json_t *list = json_array();
    bool known = sims == 1;
    for (int64_t slot = 1; slot <= sims; slot++)
        json_array_append_new(list, json_pack("{s:I, s:s*, s:I}", "slot", (json_int_t)slot, "carrier",
                                              known && state->carrier[0] != '\0' ? state->carrier : NULL,
                                              "signal", known ? (json_int_t)state->signal : (json_int_t)-1));
    return json_pack("{s:s, s:s, s:i, s:I, s:b, s:o}", "event", event, "radio", "termux", "window", window,
                     "battery", (json_int_t)state->battery, "charging", (int)state->charging, "sims", list);
}
