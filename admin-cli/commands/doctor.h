// The checks of doctor: each looks at one thing and says what to do when it is wrong.
#ifndef SMSQUITTO_ADMIN_CLI_COMMANDS_DOCTOR_H
#define SMSQUITTO_ADMIN_CLI_COMMANDS_DOCTOR_H

#include "admin-cli/cli.h"

enum finding_level { FINDING_OK, FINDING_WARN, FINDING_FAIL, FINDING_SKIPPED };

enum { FINDING_TEXT_SIZE = 320 };

struct finding {
    enum finding_level level;
    char text[FINDING_TEXT_SIZE]; // what is so
    char hint[FINDING_TEXT_SIZE]; // what to do, "" = nothing
};

struct doctor {
    struct cli *cli;
    const struct config *config; // NULL when the bridge is elsewhere or its configuration cannot be read
    json_t *status;              // of GET /v1/status; NULL when it was not answered
    json_t *devices;             // {"devices": [...]}, or NULL
    int64_t date_ms, asked_ms;   // the bridge's clock and ours at the same time; 0 = not known
};

// Fills in a finding, so that a check can return right after.
void finding_set(struct finding *finding, enum finding_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void finding_hint(struct finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));

// doctor_bridge.c: what the bridge tells. The first one also asks it, for the others.
void doctor_check_reachable(struct doctor *doctor, struct finding *finding);
void doctor_check_version(struct doctor *doctor, struct finding *finding);
void doctor_check_store(struct doctor *doctor, struct finding *finding);
void doctor_check_broker(struct doctor *doctor, struct finding *finding);
void doctor_check_plugin(struct doctor *doctor, struct finding *finding);
void doctor_check_clock(struct doctor *doctor, struct finding *finding);
void doctor_check_devices(struct doctor *doctor, struct finding *finding);

// doctor_files.c: what the files of a bridge on this machine tell.
void doctor_check_config(struct doctor *doctor, struct finding *finding);
void doctor_check_secrets(struct doctor *doctor, struct finding *finding);
void doctor_check_roster(struct doctor *doctor, struct finding *finding);
void doctor_check_disk(struct doctor *doctor, struct finding *finding);

#endif
