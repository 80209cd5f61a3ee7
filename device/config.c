// The device's configuration.
#include "device/config.h"

#include "common/topic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRING(section, key, member, min, fallback, help)                                                    \
    {                                                                                                        \
        section, key, SETTING_STRING, offsetof(struct config, member), min, SETTING_VALUE_SIZE - 1,          \
            fallback, NULL, help                                                                             \
    }
#define DURATION(section, key, member, min, max, fallback, help)                                             \
    {                                                                                                        \
        section, key, SETTING_DURATION, offsetof(struct config, member), min, max, fallback, NULL, help      \
    }
#define INTEGER(section, key, member, min, max, fallback, help)                                              \
    {                                                                                                        \
        section, key, SETTING_INT, offsetof(struct config, member), min, max, fallback, NULL, help           \
    }
#define BOOLEAN(section, key, member, fallback, help)                                                        \
    {                                                                                                        \
        section, key, SETTING_BOOL, offsetof(struct config, member), 0, 0, fallback, NULL, help              \
    }

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };
#define DAY (24 * (int64_t)HOUR)

const struct setting config_table[] = {
    STRING("device", "id", id, 1, "phone-1", "Id of this device, as made with 'smsquitto device add'."),
    STRING("device", "key-file", key_file, 1, "/etc/smsquitto/device.key",
           "File whose first line is the device's key; --pair writes it."),
    STRING("device", "journal", journal, 1, "/var/lib/smsquitto/device.db",
           "The journal: messages and reports that must survive a crash."),
    DURATION("device", "keep", keep_ms, MINUTE, 365 * DAY, "7d",
             "How long ended messages are kept, to answer repeated questions."),
    INTEGER("device", "keep-count", keep_count, 100, 10000000, "100000", "How many ended messages are kept."),
    BOOLEAN("device", "whole-inbox", whole_inbox, "no",
            "Let the bridge ask also for texts that came in before this journal was made."),
    STRING("broker", "host", host, 1, "127.0.0.1", "Host of the MQTT broker."),
    INTEGER("broker", "port", port, 1, 65535, "1883", "Port of the MQTT broker."),
    BOOLEAN("broker", "tls", tls, "no", "Connect with TLS 1.2 or newer and check the broker's certificate."),
    STRING("broker", "ca-file", ca_file, 0, "", "PEM file of trusted authorities; empty: the system's."),
    STRING("broker", "websocket", websocket, 0, "",
           "Path, such as /mqtt, to connect through websockets; empty: MQTT itself."),
    DURATION("broker", "keepalive", keepalive_ms, 5 * SECOND, 5 * MINUTE, "30s", "MQTT keep-alive."),
    DURATION("broker", "session-expiry", session_expiry_ms, 0, 7 * DAY, "1h",
             "How long the broker keeps downlinks for this device while it is away."),
    DURATION("broker", "connect-timeout", connect_timeout_ms, SECOND, MINUTE, "10s",
             "How long one attempt to connect may take."),
    DURATION("broker", "reconnect-max", reconnect_max_ms, SECOND, HOUR, "60s",
             "Longest wait between two attempts to connect."),
    STRING("radio", "command", radio_command, 1, "smsquitto-radio-sim",
           "Program of the radio and its arguments, separated by spaces (docs/radio.md)."),
    DURATION("radio", "taken-timeout", taken_timeout_ms, SECOND, HOUR, "30s",
             "The radio is killed when it does not take a message within this time."),
    DURATION("radio", "send-timeout", send_timeout_ms, SECOND, DAY, "5m",
             "The radio is killed when it has taken a message and does not end it within this time."),
    DURATION("radio", "min-gap", min_gap_ms, 0, HOUR, "0ms",
             "Least time between two messages into the radio, until the bridge says otherwise."),
    DURATION("radio", "telemetry", telemetry_ms, SECOND, DAY, "60s",
             "Time between two status payloads, until the bridge says otherwise."),
    {"log", "level", SETTING_CHOICE, offsetof(struct config, log_level), 0, 0, "info",
     "error|warning|info|debug", "Least important lines that are written."},
    BOOLEAN("log", "json", log_json, "no", "Write the log as JSON lines."),
};

const size_t config_table_count = sizeof config_table / sizeof config_table[0];

static bool config_fail(struct setting_error *error, const char *key, const char *detail)
{
    snprintf(error->text, sizeof error->text, "%s %s", key, detail);
    return false;
}

// Takes one line "name = value" behind the key in the key file. The environment goes before it.
static void take_paired(const char *line)
{
    static const struct {
        const char *name, *variable;
    } names[] = {
        {"id", CONFIG_PREFIX "_DEVICE_ID"},
        {"host", CONFIG_PREFIX "_BROKER_HOST"},
        {"port", CONFIG_PREFIX "_BROKER_PORT"},
        {"tls", CONFIG_PREFIX "_BROKER_TLS"},
    };
    char name[8], value[SETTING_VALUE_SIZE];
    if (sscanf(line, "%7[a-z] = %255s", name, value) != 2)
        return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i].name) == 0)
            setenv(names[i].variable, value, 0);
}

// What pairing wrote behind the key, if there is such a file.
static void read_paired(const char *key_file)
{
    char line[SETTING_VALUE_SIZE + 16];
    FILE *file = fopen(key_file, "re");
    bool key = true;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (!key)
            take_paired(line);
        key = false;
    }
    if (file != NULL)
        fclose(file);
    secret_clear(line, sizeof line);
}

bool config_load(struct config *config, const char *file, struct setting_error *error)
{
    if (!settings_load(config, config_table, config_table_count, file, CONFIG_PREFIX, error))
        return false;
    read_paired(config->key_file);
    if (!settings_load(config, config_table, config_table_count, file, CONFIG_PREFIX, error))
        return false;
    if (!device_id_valid(config->id, strlen(config->id)))
        return config_fail(error,
                           "[device] id:", "must be 1-21 of a-z 0-9 '-', not starting or ending with '-'");
    if (config->websocket[0] != '\0' && config->websocket[0] != '/')
        return config_fail(error, "[broker] websocket:", "must begin with /");
    if (strspn(config->radio_command, " ") == strlen(config->radio_command))
        return config_fail(error, "[radio] command:", "must name a program");
    return true;
}

bool config_read_key(const struct config *config, char key[SETTING_VALUE_SIZE], struct setting_error *error)
{
    FILE *file = fopen(config->key_file, "re");
    char line[SETTING_VALUE_SIZE] = "";
    bool read = file != NULL && fgets(line, sizeof line, file) != NULL;
    if (file != NULL)
        fclose(file);
    if (!read) {
        snprintf(error->text, sizeof error->text, "[device] key-file: cannot read %.200s: %s",
                 config->key_file, file == NULL ? strerror(errno) : "it is empty");
        return false;
    }
    const char *start = line + strspn(line, " \t");
    size_t length = strcspn(start, " \t\r\n");
    memcpy(key, start, length);
    key[length] = '\0';
    secret_clear(line, sizeof line);
    if (length > 0)
        return true;
    return config_fail(error, "[device] key-file:", "has no key in its first line");
}
