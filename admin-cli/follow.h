// Following the bridge's live events: reconnects where it left off, as long as it takes.
#ifndef SMSQUITTO_ADMIN_CLI_FOLLOW_H
#define SMSQUITTO_ADMIN_CLI_FOLLOW_H

#include "admin-cli/cli.h"

struct follow_event {
    const char *id, *type; // "1234", "message.sent"
    const json_t *data;    // an object
};

// Strings are borrowed while follow_run runs. Handlers return false to stop.
struct follow {
    const char *path;
    const char *after;             // the event after which to begin; NULL or "" = from now on
    int64_t deadline_ms;           // of clock_mono_ms, 0 = none
    bool (*opened)(void *context); // the stream runs; called again after each reconnect
    bool (*event)(void *context, const struct follow_event *event);
    void *context;
};

enum follow_end {
    FOLLOW_STOPPED,  // a handler said stop
    FOLLOW_DEADLINE, // the deadline passed
    FOLLOW_FAILED,   // printed; *code is the exit code
};

// Reads events until a handler stops it. The first connection must succeed; one that is lost later is made
// again, which is said on stderr.
enum follow_end follow_run(struct cli *cli, const struct follow *follow, int *code);

#endif
