// smsquitto-radio-sim: a radio without a radio, for tests, demonstrations and first steps.
#include "device/radios/sim.h"

#include "common/clock.h"
#include "common/parse.h"
#include "device/radio_line.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { POLL_INPUT, POLL_CONTROL, POLL_CLIENT, POLL_COUNT };
enum { RULES_MAX_BYTES = 65536 };

struct flags {
    const char *rules, *control, *air;
};

double sim_random(void *context)
{
    struct sim *sim = context; // splitmix64: small, and the same on every machine for one seed
    uint64_t z = (sim->seed += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

void sim_say_take(json_t *event)
{
    if (event != NULL && json_dumpf(event, stdout, JSON_COMPACT) == 0)
        putchar('\n');
    json_decref(event);
    if (fflush(stdout) != 0)
        _exit(0); // the device is gone
}

static json_t *word_or_null(const char *word)
{
    return word[0] != '\0' ? json_string(word) : json_null();
}

json_t *sim_state_new(const struct sim *sim, const char *event)
{
    json_t *sims = json_array();
    for (size_t i = 0; i < sim->rules.card_count; i++) {
        const struct sim_card *card = &sim->rules.cards[i];
        json_array_append_new(sims,
                              json_pack("{s:I, s:o, s:o, s:I}", "slot", (json_int_t)card->slot, "number",
                                        word_or_null(card->number), "carrier", word_or_null(card->carrier),
                                        "signal", (json_int_t)card->signal));
    }
    return json_pack("{s:s, s:s, s:I, s:I, s:b, s:b, s:b, s:o}", "event", event, "radio", "sim", "window",
                     (json_int_t)sim->rules.window, "battery", (json_int_t)sim->rules.battery, "charging",
                     (int)sim->rules.charging, "power_saver", (int)sim->rules.power_saver, "airplane",
                     (int)sim->rules.airplane, "sims", sims);
}

static void run_command(struct sim *sim, const char *line, size_t length)
{
    struct field_error error;
    json_t *command = fields_parse(line, length, &error);
    const char *op = json_string_value(json_object_get(command, "op"));
    if (op == NULL)
        fputs("a command is malformed\n", stderr);
    else if (strcmp(op, "send") == 0)
        sim_air_send(sim, command, clock_mono_ms());
    else if (strcmp(op, "info") == 0)
        sim_say_take(sim_state_new(sim, "info"));
    else if (strcmp(op, "inbox") == 0)
        sim_inbox_tell(sim, json_integer_value(json_object_get(command, "since")));
    json_decref(command);
}

// Returns false at the end of the device's commands.
static bool read_commands(struct sim *sim)
{
    static char bytes[RADIO_LINE_MAX_BYTES];
    static size_t length;
    ssize_t count = read(STDIN_FILENO, bytes + length, sizeof bytes - length);
    if (count < 0)
        return errno == EINTR || errno == EAGAIN;
    length += (size_t)count;
    size_t start = 0;
    for (char *end; (end = memchr(bytes + start, '\n', length - start)) != NULL;) {
        run_command(sim, bytes + start, (size_t)(end - (bytes + start)));
        start = (size_t)(end - bytes) + 1;
    }
    memmove(bytes, bytes + start, length - start);
    length -= start;
    return count > 0 && length < sizeof bytes;
}

static int wait_ms(int64_t deadline_ms, int64_t now_ms)
{
    if (deadline_ms == INT64_MAX)
        return -1;
    return deadline_ms > now_ms ? (int)(deadline_ms - now_ms) : 0;
}

static void sim_run(struct sim *sim)
{
    int64_t ready_at_ms = clock_mono_ms() + sim->rules.ready_ms; // INT64_MAX once it has been said
    struct pollfd polls[POLL_COUNT];
    do {
        int64_t air_ms = sim_air_deadline(sim);
        polls[POLL_INPUT] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
        polls[POLL_CONTROL] = (struct pollfd){.fd = sim->control, .events = POLLIN};
        polls[POLL_CLIENT] = (struct pollfd){.fd = sim->client, .events = POLLIN};
        poll(polls, POLL_COUNT, wait_ms(air_ms < ready_at_ms ? air_ms : ready_at_ms, clock_mono_ms()));
        if (clock_mono_ms() >= ready_at_ms) {
            sim_say_take(sim_state_new(sim, "ready"));
            ready_at_ms = INT64_MAX;
        }
        if (polls[POLL_CLIENT].revents != 0)
            sim_control_read(sim);
        if (polls[POLL_CONTROL].revents != 0)
            sim_control_accept(sim);
        if (polls[POLL_INPUT].revents != 0 && !read_commands(sim))
            return;
        sim_air_step(sim, clock_mono_ms());
    } while (true);
}

static bool load_rules(struct sim *sim, const char *path)
{
    struct field_error error = {.detail = "is too long"};
    static char text[RULES_MAX_BYTES];
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    if (length < sizeof text && sim_rules_read(&sim->rules, text, length, &error))
        return true;
    fprintf(stderr, "%s: %s %s\n", path, error.path, error.detail);
    return false;
}

static void print_help(void)
{
    puts("Usage: smsquitto-radio-sim [options]\n"
         "A simulated radio for smsquitto-device; speaks docs/radio.md on standard input and output.\n\n"
         "  --rules FILE     how messages fare (JSON)\n"
         "  --control PATH   unix socket for commands: inbound texts, new rules, crash\n"
         "  --air FILE       append one JSON line for each message that reaches the air\n"
         "  --inbox FILE     keep inbound texts in this file\n"
         "  --seed NUMBER    of the random numbers\n"
         "  --fast           sent and delivered at once, unless rules say otherwise");
}

static bool parse_flags(struct sim *sim, struct flags *flags, int count, char **arguments)
{
    static const struct option options[] = {
        {"rules", required_argument, NULL, 'r'}, {"control", required_argument, NULL, 'c'},
        {"air", required_argument, NULL, 'a'},   {"inbox", required_argument, NULL, 'i'},
        {"seed", required_argument, NULL, 's'},  {"fast", no_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0},
    };
    int64_t seed = 0;
    for (int flag; (flag = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        switch (flag) {
        case 'r':
            flags->rules = optarg;
            break;
        case 'c':
            flags->control = optarg;
            break;
        case 'a':
            flags->air = optarg;
            break;
        case 'i':
            sim->inbox = optarg;
            break;
        case 's':
            if (!parse_int(&seed, optarg, strlen(optarg), 0, INT64_MAX))
                return false;
            sim->seed = (uint64_t)seed;
            break;
        case 'f':
            sim->rules.otherwise.sent_ms = sim->rules.otherwise.delivered_ms = (struct sim_range){0, 0};
            break;
        default:
            print_help();
            return false;
        }
    }
    return optind == count;
}

int main(int count, char **arguments)
{
    static struct sim sim = {.air = -1, .control = -1, .client = -1};
    struct flags flags = {.rules = NULL};
    sim_rules_default(&sim.rules);
    if (!parse_flags(&sim, &flags, count, arguments) ||
        (flags.rules != NULL && !load_rules(&sim, flags.rules)))
        return 2;
    if (flags.air != NULL)
        sim.air = open(flags.air, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if ((flags.air != NULL && sim.air < 0) || !sim_inbox_open(&sim) ||
        (flags.control != NULL && !sim_control_open(&sim, flags.control))) {
        perror("smsquitto-radio-sim");
        return 1;
    }
    sim_run(&sim);
    sim_control_close(&sim, flags.control);
    sim_air_clear(&sim);
    sim_inbox_clear(&sim);
    return 0;
}
