// smsquitto-radio-modemmanager: a modem that ModemManager looks after, as a radio of smsquitto-device.
#include "common/clock.h"
#include "common/segments.h"
#include "device/radios/mm_modem.h"
#include "device/radios/pending.h"
#include "device/radios/side.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct radio {
    struct mm *mm;
    struct side_input input;
    struct pending pending;
    bool ready, keep;
    // The text that is being sent; ref "" = none.
    char ref[WIRE_WORD_MAX_BYTES + 1], to[NUMBER_SIZE];
    int parts;
    bool report;
};

static void say_state(struct radio *radio, const char *event)
{
    struct mm_state state;
    mm_state(radio->mm, &state);
    side_say_take(json_pack(
        "{s:s, s:s, s:i, s:[{s:i, s:s*, s:s*, s:I}]}", "event", event, "radio", "modemmanager", "window", 1,
        "sims", "slot", 1, "number", state.number[0] != '\0' ? state.number : NULL, "carrier",
        state.carrier[0] != '\0' ? state.carrier : NULL, "signal", (json_int_t)state.signal));
}

// Ends the program: what is in the modem is in doubt, and the device knows what to do about that.
static _Noreturn void give_up(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static void on_ready(void *context)
{
    struct radio *radio = context;
    radio->ready = true;
    say_state(radio, "ready");
}

static void on_changed(void *context)
{
    say_state(context, "info");
}

// ModemManager asks for a report of a text's last part only, so that one speaks for all.
static void remember(struct radio *radio, int last_reference)
{
    struct pending_part pending = {
        .reference = last_reference, .part = 0, .parts = radio->parts, .at = clock_wall_ms()};
    memcpy(pending.ref, radio->ref, sizeof pending.ref);
    memcpy(pending.to, radio->to, sizeof pending.to);
    pending_add(&radio->pending, &pending);
}

static void on_sent(void *context, int reference)
{
    struct radio *radio = context;
    if (radio->report && reference >= 0)
        remember(radio, reference);
    side_say_sent(radio->ref, 0, radio->parts);
    radio->ref[0] = '\0';
}

static void on_failed(void *context, const struct mm_failure *failure, const char *text)
{
    struct radio *radio = context;
    char shown[WIRE_ERROR_TEXT_MAX_BYTES + 1];
    if (failure->doubt)
        give_up("ModemManager does not tell what became of a text");
    if (strcmp(failure->code, "mm-Unauthorized") == 0)
        fputs("this user may not send: docs/radio.md has the rule for polkit\n", stderr);
    bool fits = strlen(text) < sizeof shown;
    side_say_failed(radio->ref, failure->kind, failure->code,
                    fits ? text : "ModemManager could not send the text");
    radio->ref[0] = '\0';
}

static void on_text(void *context, const struct wire_inbound *inbound)
{
    (void)context;
    side_say_inbound(inbound);
}

static void on_fate(void *context, int reference, const char *number, bool delivered)
{
    struct radio *radio = context;
    struct pending_part part;
    if (pending_take(&radio->pending, &part, reference, number))
        side_say_fate(part.ref, part.part, part.parts, delivered);
}

static void on_note(void *context, const char *text)
{
    (void)context;
    fprintf(stderr, "%s\n", text);
}

static void on_lost(void *context, const char *why)
{
    (void)context;
    give_up(why);
}

static void do_send(struct radio *radio, const struct side_command *command)
{
    struct segments segments;
    side_say_taken(command->ref);
    if (!radio->ready || radio->ref[0] != '\0' ||
        !segments_count(&segments, command->text, strlen(command->text))) {
        side_say_failed(command->ref, WIRE_ERROR_LIMIT, "mm-busy", "the modem sends one text at a time");
        return;
    }
    snprintf(radio->ref, sizeof radio->ref, "%s", command->ref);
    snprintf(radio->to, sizeof radio->to, "%s", command->to);
    radio->parts = segments.parts;
    radio->report = command->report;
    mm_send(radio->mm, command->to, command->text, command->report);
}

static void on_command(void *context, const struct side_command *command)
{
    struct radio *radio = context;
    switch (command->op) {
    case SIDE_SEND:
        do_send(radio, command);
        break;
    case SIDE_INFO:
        if (radio->ready)
            say_state(radio, "info");
        break;
    case SIDE_INBOX:
        if (radio->ready)
            mm_list(radio->mm);
        break;
    case SIDE_STORED:
        if (!radio->keep)
            mm_forget(radio->mm, command->uid);
        break;
    }
}

static void radio_run(struct radio *radio)
{
    struct pollfd polls[2] = {{.fd = STDIN_FILENO, .events = POLLIN}};
    int timeout_ms;
    for (;;) {
        mm_step(radio->mm);
        mm_poll(radio->mm, &polls[1], &timeout_ms);
        if (poll(polls, 2, timeout_ms) < 0 && errno != EINTR)
            return;
        if (polls[0].revents != 0 && !side_read(&radio->input, on_command, radio))
            return;
    }
}

static void print_help(void)
{
    puts("Usage: smsquitto-radio-modemmanager [options]\n"
         "A modem of ModemManager as a radio for smsquitto-device; speaks docs/radio.md on standard input "
         "and\n"
         "output.\n\n"
         "  --modem WHICH  its IMEI, device identifier, primary port (ttyUSB2), path in /sys; any (the "
         "default)\n"
         "  --state FILE   remembers texts that wait for a delivery report\n"
         "  --keep         leave texts in the modem once the device has them");
}

static bool parse_flags(struct radio *radio, const char **which, const char **state, int count,
                        char **arguments)
{
    static const struct option options[] = {
        {"modem", required_argument, NULL, 'm'},
        {"state", required_argument, NULL, 's'},
        {"keep", no_argument, NULL, 'k'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (int flag; (flag = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        switch (flag) {
        case 'm':
            *which = optarg;
            break;
        case 's':
            *state = optarg;
            break;
        case 'k':
            radio->keep = true;
            break;
        case 'h':
            print_help();
            exit(0);
        default:
            return false;
        }
    }
    return optind == count;
}

int main(int count, char **arguments)
{
    static const struct mm_handler handler = {.ready = on_ready,
                                              .changed = on_changed,
                                              .sent = on_sent,
                                              .failed = on_failed,
                                              .text = on_text,
                                              .fate = on_fate,
                                              .note = on_note,
                                              .lost = on_lost};
    static struct radio radio;
    const char *which = "any", *state = NULL;
    if (!parse_flags(&radio, &which, &state, count, arguments)) {
        fputs("smsquitto-radio-modemmanager: wrong arguments; see --help\n", stderr);
        return 2;
    }
    if (!pending_open(&radio.pending, state)) {
        fprintf(stderr, "%s: cannot be read\n", state);
        return 1;
    }
    radio.mm = mm_open(which, &handler, &radio);
    if (radio.mm == NULL)
        give_up("the system's D-Bus does not answer");
    radio_run(&radio);
    mm_close(radio.mm);
    return 0;
}
