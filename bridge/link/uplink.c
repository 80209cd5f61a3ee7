// From the broker to the engine: payloads of devices and of the plugin as commands.
#include "bridge/link/link_internal.h"

#include "common/clock.h"
#include "common/crash.h"
#include "common/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SNAPSHOT_PAGE_MAX = 10000 };

// Uplinks may be dropped when the engine is full: without a receipt the device sends them again.
static void submit_uplink(struct link *link, struct command *command)
{
    if (!engine_submit(link->engine, command))
        command_free(command);
}

// States may not be dropped: a new snapshot makes up for it.
static void submit_state(struct link *link, struct command *command)
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
    submit_state(link, command);
}

// Counts a payload that breaks the contract, and says so now and then.
static void refuse(struct link *link, const char *device, const char *what, const struct field_error *error)
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
    refuse(link, command->reports.device, "report", &error);
    command_free(command);
}

static void receive_inbound(struct link *link, struct command *command, const char *payload, size_t length)
{
    struct field_error error;
    if (wire_inbounds_decode(&command->inbound.inbounds, payload, length, &error)) {
        submit_uplink(link, command);
        return;
    }
    refuse(link, command->inbound.device, "inbound", &error);
    command_free(command);
}

static void receive_status(struct link *link, struct command *command, const char *payload, size_t length)
{
    struct field_error error;
    if (wire_status_decode(&command->status_report.status, payload, length, &error)) {
        command->status_report.text = strndup(payload, length);
        submit_uplink(link, command);
        return;
    }
    refuse(link, command->status_report.device, "status", &error);
    command_free(command);
}

static void receive_presence(struct link *link, struct command *command, const char *payload, size_t length)
{
    struct wire_presence presence;
    struct field_error error;
    if (!wire_presence_decode(&presence, payload, length, &error)) {
        link->state_refused |= error.memory;
        refuse(link, command->presence.device, "presence", &error);
        command_free(command);
        return;
    }
    command->presence.online = presence.online;
    command->presence.at = presence.at;
    snprintf(command->presence.boot, sizeof(command->presence.boot), "%s", presence.boot);
    wire_presence_clear(&presence);
    submit_state(link, command);
}

struct snapshot {
    const char *command;
    bool ok, more;
    int64_t page;
    const char *boot;
    json_t *online;
};

static const struct field SNAPSHOT_FIELDS[] = {
    {"command", FIELD_STRING, offsetof(struct snapshot, command), true, 0, 64},
    {"ok", FIELD_BOOL, offsetof(struct snapshot, ok), true, 0, 0},
    {"boot", FIELD_STRING, offsetof(struct snapshot, boot), true, 0, JOURNAL_SIZE - 1},
    {"page", FIELD_INT, offsetof(struct snapshot, page), false, 0, INT32_MAX},
    {"more", FIELD_BOOL, offsetof(struct snapshot, more), false, 0, 0},
    {"online", FIELD_ARRAY, offsetof(struct snapshot, online), false, 0, SNAPSHOT_PAGE_MAX},
};

static void submit_snapshot(struct link *link, const struct snapshot *snapshot)
{
    struct command *command = command_new(COMMAND_ONLINE, ORIGIN_NONE, 0);
    size_t count = json_array_size(snapshot->online);
    if (command == NULL || (command->online.devices = calloc(count + 1, DEVICE_ID_SIZE)) == NULL) {
        command_free(command);
        link->state_refused = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const char *id = json_string_value(json_object_get(json_array_get(snapshot->online, i), "device"));
        if (id != NULL && device_id_valid(id, strlen(id)))
            memcpy(command->online.devices[command->online.count++], id, strlen(id) + 1);
    }
    command->online.first = snapshot->page == 0;
    command->online.last = !snapshot->more;
    snprintf(command->online.boot, sizeof(command->online.boot), "%s", snapshot->boot);
    submit_state(link, command);
}

// An answer of the plugin. Only snapshots matter; another one that failed is worth a line.
static void receive_control(struct link *link, const char *payload, size_t length)
{
    struct field_error error;
    struct snapshot snapshot = {.page = 0};
    json_t *json = fields_parse(payload, length, &error);
    link->state_refused |= json == NULL && error.memory;
    if (json == NULL ||
        !fields_decode_known(&snapshot, json, SNAPSHOT_FIELDS,
                             sizeof(SNAPSHOT_FIELDS) / sizeof(SNAPSHOT_FIELDS[0]), "", &error))
        refuse(link, "", "control response", &error);
    else if (!snapshot.ok)
        log_event(LOG_WARNING, "the plugin refused a command", "command", snapshot.command, NULL);
    else if (strcmp(snapshot.command, "snapshot") == 0)
        submit_snapshot(link, &snapshot);
    json_decref(json);
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
        receive_control(link, message->payload, (size_t)message->payloadlen);
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
