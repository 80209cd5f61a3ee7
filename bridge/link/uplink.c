// From the broker to the engine: payloads of devices and of the plugin as commands.
#include "bridge/link/link_internal.h"

#include "common/clock.h"
#include "common/crash.h"
#include "common/log.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

// Uplinks may be dropped when the engine is full: without a receipt the device sends them again.
static void submit_uplink(struct link *link, struct command *command)
{
    if (!engine_submit(link->engine, command))
        command_free(command);
}

void link_submit_state(struct link *link, struct command *command)
{
    if (engine_submit(link->engine, command))
        return;
    command_free(command);
    link->state_refused = true;
}

void link_tell(struct link *link, bool up)
{
    struct command *command = command_new(COMMAND_LINK, ORIGIN_NONE, 0);
    link->state_refused |= command == NULL;
    if (command == NULL)
        return;
    command->link.up = up;
    link_submit_state(link, command);
}

void link_refuse(struct link *link, const char *device, const char *what, const struct field_error *error)
{
    static _Thread_local int64_t next_log_ms;
    int64_t now = clock_mono_ms();
    engine_count_bad_report(link->engine);
    if (now < next_log_ms)
        return;
    next_log_ms = now + 1000;
    log_event(LOG_WARNING, "malformed payload dropped", "device", device, "topic", what, "field", error->path,
              "why", error->detail, NULL);
}

static void receive_reports(struct link *link, struct command *command, const char *payload, size_t length)
{
    struct field_error error;
    crash_point("report-read");
    if (wire_reports_decode(&command->reports.reports, payload, length, &error)) {
        submit_uplink(link, command);
        return;
    }
    link_refuse(link, command->reports.device, "report", &error);
    command_free(command);
}

static void receive_inbound(struct link *link, struct command *command, const char *payload, size_t length)
{
    struct field_error error;
    if (wire_inbounds_decode(&command->inbound.inbounds, payload, length, &error)) {
        submit_uplink(link, command);
        return;
    }
    link_refuse(link, command->inbound.device, "inbound", &error);
    command_free(command);
}

static void receive_status(struct link *link, struct command *command, const char *payload, size_t length)
{
    struct field_error error;
    if (wire_status_decode(&command->status_report.status, payload, length, &error)) {
        command->status_report.text = strndup(payload, length);
        link_hand_over_acknowledged(link); // those who were not there may be back: in that order
        submit_uplink(link, command);
        return;
    }
    link_refuse(link, command->status_report.device, "status", &error);
    command_free(command);
}

static void receive_presence(struct link *link, struct command *command, const char *payload, size_t length)
{
    struct wire_presence presence;
    struct field_error error;
    if (!wire_presence_decode(&presence, payload, length, &error)) {
        link->state_refused |= error.memory;
        link_refuse(link, command->presence.device, "presence", &error);
        command_free(command);
        return;
    }
    command->presence.online = presence.online;
    command->presence.at = presence.at;
    text_copy(command->presence.boot, sizeof(command->presence.boot), presence.boot);
    wire_presence_clear(&presence);
    link_submit_state(link, command);
}

void link_receive(struct link *link, const struct mosquitto_message *message)
{
    static const struct {
        enum command_kind kind;
        void (*receive)(struct link *, struct command *, const char *, size_t);
        size_t device; // offset of the device id in the command
    } UPLINKS[] = {
        [TOPIC_REPORT] = {COMMAND_REPORTS, receive_reports, offsetof(struct command, reports.device)},
        [TOPIC_INBOUND] = {COMMAND_INBOUND, receive_inbound, offsetof(struct command, inbound.device)},
        [TOPIC_STATUS] = {COMMAND_STATUS, receive_status, offsetof(struct command, status_report.device)},
        [TOPIC_PRESENCE] = {COMMAND_PRESENCE, receive_presence, offsetof(struct command, presence.device)},
    };
    char device[DEVICE_ID_SIZE];
    enum topic_leaf leaf;
    if (strcmp(message->topic, LINK_CONTROL_RESPONSE) == 0) {
        link_receive_control(link, message->payload, (size_t)message->payloadlen);
        return;
    }
    if (!topic_parse(device, &leaf, message->topic) || UPLINKS[leaf].receive == NULL)
        return;
    struct command *command = command_new(UPLINKS[leaf].kind, ORIGIN_NONE, 0);
    link->state_refused |= command == NULL && leaf == TOPIC_PRESENCE;
    if (command == NULL)
        return;
    memcpy((char *)command + UPLINKS[leaf].device, device, sizeof(device));
    UPLINKS[leaf].receive(link, command, message->payload, (size_t)message->payloadlen);
}
