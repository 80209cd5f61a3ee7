// The state of the phone as Termux's commands print it: SIMs, signal, battery.
//
// Pure logic. One thread. No argument may be NULL. Readers take the JSON of one command and leave what it
// does not say unknown.
#ifndef SMSQUITTO_DEVICE_RADIOS_TERMUX_STATE_H
#define SMSQUITTO_DEVICE_RADIOS_TERMUX_STATE_H

#include "common/wire.h"

struct termux_state {
    int64_t signal, battery; // percent, -1 unknown
    bool charging;
    char carrier[WIRE_WORD_MAX_BYTES + 1]; // of the default SIM; "" = unknown
};

// termux-telephony-deviceinfo: the carrier.
void termux_read_device(struct termux_state *state, const json_t *json);

// termux-telephony-cellinfo: the best signal among the cells that the phone is registered with. Without the
// permission for locations Android gives no cells, and the signal is unknown.
void termux_read_cells(struct termux_state *state, const json_t *json);

// termux-battery-status.
void termux_read_battery(struct termux_state *state, const json_t *json);

// The event ("ready", "info") with that state, of a phone with that many SIMs. Owned by the caller. With
// several SIMs nobody can tell whose the carrier and the signal are, so they are left out.
json_t *termux_state_event(const struct termux_state *state, const char *event, int64_t sims, int window);

#endif
