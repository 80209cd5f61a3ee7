// What radios read beside their lines: the state of a phone as Termux prints it, ModemManager's times and
// failures, the file of parts that wait for a report, the rules of the simulated radio. The first line says
// which.
#include "common/parse.h"
#include "device/radios/mm_text.h"
#include "device/radios/pending.h"
#include "device/radios/sim_rules.h"
#include "device/radios/termux_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t max)
{
    if (strnlen(text, max + 1) > max || !parse_utf8_valid(text, strlen(text)))
        abort();
}

static void read_termux(const char *text)
{
    struct termux_state state = {.signal = -1, .battery = -1};
    json_t *json = json_loads(text, 0, NULL);
    termux_read_device(&state, json);
    termux_read_cells(&state, json);
    termux_read_battery(&state, json);
    check_text(state.carrier, WIRE_WORD_MAX_BYTES);
    if (state.signal < -1 || state.signal > 100 || state.battery < -1 || state.battery > 100)
        abort();
    json_t *event = termux_state_event(&state, "info", 1, 1);
    char *line = event != NULL ? json_dumps(event, JSON_COMPACT) : NULL;
    if (line == NULL)
        abort();
    free(line);
    json_decref(event);
    json_decref(json);
}

static void read_time(const char *text)
{
    int64_t at_ms;
    (void)mm_time_parse(&at_ms, text);
}

static void read_failure(const char *text)
{
    struct mm_failure failure;
    char name[128];
    size_t length = strcspn(text, "\n");
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    mm_failure_of(&failure, name, text + length + (text[length] != '\0'));
    if (failure.code[0] == '\0' || strnlen(failure.code, sizeof failure.code) == sizeof failure.code)
        abort();
}

// Every part that is read is found again by its reference and recipient.
static void read_pending(const char *text)
{
    static struct pending pending;
    char path[64];
    int file = memfd_create("pending", MFD_CLOEXEC);
    size_t length = strlen(text);
    if (file < 0 || write(file, text, length) != (ssize_t)length)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    (void)pending_open(&pending, path);
    close(file);
    pending.file = NULL;
    while (pending.count > 0) {
        struct pending_part first = pending.parts[0], part;
        if (!pending_take(&pending, &part, first.reference, first.to) || part.reference != first.reference)
            abort();
    }
}

static void read_rules(const char *text)
{
    static struct sim_rules rules;
    struct field_error error = {.detail = ""};
    sim_rules_default(&rules);
    if (!sim_rules_read(&rules, text, strlen(text), &error) && error.detail[0] == '\0')
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        const char *word;
        void (*read)(const char *text);
    } KINDS[] = {{"termux\n", read_termux},
                 {"time\n", read_time},
                 {"failure\n", read_failure},
                 {"pending\n", read_pending},
                 {"rules\n", read_rules}};
    char *text = strndup((const char *)data, size);
    int taken = -1;
    if (text == NULL)
        abort();
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++)
        if (strncmp(text, KINDS[i].word, strlen(KINDS[i].word)) == 0) {
            KINDS[i].read(text + strlen(KINDS[i].word));
            taken = 0;
        }
    free(text);
    return taken;
}
