// Checks that ask the bridge.
#include "admin-cli/commands/doctor.h"

#include "admin-cli/words.h"
#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SKEW_WARN_MS = 5000, SKEW_FAIL_MS = 120000 };

// Asks for the status, which the checks behind this one read. False with response->error set.
static bool ask(struct doctor *doctor, struct response *response)
{
    const struct request request = {.method = "GET", .path = "/v1/status"};
    if (cli_connect(doctor->cli) != EXIT_OK) {
        snprintf(response->error, sizeof response->error, "cannot tell where the bridge is");
        return false;
    }
    doctor->asked_ms = clock_wall_ms();
    return client_call(doctor->cli->client, response, &request);
}

static void judge_answer(struct doctor *doctor, struct finding *finding, const struct response *response)
{
    const char *where = doctor->cli->target.url ? doctor->cli->target.url : doctor->cli->target.socket;
    if (response->status == 200 && json_is_object(response->body)) {
        doctor->status = json_incref(response->body);
        doctor->date_ms = response->date_ms;
        finding_set(finding, FINDING_OK, "answers at %.200s", where);
    } else if (response->status == 401 || response->status == 403) {
        finding_set(finding, FINDING_FAIL, "answers at %.200s, but refuses us (HTTP %ld)", where,
                    response->status);
        finding_hint(finding, "%s",
                     doctor->cli->target.url
                         ? "give a key with the scope devices:read with --key-file or SMSQUITTO_KEY"
                         : "run this as root or as the user of the bridge");
    } else {
        finding_set(finding, FINDING_FAIL, "answers at %.200s with HTTP %ld", where, response->status);
        finding_hint(finding, "see the log of smsquitto-bridge, or check the address");
    }
}

void doctor_check_reachable(struct doctor *doctor, struct finding *finding)
{
    struct response response = {0};
    if (ask(doctor, &response)) {
        judge_answer(doctor, finding, &response);
    } else {
        finding_set(finding, FINDING_FAIL, "%s", response.error);
        finding_hint(finding, "start smsquitto-bridge; its log says why when it does not stay up");
    }
    response_clear(&response);
}

// Without the bridge's answer there is nothing to say.
static bool unanswered(const struct doctor *doctor, struct finding *finding)
{
    if (!doctor->status)
        finding_set(finding, FINDING_SKIPPED, "the bridge did not tell");
    return !doctor->status;
}

void doctor_check_version(struct doctor *doctor, struct finding *finding)
{
    if (unanswered(doctor, finding))
        return;
    const char *version = words_string(doctor->status, "version");
    finding_set(finding, FINDING_OK, "bridge and command are %s", SMSQUITTO_VERSION);
    if (strcmp(version, SMSQUITTO_VERSION) != 0) {
        finding_set(finding, FINDING_WARN, "the bridge is %.40s, this command is %s", version,
                    SMSQUITTO_VERSION);
        finding_hint(finding, "install both from one package, and restart the bridge after an update");
    }
}

void doctor_check_store(struct doctor *doctor, struct finding *finding)
{
    if (unanswered(doctor, finding))
        return;
    if (json_is_true(json_object_get(doctor->status, "store_ok"))) {
        finding_set(finding, FINDING_OK, "the last transaction was stored; schema %lld",
                    (long long)json_integer_value(json_object_get(doctor->status, "schema")));
    } else {
        finding_set(finding, FINDING_FAIL, "the last transaction could not be stored; nothing is accepted");
        finding_hint(finding,
                     "the bridge's log has the cause: a full disk, a read-only folder, a foreign lock");
    }
}

void doctor_check_broker(struct doctor *doctor, struct finding *finding)
{
    if (unanswered(doctor, finding))
        return;
    if (json_is_true(json_object_get(doctor->status, "broker_connected"))) {
        finding_set(finding, FINDING_OK, "the bridge is connected to the broker");
    } else {
        finding_set(finding, FINDING_FAIL, "the bridge is not connected to the broker");
        finding_hint(finding,
                     "start mosquitto; [mqtt] socket must be its unix-socket listener and roster the "
                     "plugin's plugin_opt_roster");
    }
}

void doctor_check_plugin(struct doctor *doctor, struct finding *finding)
{
    if (unanswered(doctor, finding))
        return;
    const json_t *answered = json_object_get(doctor->status, "plugin_ok");
    if (!json_is_true(json_object_get(doctor->status, "broker_connected")) || !answered) {
        finding_set(finding, FINDING_SKIPPED, "not known without a connection to the broker");
    } else if (json_is_true(answered)) {
        finding_set(finding, FINDING_OK, "the broker's plugin has told who is connected");
    } else {
        finding_set(finding, FINDING_FAIL,
                    "the broker does not answer as our plugin does: nobody counts as online");
        finding_hint(finding, "mosquitto.conf needs the line \"plugin .../smsquitto.so\" (docs/plugin.md)");
    }
}

void doctor_check_clock(struct doctor *doctor, struct finding *finding)
{
    if (unanswered(doctor, finding))
        return;
    // The Date header is cut to seconds.
    int64_t skew_ms = doctor->date_ms ? llabs(doctor->date_ms + 500 - doctor->asked_ms) : 0;
    if (skew_ms < SKEW_WARN_MS) {
        finding_set(finding, FINDING_OK, "the bridge's clock agrees with this machine's");
        return;
    }
    finding_set(finding, skew_ms < SKEW_FAIL_MS ? FINDING_WARN : FINDING_FAIL,
                "the bridge's clock and this machine's differ by %lld s", (long long)(skew_ms / 1000));
    finding_hint(finding, "let both follow a time server (timedatectl)");
}

// The first warning of a device, and how many devices have one.
static size_t count_warned(const json_t *devices, const char **id, const char **warning)
{
    size_t index, count = 0;
    json_t *device;
    json_array_foreach(devices, index, device)
    {
        json_t *warnings = json_object_get(device, "warnings");
        if (json_array_size(warnings) == 0)
            continue;
        if (count++ == 0) {
            *id = words_string(device, "id");
            *warning = json_string_value(json_array_get(warnings, 0));
        }
    }
    return count;
}

void doctor_check_devices(struct doctor *doctor, struct finding *finding)
{
    const char *id = "", *warning = "";
    if (unanswered(doctor, finding))
        return;
    if (cli_get_all(doctor->cli, &doctor->devices, "/v1/devices", "devices") != EXIT_OK) {
        finding_set(finding, FINDING_WARN, "the list of devices cannot be read");
        return;
    }
    long long all = json_integer_value(words_member(doctor->status, "devices.count")),
              online = json_integer_value(words_member(doctor->status, "devices.online"));
    size_t warned = count_warned(json_object_get(doctor->devices, "devices"), &id, &warning);
    finding_set(finding, FINDING_OK, "%lld of %lld online", online, all);
    if (warned > 0) {
        finding_set(finding, FINDING_WARN, "%zu with warnings; %.40s: %.120s", warned, id,
                    warning ? warning : "");
        finding_hint(finding, "smsquitto device list shows them all");
    } else if (all == 0) {
        finding_set(finding, FINDING_WARN, "there is none yet: texts wait");
        finding_hint(finding, "smsquitto device add NAME");
    } else if (online == 0) {
        finding_set(finding, FINDING_WARN, "none of %lld is online: texts wait", all);
        finding_hint(finding, "smsquitto device list shows since when");
    }
}
