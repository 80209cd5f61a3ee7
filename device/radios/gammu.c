// smsquitto-radio-gammu: a phone or USB modem behind libgammu, as a radio of smsquitto-device.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/clock.h"
#include "common/parse.h"
#include "device/radio_line.h"
#include "device/radios/gammu_phone.h"
#include "device/radios/pending.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct radio {
    struct phone *phone;
    struct pending pending;
    int64_t poll_ms;
    bool keep;            // leave stored texts in the phone
    bool asked;           // the device wants the inbox
    const char *ref, *to; // of the message that is being sent
};

static void say_take(json_t *event)
{
    if (event != NULL && json_dumpf(event, stdout, JSON_COMPACT) == 0)
        putchar('\n');
    json_decref(event);
    if (fflush(stdout) != 0)
        exit(0); // the device is gone
}

static const char *kind_word(enum wire_error_kind kind)
{
    static const char *const words[] = {
        [WIRE_ERROR_NONE] = "permanent",
        [WIRE_ERROR_TEMPORARY] = "temporary",
        [WIRE_ERROR_PERMANENT] = "permanent",
        [WIRE_ERROR_LIMIT] = "limit",
    };
    return words[kind];
}

// A phone that cannot be talked to any more: the device starts this program again.
static _Noreturn void give_up(const struct phone_error *error)
{
    fprintf(stderr, "the phone does not answer: %s\n", error->text);
    exit(1);
}

static void say_state(struct radio *radio, const char *event)
{
    struct phone_state state;
    phone_state(radio->phone, &state);
    json_t *carrier = state.carrier[0] != '\0' ? json_string(state.carrier) : json_null();
    say_take(json_pack("{s:s, s:s, s:i, s:I, s:b, s:[{s:i, s:o, s:I}]}", "event", event, "radio", "gammu",
                       "window", 1, "battery", (json_int_t)state.battery, "charging", (int)state.charging,
                       "sims", "slot", 1, "carrier", carrier, "signal", (json_int_t)state.signal));
}

static void on_part_sent(void *context, int part, int parts, int reference)
{
    struct radio *radio = context;
    struct pending_part pending = {
        .reference = reference, .part = part, .parts = parts, .at = clock_wall_ms()};
    snprintf(pending.ref, sizeof pending.ref, "%s", radio->ref);
    snprintf(pending.to, sizeof pending.to, "%s", radio->to);
    pending_add(&radio->pending, &pending);
    say_take(
        json_pack("{s:s, s:s, s:i, s:i}", "event", "sent", "ref", radio->ref, "part", part, "parts", parts));
}

static void do_send(struct radio *radio, const json_t *command)
{
    struct phone_error error;
    const char *text = json_string_value(json_object_get(command, "text"));
    radio->ref = json_string_value(json_object_get(command, "ref"));
    radio->to = json_string_value(json_object_get(command, "to"));
    if (radio->ref == NULL || radio->to == NULL || text == NULL) {
        fputs("a send command is malformed\n", stderr);
        return;
    }
    say_take(json_pack("{s:s, s:s}", "event", "taken", "ref", radio->ref));
    if (phone_send(radio->phone, radio->to, text, json_is_true(json_object_get(command, "report")),
                   on_part_sent, radio, &error))
        return;
    if (error.broken) // it may have reached the network: the device decides what doubt means
        give_up(&error);
    say_take(json_pack("{s:s, s:s, s:s, s:s, s:s}", "event", "failed", "ref", radio->ref, "kind",
                       kind_word(error.kind), "code", error.code, "text", error.text));
}

static void run_command(struct radio *radio, const char *line, size_t length)
{
    struct field_error error;
    json_t *command = fields_parse(line, length, &error);
    const char *op = json_string_value(json_object_get(command, "op"));
    const char *uid = json_string_value(json_object_get(command, "uid"));
    if (op == NULL)
        fputs("a command is malformed\n", stderr);
    else if (strcmp(op, "send") == 0)
        do_send(radio, command);
    else if (strcmp(op, "info") == 0)
        say_state(radio, "info");
    else if (strcmp(op, "inbox") == 0)
        radio->asked = true;
    else if (strcmp(op, "stored") == 0 && uid != NULL && !radio->keep)
        phone_forget(radio->phone, uid);
    json_decref(command);
}

// Returns false at the end of the device's commands.
static bool read_commands(struct radio *radio)
{
    static char bytes[RADIO_LINE_MAX_BYTES];
    static size_t length;
    ssize_t count = read(STDIN_FILENO, bytes + length, sizeof bytes - length);
    if (count < 0)
        return errno == EINTR;
    length += (size_t)count;
    size_t start = 0;
    for (char *end; (end = memchr(bytes + start, '\n', length - start)) != NULL;) {
        run_command(radio, bytes + start, (size_t)(end - (bytes + start)));
        start = (size_t)(end - bytes) + 1;
    }
    memmove(bytes, bytes + start, length - start);
    length -= start;
    return count > 0 && length < sizeof bytes;
}

static void on_text(void *context, const struct wire_inbound *inbound)
{
    (void)context;
    say_take(json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "event", "inbound", "uid", inbound->uid, "from",
                       inbound->from, "text", inbound->text, "sim", (json_int_t)inbound->sim, "received_at",
                       (json_int_t)inbound->received_at));
}

static bool on_fate(void *context, int reference, const char *number, bool delivered)
{
    struct radio *radio = context;
    struct pending_part part;
    if (!pending_take(&radio->pending, &part, reference, number))
        return true; // a report for a text that was not ours: it would only fill the phone
    say_take(json_pack("{s:s, s:s, s:i, s:i}", "event", delivered ? "delivered" : "undelivered", "ref",
                       part.ref, "part", part.part, "parts", part.parts));
    return true;
}

static void radio_run(struct radio *radio)
{
    static const struct phone_handler handler = {.text = on_text, .fate = on_fate};
    struct phone_error error;
    int64_t next_ms = 0;
    for (;;) {
        int64_t wait_ms = next_ms - clock_mono_ms();
        struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
        poll(&input, 1, wait_ms > 0 ? (int)wait_ms : 0);
        if (input.revents != 0 && !read_commands(radio))
            return;
        if (clock_mono_ms() < next_ms && !radio->asked)
            continue;
        if (!phone_read(radio->phone, &handler, radio, &error))
            give_up(&error);
        radio->asked = false;
        next_ms = clock_mono_ms() + radio->poll_ms;
    }
}

static void print_help(void)
{
    puts("Usage: smsquitto-radio-gammu --device DEVICE [options]\n"
         "A phone or USB modem as a radio for smsquitto-device; speaks docs/radio.md on standard input and\n"
         "output.\n\n"
         "  --device DEVICE      such as /dev/ttyUSB0; the folder of a dummy phone\n"
         "  --connection NAME    such as at, at115200 (at); none for a dummy phone\n"
         "  --model NAME         found out when empty; dummy for tests\n"
         "  --state FILE         remembers parts that wait for a delivery report\n"
         "  --poll MS            between two looks into the inbox (5000)\n"
         "  --keep               leave texts in the phone once the device has them");
}

static bool parse_flags(struct radio *radio, struct phone_options *phone, const char **state, int count,
                        char **arguments)
{
    static const struct option options[] = {
        {"device", required_argument, NULL, 'd'}, {"connection", required_argument, NULL, 'c'},
        {"model", required_argument, NULL, 'm'},  {"state", required_argument, NULL, 's'},
        {"poll", required_argument, NULL, 'p'},   {"keep", no_argument, NULL, 'k'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    for (int flag; (flag = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        switch (flag) {
        case 'd':
            phone->device = optarg;
            break;
        case 'c':
            phone->connection = optarg;
            break;
        case 'm':
            phone->model = optarg;
            break;
        case 's':
            *state = optarg;
            break;
        case 'p':
            if (!parse_int(&radio->poll_ms, optarg, strlen(optarg), 10, 3600000))
                return false;
            break;
        case 'k':
            radio->keep = true;
            break;
        default:
            print_help();
            return false;
        }
    }
    return optind == count && phone->device != NULL;
}

int main(int count, char **arguments)
{
    static struct radio radio = {.poll_ms = 5000};
    struct phone_options options = {.model = "", .connection = "at"};
    struct phone_error error;
    const char *state = NULL;
    if (!parse_flags(&radio, &options, &state, count, arguments)) {
        fputs("smsquitto-radio-gammu: --device is needed; see --help\n", stderr);
        return 2;
    }
    if (!pending_open(&radio.pending, state)) {
        fprintf(stderr, "%s: cannot be read\n", state);
        return 1;
    }
    radio.phone = phone_open(&options, &error);
    if (radio.phone == NULL)
        give_up(&error);
    say_state(&radio, "ready");
    radio_run(&radio);
    phone_close(radio.phone);
    return 0;
}
