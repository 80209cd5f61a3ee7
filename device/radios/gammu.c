// smsquitto-radio-gammu: a phone or USB modem behind libgammu, as a radio of smsquitto-device.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/clock.h"
#include "common/parse.h"
#include "device/radios/gammu_phone.h"
#include "device/radios/pending.h"
#include "device/radios/side.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct radio {
    struct phone *phone;
    struct side_input input;
    struct pending pending;
    int64_t poll_ms;
    bool keep;            // leave stored texts in the phone
    bool asked;           // the device wants the inbox
    const char *ref, *to; // of the message that is being sent
};

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
    side_say_take(json_pack("{s:s, s:s, s:i, s:I, s:b, s:[{s:i, s:o, s:I}]}", "event", event, "radio",
                            "gammu", "window", 1, "battery", (json_int_t)state.battery, "charging",
                            (int)state.charging, "sims", "slot", 1, "carrier", carrier, "signal",
                            (json_int_t)state.signal));
}

static void on_part_sent(void *context, int part, int parts, int reference)
{
    struct radio *radio = context;
    struct pending_part pending = {
        .reference = reference, .part = part, .parts = parts, .at = clock_wall_ms()};
    snprintf(pending.ref, sizeof pending.ref, "%s", radio->ref);
    snprintf(pending.to, sizeof pending.to, "%s", radio->to);
    pending_add(&radio->pending, &pending);
    side_say_sent(radio->ref, part, parts);
}

static void do_send(struct radio *radio, const struct side_command *command)
{
    struct phone_error error;
    radio->ref = command->ref;
    radio->to = command->to;
    side_say_taken(command->ref);
    if (phone_send(radio->phone, command->to, command->text, command->report, on_part_sent, radio, &error))
        return;
    if (error.broken) // it may have reached the network: the device decides what doubt means
        give_up(&error);
    side_say_failed(command->ref, error.kind, error.code, error.text);
}

static void on_command(void *context, const struct side_command *command)
{
    struct radio *radio = context;
    switch (command->op) {
    case SIDE_SEND:
        do_send(radio, command);
        break;
    case SIDE_INFO:
        say_state(radio, "info");
        break;
    case SIDE_INBOX:
        radio->asked = true;
        break;
    case SIDE_STORED:
        if (!radio->keep)
            phone_forget(radio->phone, command->uid);
        break;
    }
}

static void on_text(void *context, const struct wire_inbound *inbound)
{
    (void)context;
    side_say_inbound(inbound);
}

static bool on_fate(void *context, int reference, const char *number, bool delivered)
{
    struct radio *radio = context;
    struct pending_part part;
    if (!pending_take(&radio->pending, &part, reference, number))
        return true; // a report for a text that was not ours: it would only fill the phone
    side_say_fate(part.ref, part.part, part.parts, delivered);
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
        if (input.revents != 0 && !side_read(&radio->input, on_command, radio))
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
