// smsquitto-radio-termux: the Android phone that Termux runs on, as a radio of smsquitto-device.
#include "common/clock.h"
#include "common/parse.h"
#include "device/radios/child.h"
#include "device/radios/side.h"
#include "device/radios/termux_box.h"
#include "device/radios/termux_state.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    POLL_BUSY_MS = 2000,       // between two looks into the boxes while a text waits for its row
    STATE_FRESH_MS = 30000,    // signal and battery are not asked for again within this time
    SEND_MAX_WAIT_MS = 280000, // the device gives a radio five minutes for a text
    NOTE_SIZE = 200,
    NUMBER_TEXT_SIZE = 24,
};

enum job { JOB_NONE, JOB_SEND, JOB_LIST, JOB_DEVICE, JOB_CELLS, JOB_BATTERY };

struct radio {
    int64_t poll_ms, timeout_ms, box_timeout_ms, sims;
    bool trust; // Termux's word is enough: the phone keeps no boxes
    struct side_input input;
    struct box box;
    struct termux_state state;
    struct child *child;
    enum job job;            // what the child does
    struct box_text *handed; // JOB_SEND: which
    size_t limit;            // JOB_LIST: rows asked for
    bool ready, list_now, asked;
    enum job state_next; // the next one of JOB_DEVICE … JOB_BATTERY, JOB_NONE = all done
    int64_t list_at_ms, state_at_ms;
    char note[NOTE_SIZE]; // what was said last about trouble, so that it is said once
};

// Trouble that a person has to see to; said once until something else happens.
static void note(struct radio *radio, const char *command, const char *what)
{
    char line[NOTE_SIZE];
    snprintf(line, sizeof line, "%s: %.150s", command, what);
    if (strcmp(line, radio->note) == 0)
        return;
    memcpy(radio->note, line, sizeof line);
    fprintf(stderr, "%s\n", line);
}

static void say_state(struct radio *radio, const char *event)
{
    side_say_take(termux_state_event(&radio->state, event, radio->sims, BOX_TEXTS));
}

// --- what the device wants

static void do_send(struct radio *radio, const struct side_command *command)
{
    side_say_taken(command->ref);
    if (command->sim > radio->sims)
        side_say_failed(command->ref, WIRE_ERROR_TEMPORARY, "termux-no-sim", "the phone has no such SIM");
    else if (command->text[strspn(command->text, " \t\r\n")] == '\0')
        side_say_failed(command->ref, WIRE_ERROR_PERMANENT, "termux-empty", "Termux sends no empty texts");
    else if (!box_add(&radio->box, command->ref, command->to, command->text, command->sim))
        side_say_failed(command->ref, WIRE_ERROR_LIMIT, "termux-full", "too many texts at once");
}

static void on_command(void *context, const struct side_command *command)
{
    struct radio *radio = context;
    switch (command->op) {
    case SIDE_SEND:
        do_send(radio, command);
        break;
    case SIDE_INFO:
        radio->asked = true;
        if (radio->state_next == JOB_NONE && clock_mono_ms() - radio->state_at_ms >= STATE_FRESH_MS)
            radio->state_next = JOB_DEVICE;
        break;
    case SIDE_INBOX:
        box_listen(&radio->box, command->since);
        radio->list_now = true;
        break;
    case SIDE_STORED:
        break; // Termux cannot delete a text
    }
}

// --- what the boxes say

static void on_sent(void *context, const char *ref)
{
    (void)context;
    side_say_sent(ref, 0, 0);
}

static void on_failed(void *context, const char *ref)
{
    (void)context;
    side_say_failed(ref, WIRE_ERROR_TEMPORARY, "termux-failed",
                    "Android put it into the box of failed texts; Termux does not tell why");
}

static void on_inbound(void *context, const struct wire_inbound *inbound)
{
    (void)context;
    side_say_inbound(inbound);
}

// --- the commands of the phone

// What a command printed; NULL (with a note) when it did not work. Owned.
static json_t *read_output(struct radio *radio, const char *command, const struct child_result *result)
{
    static const char *const trouble[] = {
        [CHILD_MISSING] = "not found: is the package termux-api installed?",
        [CHILD_TIMEOUT] = "did not end in time: is the app Termux:API installed, and allowed to run?",
        [CHILD_TOO_MUCH] = "printed too much",
    };
    if (result->end != CHILD_DONE) {
        note(radio, command, trouble[result->end]);
        return NULL;
    }
    json_t *json = json_loadb(result->output, result->length, 0, NULL);
    const char *error = json_string_value(json_object_get(json, "error"));
    if (json == NULL || error != NULL || result->code != 0) {
        note(radio, command, error != NULL ? error : "failed");
        json_decref(json);
        return NULL;
    }
    return json;
}

static int64_t busy_poll_ms(const struct radio *radio)
{
    return radio->poll_ms < POLL_BUSY_MS ? radio->poll_ms : POLL_BUSY_MS;
}

static void start_send(struct radio *radio, struct box_text *text, int64_t now_ms)
{
    char slot[2] = {(char)('0' + text->sim - 1), '\0'};
    const char *plain[] = {"termux-sms-send", "-n", text->to, NULL};
    const char *with_slot[] = {"termux-sms-send", "-n", text->to, "-s", slot, NULL};
    // With one SIM the phone's own choice is right, even when it lies in the second slot.
    bool choose = radio->sims > 1 && text->sim > 0;
    box_handed(&radio->box, text, now_ms + radio->timeout_ms + radio->box_timeout_ms);
    radio->handed = text;
    child_start(radio->child, choose ? with_slot : plain, text->text, now_ms, radio->timeout_ms);
}

// Termux says nothing when it takes a text, and why not when it does not. A command that hung or was cut off
// may have handed the text over: the boxes will tell.
static void end_send(struct radio *radio, const struct child_result *result)
{
    struct box_text *text = radio->handed;
    radio->handed = NULL;
    text->deadline_ms = clock_mono_ms() + radio->box_timeout_ms;
    json_t *json = json_loadb(result->output, result->length, 0, NULL);
    const char *error = json_string_value(json_object_get(json, "error"));
    if (result->end == CHILD_MISSING || error != NULL) {
        note(radio, "termux-sms-send",
             error != NULL ? error : "not found: is the package termux-api installed?");
        side_say_failed(text->ref, WIRE_ERROR_TEMPORARY, "termux-refused", "Termux did not take the text");
        box_remove(text);
    } else if (radio->trust) {
        if (result->end == CHILD_DONE && result->code == 0)
            side_say_sent(text->ref, 0, 0);
        else
            side_say_unknown(text->ref, "termux-no-answer", "termux-sms-send did not end well");
        box_remove(text);
    }
    json_decref(json);
    radio->list_at_ms = clock_mono_ms() + busy_poll_ms(radio);
}

static void start_list(struct radio *radio, int64_t now_ms)
{
    char limit[NUMBER_TEXT_SIZE];
    snprintf(limit, sizeof limit, "%zu", radio->limit);
    const char *words[] = {"termux-sms-list", "-t", "all", "-l", limit, NULL};
    radio->list_now = false;
    child_start(radio->child, words, NULL, now_ms, radio->timeout_ms);
}

static void end_list(struct radio *radio, const struct child_result *result)
{
    static const struct box_handler handler = {.sent = on_sent, .failed = on_failed, .inbound = on_inbound};
    json_t *rows = read_output(radio, "termux-sms-list", result);
    int64_t now_ms = clock_mono_ms();
    bool complete = rows == NULL || box_read(&radio->box, rows, radio->limit, &handler, radio);
    radio->limit = complete ? BOX_ROWS_FIRST : radio->limit * 2;
    radio->list_now |= !complete;
    radio->list_at_ms = now_ms + (box_first_due(&radio->box) != NULL ? busy_poll_ms(radio) : radio->poll_ms);
    if (rows != NULL && complete && !radio->ready) {
        radio->ready = true;
        say_state(radio, "ready");
    }
    json_decref(rows);
}

static const struct {
    const char *command;
    void (*read)(struct termux_state *state, const json_t *json);
} state_jobs[] = {
    [JOB_DEVICE] = {"termux-telephony-deviceinfo", termux_read_device},
    [JOB_CELLS] = {"termux-telephony-cellinfo", termux_read_cells},
    [JOB_BATTERY] = {"termux-battery-status", termux_read_battery},
};

static void start_state(struct radio *radio, int64_t now_ms)
{
    const char *words[] = {state_jobs[radio->job].command, NULL};
    radio->state_next = radio->job == JOB_BATTERY ? JOB_NONE : radio->job + 1;
    child_start(radio->child, words, NULL, now_ms, radio->timeout_ms);
}

static void end_state(struct radio *radio, const struct child_result *result)
{
    json_t *json = read_output(radio, state_jobs[radio->job].command, result);
    state_jobs[radio->job].read(&radio->state, json);
    json_decref(json);
    radio->state_at_ms = clock_mono_ms();
}

// --- the loop

// What the phone is to do next: texts go first, but not before the state of the boxes is known.
static enum job choose(struct radio *radio, int64_t now_ms)
{
    if (radio->ready && box_next(&radio->box) != NULL)
        return JOB_SEND;
    if (radio->ready && (radio->list_now || now_ms >= radio->list_at_ms))
        return JOB_LIST;
    if (radio->state_next != JOB_NONE)
        return radio->state_next;
    return now_ms >= radio->list_at_ms || radio->list_now ? JOB_LIST : JOB_NONE;
}

static void start_job(struct radio *radio, int64_t now_ms)
{
    radio->job = choose(radio, now_ms);
    if (radio->job == JOB_SEND)
        start_send(radio, box_next(&radio->box), now_ms);
    else if (radio->job == JOB_LIST)
        start_list(radio, now_ms);
    else if (radio->job != JOB_NONE)
        start_state(radio, now_ms);
}

static void end_job(struct radio *radio, const struct child_result *result)
{
    if (radio->job == JOB_SEND)
        end_send(radio, result);
    else if (radio->job == JOB_LIST)
        end_list(radio, result);
    else
        end_state(radio, result);
    radio->job = JOB_NONE;
}

// Texts without a row: they may be out or not, and waiting longer would not tell.
static void give_up_due(struct radio *radio, int64_t now_ms)
{
    struct box_text *due;
    while ((due = box_first_due(&radio->box)) != NULL && now_ms >= due->deadline_ms && due != radio->handed) {
        note(radio, "termux-sms-list", "a text is in no box; see --trust and docs/termux.md");
        side_say_unknown(due->ref, "termux-no-row", "the phone's boxes do not tell what became of it");
        box_remove(due);
    }
}

static int poll_wait_ms(struct radio *radio, int64_t now_ms)
{
    int64_t until_ms = child_busy(radio->child) ? child_deadline(radio->child) : radio->list_at_ms;
    struct box_text *due = box_first_due(&radio->box);
    if (due != NULL && due != radio->handed && due->deadline_ms < until_ms)
        until_ms = due->deadline_ms;
    if (until_ms <= now_ms)
        return 0;
    return until_ms - now_ms > INT32_MAX ? -1 : (int)(until_ms - now_ms);
}

static void radio_run(struct radio *radio)
{
    struct pollfd polls[1 + CHILD_POLL_COUNT];
    struct child_result result;
    for (;;) {
        int64_t now_ms = clock_mono_ms();
        if (child_step(radio->child, &result, now_ms))
            end_job(radio, &result);
        give_up_due(radio, now_ms);
        if (!child_busy(radio->child))
            start_job(radio, now_ms);
        if (radio->asked && radio->ready && radio->state_next == JOB_NONE && radio->job < JOB_DEVICE) {
            radio->asked = false;
            say_state(radio, "info");
        }
        polls[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
        child_polls(radio->child, &polls[1]);
        if (poll(polls, 1 + CHILD_POLL_COUNT, poll_wait_ms(radio, clock_mono_ms())) < 0 && errno != EINTR)
            return;
        if (polls[0].revents != 0 && !side_read(&radio->input, on_command, radio))
            return;
    }
}

static void print_help(void)
{
    puts("Usage: smsquitto-radio-termux [options]\n"
         "The Android phone that Termux runs on as a radio for smsquitto-device; speaks docs/radio.md on "
         "standard\n"
         "input and output. Needs the app Termux:API and the package termux-api: docs/termux.md.\n\n"
         "  --sims N          how many SIMs are in the phone (1)\n"
         "  --poll MS         between two looks into the inbox (10000)\n"
         "  --timeout MS      for one command of Termux (30000)\n"
         "  --box-timeout MS  how long a text may take to appear in the boxes (120000)\n"
         "  --trust           sent is what Termux took, for phones that keep no boxes");
}

static bool parse_flags(struct radio *radio, int count, char **arguments)
{
    static const struct option options[] = {
        {"sims", required_argument, NULL, 's'},
        {"poll", required_argument, NULL, 'p'},
        {"timeout", required_argument, NULL, 't'},
        {"trust", no_argument, NULL, 'u'},
        {"box-timeout", required_argument, NULL, 'b'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const struct {
        int flag;
        int64_t *value, min, max;
    } numbers[] = {
        {'s', &radio->sims, 1, WIRE_SIMS_MAX},
        {'p', &radio->poll_ms, 10, 3600000},
        {'t', &radio->timeout_ms, 10, 60000},
        {'b', &radio->box_timeout_ms, 10, SEND_MAX_WAIT_MS - 60000},
    };
    for (int flag; (flag = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        bool good = flag == 'u';
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
            if (numbers[i].flag == flag)
                good = parse_int(numbers[i].value, optarg, strlen(optarg), numbers[i].min, numbers[i].max);
        }
        if (flag == 'h') {
            print_help();
            exit(0);
        }
        if (!good)
            return false;
        radio->trust |= flag == 'u';
    }
    return optind == count;
}

int main(int count, char **arguments)
{
    static struct radio radio = {
        .poll_ms = 10000,
        .timeout_ms = 30000,
        .box_timeout_ms = 120000,
        .sims = 1,
        .limit = BOX_ROWS_FIRST,
        .state_next = JOB_DEVICE,
        .state = {.signal = -1, .battery = -1},
    };
    if (!parse_flags(&radio, count, arguments)) {
        fputs("smsquitto-radio-termux: wrong arguments; see --help\n", stderr);
        return 2;
    }
    radio.child = child_new();
    if (radio.child == NULL) {
        fputs("smsquitto-radio-termux: no memory\n", stderr);
        return 1;
    }
    radio_run(&radio);
    child_free(radio.child);
    return 0;
}
