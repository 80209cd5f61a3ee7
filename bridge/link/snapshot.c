// Who is connected: asked of the plugin, which answers in pages.
#include "bridge/link/link_internal.h"

#include "common/clock.h"
#include "common/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_MAX = 10000, ANSWER_MS = 10000 };

// All that answers of the plugin may hold.
struct answer {
    const char *command, *request;
    bool ok, more, batches;
    int64_t page, taken;
    const char *boot;
    json_t *online, *absent;
};

static const struct field FIELDS[] = {
    {"command", FIELD_STRING, offsetof(struct answer, command), true, 0, 64},
    {"request", FIELD_STRING, offsetof(struct answer, request), false, 0, 64},
    {"ok", FIELD_BOOL, offsetof(struct answer, ok), true, 0, 0},
    {"boot", FIELD_STRING, offsetof(struct answer, boot), true, 0, JOURNAL_SIZE - 1},
    {"page", FIELD_INT, offsetof(struct answer, page), false, 0, INT32_MAX},
    {"more", FIELD_BOOL, offsetof(struct answer, more), false, 0, 0},
    {"online", FIELD_ARRAY, offsetof(struct answer, online), false, 0, PAGE_MAX},
    {"batches", FIELD_BOOL, offsetof(struct answer, batches), false, 0, 0},
    {"taken", FIELD_INT, offsetof(struct answer, taken), false, 0, BATCH_ENTRIES_MAX},
    {"absent", FIELD_ARRAY, offsetof(struct answer, absent), false, 0, BATCH_ENTRIES_MAX},
};

void link_ask_snapshot(struct link *link)
{
    snprintf(link->asked, sizeof(link->asked), "snapshot-%u", ++link->asked_count);
    link->next_page = 0;
    link->answer_due_ms = clock_mono_ms() + ANSWER_MS;
    link_control(link, "snapshot", link->asked, NULL);
}

bool link_snapshot_late(const struct link *link)
{
    return link->answer_due_ms != 0 && clock_mono_ms() >= link->answer_due_ms;
}

static void submit_page(struct link *link, const struct answer *answer)
{
    struct command *command = command_new(COMMAND_ONLINE, ORIGIN_NONE, 0);
    size_t count = json_array_size(answer->online);
    if (command == NULL || (command->online.devices = calloc(count + 1, DEVICE_ID_SIZE)) == NULL) {
        command_free(command);
        link->state_refused = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const char *id = json_string_value(json_object_get(json_array_get(answer->online, i), "device"));
        if (id != NULL && device_id_valid(id, strlen(id)))
            memcpy(command->online.devices[command->online.count++], id, strlen(id) + 1);
    }
    command->online.first = answer->page == 0;
    command->online.last = !answer->more;
    snprintf(command->online.boot, sizeof(command->online.boot), "%s", answer->boot);
    link_submit_state(link, command);
}

// Whoever is on a page that is missing would be taken for offline, so all is asked for again.
static void receive_page(struct link *link, const struct answer *answer)
{
    if (link->state_refused || strcmp(answer->request, link->asked) != 0)
        return; // it is asked for again, or has been since
    if (answer->page != link->next_page) {
        link->state_refused = true;
        return;
    }
    link->batches = answer->batches;
    link->next_page = answer->more ? link->next_page + 1 : 0;
    link->answer_due_ms = answer->more ? clock_mono_ms() + ANSWER_MS : 0;
    submit_page(link, answer);
}

void link_receive_control(struct link *link, const char *payload, size_t length)
{
    struct field_error error;
    struct answer answer = {.request = ""};
    json_t *json = fields_parse(payload, length, &error);
    link->state_refused |= json == NULL && error.memory;
    if (json == NULL ||
        !fields_decode_known(&answer, json, FIELDS, sizeof(FIELDS) / sizeof(FIELDS[0]), "", &error))
        link_refuse(link, "", "control response", &error);
    else if (strcmp(answer.command, "batch") == 0)
        link_batch_answered(link, answer.ok, answer.request, answer.taken, answer.absent);
    else if (!answer.ok)
        log_event(LOG_WARNING, "the plugin refused a command", "command", answer.command, NULL);
    else if (strcmp(answer.command, "snapshot") == 0)
        receive_page(link, &answer);
    json_decref(json);
}
