// The device's loop: takes what MQTT and the radio have said, applies it in one journal transaction, commits,
// and only then lets the effects out.
//
// One thread. No argument may be NULL.
#ifndef SMSQUITTO_DEVICE_AGENT_H
#define SMSQUITTO_DEVICE_AGENT_H

#include "device/config.h"
#include "device/journal.h"

struct agent;

// The configuration and the journal are borrowed until agent_free. Returns NULL when memory runs out.
struct agent *agent_new(const struct config *config, struct journal *journal, const char *key);

// Runs until SIGTERM or SIGINT arrives on signal_fd (a signalfd).
void agent_run(struct agent *agent, int signal_fd);

void agent_free(struct agent *agent);

#endif
