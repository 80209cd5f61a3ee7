// smsquitto-fleet: plays thousands of devices for tests and benchmarks.
#include "device/fleet/fleet.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/parse.h"
#include "common/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { EVENTS = 256, SWEEP_MS = 200 };

enum flag_kind { FLAG_TEXT, FLAG_NUMBER, FLAG_RATE };

static const struct flag {
    const char *name;
    enum flag_kind kind;
    size_t offset;
    int64_t min, max;
    const char *help;
} flags[] = {
#define TEXT(name, member, help)                                                                             \
    {                                                                                                        \
        name, FLAG_TEXT, offsetof(struct fleet_options, member), 0, 0, help                                  \
    }
#define NUMBER(name, member, min, max, help)                                                                 \
    {                                                                                                        \
        name, FLAG_NUMBER, offsetof(struct fleet_options, member), min, max, help                            \
    }
#define RATE(name, member, help)                                                                             \
    {                                                                                                        \
        name, FLAG_RATE, offsetof(struct fleet_options, member), 0, 1, help                                  \
    }
    TEXT("host", host, "host of the broker (127.0.0.1)"),
    TEXT("port", port, "port of the broker (1883)"),
    TEXT("keys", keys, "file of lines \"id key\", one for each device"),
    TEXT("prefix", prefix, "play only the ids of the file that begin so (all)"),
    NUMBER("devices", devices, 1, 100000, "play at most so many of them (all)"),
    NUMBER("connect-rate", connect_rate, 1, 100000, "new connections a second (500)"),
    NUMBER("sent-delay", sent_delay_ms, 0, 3600000, "ms from the radio to \"sent\" (0)"),
    NUMBER("delivered-delay", delivered_delay_ms, 0, 3600000, "ms from \"sent\" to \"delivered\" (0)"),
    RATE("fail-rate", fail_rate, "share of messages that the radio cannot send (0)"),
    RATE("drop-rate", drop_rate, "share of delivery reports that get lost (0)"),
    TEXT("air", air, "append one JSON line for each message on the air"),
    NUMBER("telemetry", telemetry_ms, 1000, 86400000, "ms between two status payloads (60000)"),
    NUMBER("keepalive", keepalive_s, 5, 3600, "seconds (60)"),
    NUMBER("session-expiry", session_expiry_s, 0, 604800, "seconds (3600)"),
    NUMBER("keep", keep, 0, 10000000, "ended messages that are kept for questions (100000)"),
    NUMBER("seed", seed, 0, INT64_MAX, "of the random numbers (0)"),
};

enum { FLAGS = sizeof flags / sizeof flags[0] };

static void print_help(void)
{
    puts("Usage: smsquitto-fleet --keys FILE [options]\n"
         "Plays many devices in one process. Prints a JSON line when all are online, on SIGUSR1, and at its\n"
         "end. Texts \"t=<CLOCK_MONOTONIC ns> ...\" are measured from then to the radio.\n");
    for (size_t i = 0; i < FLAGS; i++)
        printf("  --%-16s %s\n", flags[i].name, flags[i].help);
}

static bool set_flag(struct fleet_options *options, const struct flag *flag, const char *text)
{
    void *member = (char *)options + flag->offset;
    char *end;
    double rate;
    switch (flag->kind) {
    case FLAG_TEXT:
        *(const char **)member = text;
        return true;
    case FLAG_NUMBER:
        if (parse_int(member, text, strlen(text), flag->min, flag->max))
            return true;
        fprintf(stderr, "smsquitto-fleet: --%s: must be within %lld-%lld\n", flag->name, (long long)flag->min,
                (long long)flag->max);
        return false;
    case FLAG_RATE:
        rate = strtod(text, &end);
        if (end != text && *end == '\0' && rate >= 0 && rate <= 1) {
            *(double *)member = rate;
            return true;
        }
        fprintf(stderr, "smsquitto-fleet: --%s: must be within 0-1\n", flag->name);
        return false;
    }
    return false;
}

static bool parse_flags(struct fleet_options *options, int count, char **arguments)
{
    struct option table[FLAGS + 2] = {[FLAGS] = {"help", no_argument, NULL, FLAGS}};
    for (int i = 0; i < FLAGS; i++)
        table[i] = (struct option){flags[i].name, required_argument, NULL, i};
    for (int flag; (flag = getopt_long(count, arguments, "", table, NULL)) != -1;) {
        if (flag == FLAGS) {
            print_help();
            exit(0);
        }
        if (flag == '?' || !set_flag(options, &flags[flag], optarg))
            return false;
    }
    if (optind < count || options->keys == NULL) {
        fprintf(stderr, "smsquitto-fleet: %s\n",
                options->keys == NULL ? "--keys is missing" : arguments[optind]);
        return false;
    }
    return true;
}

static bool device_init(struct fleet *fleet, struct fleet_device *device, const char *id, const char *key)
{
    uint8_t random[(FLEET_JOURNAL_SIZE - 1) / 2];
    if (!device_id_valid(id, strlen(id)) || strlen(key) >= FLEET_KEY_SIZE ||
        !secret_random(random, sizeof random))
        return false;
    *device = (struct fleet_device){.fd = -1, .backoff = {.first_ms = 1000, .max_ms = 60000}};
    memcpy(device->id, id, strlen(id));
    memcpy(device->key, key, strlen(key));
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(device->journal + 2 * i, 3, "%02x", random[i]);
    device->telemetry_ms = fleet->options.telemetry_ms;
    uplink_init(&device->uplink, 1, 1);
    return true;
}

// Reads the devices from the key file. Lists point into themselves, so they are set when nothing moves any
// more.
static bool read_keys(struct fleet *fleet)
{
    FILE *file = fopen(fleet->options.keys, "re");
    char id[128], key[128];
    size_t room = 0;
    bool good = file != NULL;
    while (good && fleet->count < (size_t)fleet->options.devices &&
           fscanf(file, "%127s %127s", id, key) == 2) {
        if (strncmp(id, fleet->options.prefix, strlen(fleet->options.prefix)) != 0)
            continue;
        if (fleet->count == room) {
            room = room > 0 ? room * 2 : 64;
            fleet->devices = reallocarray(fleet->devices, room, sizeof *fleet->devices);
            if (fleet->devices == NULL)
                abort();
        }
        good = device_init(fleet, &fleet->devices[fleet->count], id, key);
        if (good)
            fleet->count++;
        else
            fprintf(stderr, "smsquitto-fleet: bad id or key: %s\n", id);
    }
    if (file == NULL)
        fprintf(stderr, "smsquitto-fleet: %s: %s\n", fleet->options.keys, strerror(errno));
    else
        fclose(file);
    if (good && fleet->count == 0)
        fprintf(stderr, "smsquitto-fleet: no devices in %s\n", fleet->options.keys);
    for (size_t i = 0; i < fleet->count; i++)
        // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): there is room for count of them
        fleet->devices[i].waiting.last = &fleet->devices[i].waiting.first;
    fleet->stats.devices = (int64_t)fleet->count;
    return good && fleet->count > 0;
}

static bool fleet_open(struct fleet *fleet)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct rlimit files;
    int result = getaddrinfo(fleet->options.host, fleet->options.port, &hints, &fleet->address);
    if (result != 0) {
        fprintf(stderr, "smsquitto-fleet: %s: %s\n", fleet->options.host, gai_strerror(result));
        return false;
    }
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    fleet->air = -1;
    if (fleet->options.air != NULL)
        fleet->air = open(fleet->options.air, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    fleet->epoll = epoll_create1(EPOLL_CLOEXEC);
    fleet->seed = (uint64_t)fleet->options.seed;
    fleet_table_init(fleet);
    if (fleet->epoll >= 0 && (fleet->options.air == NULL || fleet->air >= 0))
        return true;
    perror("smsquitto-fleet");
    return false;
}

static void fleet_look_at_clocks(struct fleet *fleet)
{
    fleet->now_ms = clock_wall_ms();
    fleet->mono_ms = clock_mono_ms();
}

static double seconds_since_start(const struct fleet *fleet)
{
    return (double)(fleet->mono_ms - fleet->start_ms) / 1000;
}

static int wait_ms(const struct fleet *fleet, int64_t sweep_at_ms)
{
    int64_t deadline = fleet_radio_deadline(fleet);
    if (sweep_at_ms < deadline)
        deadline = sweep_at_ms;
    if ((size_t)fleet->stats.online < fleet->count && fleet->mono_ms + 2 < deadline)
        deadline = fleet->mono_ms + 2; // pace of connecting
    return deadline > fleet->mono_ms ? (int)(deadline - fleet->mono_ms) : 0;
}

// Returns false on a signal to stop.
static bool take_signals(struct fleet *fleet, int signals)
{
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGUSR1)
            return false;
        stats_print(stdout, "stats", &fleet->stats, seconds_since_start(fleet));
    }
    return true;
}

static void fleet_run(struct fleet *fleet, int signals)
{
    struct epoll_event events[EVENTS], signal_event = {.events = EPOLLIN, .data.ptr = NULL};
    int64_t sweep_at_ms = 0;
    bool ready = false;
    epoll_ctl(fleet->epoll, EPOLL_CTL_ADD, signals, &signal_event);
    fleet_look_at_clocks(fleet);
    fleet->start_ms = fleet->connect_credit_ms = fleet->mono_ms;
    while (take_signals(fleet, signals)) {
        int count = epoll_wait(fleet->epoll, events, EVENTS, wait_ms(fleet, sweep_at_ms));
        fleet_look_at_clocks(fleet);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr != NULL)
                fleet_event(fleet, events[i].data.ptr, events[i].events);
        }
        fleet_radio_step(fleet);
        fleet_connect_some(fleet);
        if (fleet->mono_ms >= sweep_at_ms) {
            fleet_sweep(fleet);
            sweep_at_ms = fleet->mono_ms + SWEEP_MS;
        }
        if (!ready && (size_t)fleet->stats.online == fleet->count) {
            stats_print(stdout, "ready", &fleet->stats, seconds_since_start(fleet));
            ready = true;
        }
    }
}

int main(int count, char **arguments)
{
    static struct fleet fleet = {.options = {
                                     .host = "127.0.0.1",
                                     .port = "1883",
                                     .prefix = "",
                                     .devices = 100000,
                                     .connect_rate = 500,
                                     .keepalive_s = 60,
                                     .telemetry_ms = 60000,
                                     .session_expiry_s = 3600,
                                     .keep = 100000,
                                 }};
    sigset_t set;
    if (!parse_flags(&fleet.options, count, arguments) || !read_keys(&fleet))
        return 2;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0 || !fleet_open(&fleet))
        return 1;
    fleet_run(&fleet, signals);
    fleet_goodbye(&fleet);
    stats_print(stdout, "end", &fleet.stats, seconds_since_start(&fleet));
    return 0;
}
