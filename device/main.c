// smsquitto-device: flags, configuration, journal, and then the agent's loop.
#include "device/agent.h"
#include "device/mqtt.h"

#include "common/log.h"
#include "device/pair.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum exit_code {
    EXIT_CLEAN = 0,    // ended by SIGTERM or SIGINT, or --help, --check … did their work
    EXIT_USAGE = 2,    // a flag, the configuration or the key file is wrong
    EXIT_JOURNAL = 3,  // the journal cannot be used
    EXIT_SYSTEM = 4,   // the system refuses memory or descriptors
    EXIT_UNPAIRED = 5, // --pair got no credentials
};

// Flags that stand for a key of the configuration: they go through the environment, so that one table checks
// every value.
static const struct {
    const char *flag, *variable, *value, *help;
} overrides[] = {
    {"id", CONFIG_PREFIX "_DEVICE_ID", "ID", "id of this device"},
    {"key-file", CONFIG_PREFIX "_DEVICE_KEY_FILE", "FILE", "file with the device's key"},
    {"journal", CONFIG_PREFIX "_DEVICE_JOURNAL", "FILE", "the journal"},
    {"host", CONFIG_PREFIX "_BROKER_HOST", "HOST", "host of the broker"},
    {"port", CONFIG_PREFIX "_BROKER_PORT", "PORT", "port of the broker"},
    {"tls", CONFIG_PREFIX "_BROKER_TLS", "yes|no", "connect with TLS"},
    {"ca-file", CONFIG_PREFIX "_BROKER_CA_FILE", "FILE", "trusted authorities"},
    {"radio", CONFIG_PREFIX "_RADIO_COMMAND", "COMMAND", "program of the radio and its arguments"},
    {"log-level", CONFIG_PREFIX "_LOG_LEVEL", "LEVEL", "error, warning, info or debug"},
};

enum { OVERRIDES = sizeof overrides / sizeof overrides[0], OWN_FLAGS = 6 };
enum { FLAG_OVERRIDE = 256, FLAG_CONFIG = 512, FLAG_PAIR, FLAG_CHECK, FLAG_PRINT, FLAG_VERSION, FLAG_HELP };

struct flags {
    const char *config, *pair;
    bool check, print;
};

static void print_help(void)
{
    printf("Usage: smsquitto-device [--config FILE] [options]\n"
           "Takes messages from the bridge by MQTT, sends them through one radio, and reports.\n\n"
           "  --config FILE      configuration file (INI)\n"
           "  --pair URL         first get id, key and broker for a pairing code, and keep them in the key "
           "file\n"
           "  --check            check configuration and key file, and exit\n"
           "  --print-config     print the effective configuration, and exit\n"
           "  --version, --help\n\n"
           "Each of these overrides one key of the configuration:\n");
    for (size_t i = 0; i < OVERRIDES; i++)
        printf("  --%-9s %-8s %s\n", overrides[i].flag, overrides[i].value, overrides[i].help);
    printf("\nExit codes: 0 ended as told; 2 wrong flag, configuration or key file; 3 the journal cannot be\n"
           "used; 4 the system refuses memory or descriptors; 5 --pair got no credentials.\n");
}

// Returns false when the program is to end with *code.
static bool parse_flags(struct flags *flags, enum exit_code *code, int count, char **arguments)
{
    struct option options[OWN_FLAGS + OVERRIDES + 1] = {
        {"config", required_argument, NULL, FLAG_CONFIG}, {"check", no_argument, NULL, FLAG_CHECK},
        {"print-config", no_argument, NULL, FLAG_PRINT},  {"version", no_argument, NULL, FLAG_VERSION},
        {"help", no_argument, NULL, FLAG_HELP},           {"pair", required_argument, NULL, FLAG_PAIR},
    };
    for (int i = 0; i < OVERRIDES; i++)
        options[OWN_FLAGS + i] =
            (struct option){overrides[i].flag, required_argument, NULL, FLAG_OVERRIDE + i};
    *code = EXIT_CLEAN;
    for (int flag; (flag = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        switch (flag) {
        case FLAG_CONFIG:
            flags->config = optarg;
            break;
        case FLAG_PAIR:
            flags->pair = optarg;
            break;
        case FLAG_CHECK:
            flags->check = true;
            break;
        case FLAG_PRINT:
            flags->print = true;
            break;
        case FLAG_VERSION:
            puts("smsquitto-device " SMSQUITTO_VERSION);
            return false;
        case FLAG_HELP:
            print_help();
            return false;
        case '?':
            *code = EXIT_USAGE;
            return false;
        default:
            setenv(overrides[flag - FLAG_OVERRIDE].variable, optarg, 1);
        }
    }
    if (optind == count)
        return true;
    fprintf(stderr, "smsquitto-device: unexpected argument: %s\n", arguments[optind]);
    *code = EXIT_USAGE;
    return false;
}

static int block_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static enum exit_code run(const struct config *config, const char *key)
{
    char error[JOURNAL_ERROR_SIZE];
    int signal_fd = block_signals();
    struct journal *journal = journal_open(config->journal, error);
    if (journal == NULL) {
        log_event(LOG_ERROR, "journal cannot be used", "file", config->journal, "reason", error, NULL);
        close(signal_fd);
        return EXIT_JOURNAL;
    }
    struct agent *agent = agent_new(config, journal, key);
    enum exit_code code = EXIT_SYSTEM;
    if (agent != NULL && signal_fd >= 0) {
        log_event(LOG_INFO, "started", "device", config->id, "journal", journal_id(journal), NULL);
        agent_run(agent, signal_fd);
        code = EXIT_CLEAN;
    }
    agent_free(agent);
    journal_close(journal);
    close(signal_fd);
    return code;
}

// Gets credentials for the code, which stand in the key file afterwards.
static enum exit_code pair(const struct config *config, const char *url)
{
    char error[PAIR_ERROR_SIZE];
    if (strncmp(url, "http://", 7) == 0)
        fprintf(stderr, "smsquitto-device: warning: without https the key can be read on its way\n");
    if (pair_run(url, config->key_file, config->ca_file, error)) {
        fprintf(stderr, "smsquitto-device: paired, the key is in %s\n", config->key_file);
        return EXIT_CLEAN;
    }
    fprintf(stderr, "smsquitto-device: not paired: %s\n", error);
    return EXIT_UNPAIRED;
}

int main(int count, char **arguments)
{
    struct flags flags = {.config = NULL};
    enum exit_code code;
    struct config config;
    struct setting_error error;
    char key[SETTING_VALUE_SIZE] = "";
    if (!parse_flags(&flags, &code, count, arguments))
        return code;
    bool good = config_load(&config, flags.config, &error);
    if (good && flags.pair != NULL) {
        code = pair(&config, flags.pair);
        if (code != EXIT_CLEAN)
            return code;
        good = config_load(&config, flags.config, &error);
    }
    if (good && flags.print) {
        settings_print(stdout, &config, config_table, config_table_count);
        return EXIT_CLEAN;
    }
    if (good && config.websocket[0] != '\0' && !mqtt_has_websockets) {
        snprintf(error.text, sizeof error.text,
                 "[broker] websocket: the MQTT library of this build has none");
        good = false;
    }
    if (!good || !config_read_key(&config, key, &error)) {
        fprintf(stderr, "smsquitto-device: %s\n", error.text);
        return EXIT_USAGE;
    }
    if (!flags.check) {
        log_setup((enum log_level)config.log_level, config.log_json);
        code = run(&config, key);
    }
    secret_clear(key, sizeof key);
    return code;
}
