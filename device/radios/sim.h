// The simulated radio: what its sources share. One thread, one program.
#ifndef SMSQUITTO_DEVICE_SIM_H
#define SMSQUITTO_DEVICE_SIM_H

#include "device/radios/sim_rules.h"

#include <stdio.h>

enum { SIM_LINE_SIZE = 65536 };

struct sim_job;
struct sim_text;

struct sim {
    struct sim_rules rules;
    uint64_t seed; // of the next random number
    int air;       // file of what went on the air, -1 = none
    int control;   // listening socket, -1 = none
    int client;    // its one client, -1 = none
    char line[SIM_LINE_SIZE];
    size_t line_length; // of the client's line
    const char *inbox;  // file of inbound texts, NULL = memory only
    struct sim_text *first_text, **last_text;
    int64_t texts;
    struct sim_job **jobs; // heap, the earliest first
    size_t job_count, job_room;
    int64_t sent, failed; // counters
};

// sim.c: a random number in [0, 1); a line to the device (taken, NULL is ignored); the state of the radio.
double sim_random(void *sim);
void sim_say_take(json_t *event);
json_t *sim_state_new(const struct sim *sim, const char *event);

// sim_air.c: messages on their way. now_ms is clock_mono_ms.
void sim_air_send(struct sim *sim, const json_t *command, int64_t now_ms);
void sim_air_step(struct sim *sim, int64_t now_ms);
int64_t sim_air_deadline(const struct sim *sim); // INT64_MAX = none
void sim_air_clear(struct sim *sim);

// sim_inbox.c: inbound texts.
bool sim_inbox_open(struct sim *sim);
bool sim_inbox_add(struct sim *sim, const json_t *text, struct field_error *error); // stores and says it
void sim_inbox_tell(const struct sim *sim, int64_t since_ms);
void sim_inbox_clear(struct sim *sim);

// sim_control.c: the socket of tests.
bool sim_control_open(struct sim *sim, const char *path);
void sim_control_accept(struct sim *sim);
void sim_control_read(struct sim *sim);
void sim_control_close(struct sim *sim, const char *path);

#endif
