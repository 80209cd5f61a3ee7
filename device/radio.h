// The radio as a child process: started, fed with lines, read, killed, started again with back-off.
//
// One thread owns it. now_ms is clock_mono_ms. No argument may be NULL unless said.
#ifndef SMSQUITTO_DEVICE_RADIO_H
#define SMSQUITTO_DEVICE_RADIO_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RADIO_POLL_COUNT = 3 };

struct radio;

// What the radio does; called from radio_step, on its thread.
struct radio_handler {
    void (*line)(void *context, const char *line, size_t length); // borrowed for the call
    void (*died)(void *context);                                  // everything in it is in doubt
};

// command is a program and its arguments, separated by spaces (no quotes); copied. Nothing is started yet.
// Returns NULL when memory runs out.
struct radio *radio_new(const char *command, const struct radio_handler *handler, void *context);

// Kills and reaps the child, and frees.
void radio_free(struct radio *radio);

// Queues one line (taken, with its newline; NULL is ignored). Lines for a radio that is not running are
// dropped.
void radio_write_take(struct radio *radio, char *line);

// Fills polls[RADIO_POLL_COUNT]; unused ones have fd -1.
void radio_polls(const struct radio *radio, struct pollfd polls[RADIO_POLL_COUNT]);

// When radio_step has something to do without input; INT64_MAX when never.
int64_t radio_deadline(const struct radio *radio);

// Starts the child when its time has come, moves what can be moved, and calls the handler.
void radio_step(struct radio *radio, int64_t now_ms);

// Kills the child: its silence has lasted too long, or it talks nonsense. died is called from the next step.
void radio_kill(struct radio *radio);

// The radio has proved useful: the next restart is quick again.
void radio_settled(struct radio *radio);

#endif
