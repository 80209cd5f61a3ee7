// Who is connected: asked of the plugin, which answers in pages.
#include "bridge/link/link_internal.h"

#include "common/clock.h"
#include "common/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_MAX = 10000, ANSWER_MS = 10000 };

struct snapshot {
    const char *command, *request;
    bool ok, more;
    int64_t page;
    const char *boot;
    json_t *online;
};

static const struct field FIELDS[] = {
    {"command", FIELD_STRING, offsetof(struct snapshot, command), true, 0, 64},
    {"request", FIELD_STRING, offsetof(struct snapshot, request), false, 0, 64},
    {"ok", FIELD_BOOL, offsetof(struct snapshot, ok), true, 0, 0},
    {"boot", FIELD_STRING, offsetof(struct snapshot, boot), true, 0, JOURNAL_SIZE - 1},
    {"page", FIELD_INT, offsetof(struct snapshot, page), false, 0, INT32_MAX},
    {"more", FIELD_BOOL, offsetof(struct snapshot, more), false, 0, 0},
    {"online", FIELD_ARRAY, offsetof(struct snapshot, online), false, 0, PAGE_MAX},
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

static void submit_page(struct link *link, const struct snapshot *snapshot)
{
    struct command *command = command_new(COMMAND_ONLINE, ORIGIN_NONE, 0);
    size_t count = json_array_size(snapshot->online);
    if (command == NULL || (command->online.devices = calloc(count + 1, DEVICE_ID_SIZE)) == NULL) {
        command_free(command);
        link->state_refused = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const char *id = json_string_value(json_object_get(json_array_get(snapshot->online, i), "device"));
        if (id != NULL && device_id_valid(id, strlen(id)))
            memcpy(command->online.devices[command->online.count++], id, strlen(id) + 1);
    }
    command->online.first = snapshot->page == 0;
    command->online.last = !snapshot->more;
    snprintf(command->online.boot, sizeof(command->online.boot), "%s", snapshot->boot);
    link_submit_state(link, command);
}

// Whoever is on a page that is missing would be taken for offline, so all is asked for again.
static void receive_page(struct link *link, const struct snapshot *snapshot)
{
    if (link->state_refused || strcmp(snapshot->request, link->asked) != 0)
        return; // it is asked for again, or has been since
    if (snapshot->page != link->next_page) {
        link->state_refused = true;
        return;
    }
    link->next_page = snapshot->more ? link->next_page + 1 : 0;
    link->answer_due_ms = snapshot->more ? clock_mono_ms() + ANSWER_MS : 0;
    submit_page(link, snapshot);
}

void link_receive_control(struct link *link, const char *payload, size_t length)
{
    struct field_error error;
    struct snapshot snapshot = {.request = ""};
    json_t *json = fields_parse(payload, length, &error);
    link->state_refused |= json == NULL && error.memory;
    if (json == NULL ||
        !fields_decode_known(&snapshot, json, FIELDS, sizeof(FIELDS) / sizeof(FIELDS[0]), "", &error))
        link_refuse(link, "", "control response", &error);
    else if (!snapshot.ok)
        log_event(LOG_WARNING, "the plugin refused a command", "command", snapshot.command, NULL);
    else if (strcmp(snapshot.command, "snapshot") == 0)
        receive_page(link, &snapshot);
    json_decref(json);
}
