// One command of the phone at a time, as a child process that cannot hold the radio up: it has a deadline,
// its output has a limit, and nothing here waits.
//
// One thread. No argument may be NULL unless said. now_ms is clock_mono_ms.
#ifndef SMSQUITTO_DEVICE_RADIOS_CHILD_H
#define SMSQUITTO_DEVICE_RADIOS_CHILD_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHILD_POLL_COUNT = 3 };
enum { CHILD_OUTPUT_MAX_BYTES = 8 * 1024 * 1024 }; // more is thrown away, and the command has failed

struct child;

enum child_end {
    CHILD_MISSING,  // the program could not be started
    CHILD_DONE,     // it ended by itself; code is its exit code, -1 after a signal
    CHILD_TIMEOUT,  // its deadline passed: it was killed with all that it had started
    CHILD_TOO_MUCH, // its output was too long: killed as well
};

// What became of a command. output[length] is borrowed until the next child_start and has a final NUL.
struct child_result {
    enum child_end end;
    int code;
    const char *output;
    size_t length;
};

// Blocks SIGCHLD, which wakes child_polls. Returns NULL when memory or descriptors run out.
struct child *child_new(void);

// Kills what runs, and frees. NULL is ignored.
void child_free(struct child *child);

bool child_busy(const struct child *child);

// Starts argv[0], found by PATH, with input (copied; NULL = none) on its standard input and its standard
// error thrown away. Only when not busy. child_step tells how it ended, even that it could not be started.
void child_start(struct child *child, const char *const argv[], const char *input, int64_t now_ms,
                 int64_t timeout_ms);

// Fills polls[CHILD_POLL_COUNT]; unused ones have fd -1.
void child_polls(const struct child *child, struct pollfd polls[CHILD_POLL_COUNT]);

// When child_step has something to do without input; INT64_MAX when never.
int64_t child_deadline(const struct child *child);

// Moves what can be moved. Returns true, once a command, with *result when it has ended.
bool child_step(struct child *child, struct child_result *result, int64_t now_ms);

#endif
