// One JSON object, read strictly into a struct.
#include "plugin/control_request.h"

#include <jansson.h>
#include <string.h>

static const char *const names[] = {
    [COMMAND_SNAPSHOT] = "snapshot", [COMMAND_KICK] = "kick", [COMMAND_ROSTER] = "roster",
    [COMMAND_COUNTERS] = "counters", [COMMAND_COUNT] = "",
};

const char *command_name(enum command command)
{
    return names[command];
}

// Printable ASCII that JSON carries without escapes, so that it can be sent back as it is.
static const char *read_request_id(struct control_request *request, const json_t *value)
{
    static const char wrong[] =
        "request: must be at most 64 printable ASCII characters without quote and backslash";
    const char *text = json_string_value(value);
    if (text == NULL || json_string_length(value) > REQUEST_ID_MAX)
        return wrong;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
            return wrong;
    }
    stpcpy(request->request, text);
    return NULL;
}

static const char *read_command(struct control_request *request, const json_t *value)
{
    const char *text = json_string_value(value);
    for (int i = 0; text != NULL && i < COMMAND_COUNT; i++) {
        if (strcmp(names[i], text) == 0) {
            request->command = (enum command)i;
            return NULL;
        }
    }
    return "command: must be snapshot, kick, roster or counters";
}

static const char *read_device(struct control_request *request, const json_t *value)
{
    if (request->command != COMMAND_KICK)
        return value == NULL ? NULL : "device: only kick takes one";
    if (!json_is_string(value) || !device_id_valid(json_string_value(value), json_string_length(value)))
        return "device: must be a device id";
    stpcpy(request->device, json_string_value(value));
    return NULL;
}

static const char *read_object(struct control_request *request, json_t *object)
{
    const json_t *id = json_object_get(object, "request");
    const json_t *device = json_object_get(object, "device");
    const char *wrong = id == NULL ? NULL : read_request_id(request, id);
    if (wrong == NULL)
        wrong = read_command(request, json_object_get(object, "command"));
    if (wrong == NULL)
        wrong = read_device(request, device);
    size_t known = 1 + (id != NULL) + (device != NULL);
    if (wrong == NULL && json_object_size(object) != known)
        wrong = "payload: unknown field";
    return wrong;
}

const char *control_request_read(struct control_request *request, const void *payload, size_t length)
{
    *request = (struct control_request){.command = COMMAND_COUNT};
    if (length > CONTROL_PAYLOAD_MAX)
        return "payload: too long";
    json_t *object = json_loadb(length == 0 ? "" : payload, length, JSON_REJECT_DUPLICATES, NULL);
    const char *wrong =
        json_is_object(object) ? read_object(request, object) : "payload: must be one JSON object";
    json_decref(object);
    return wrong;
}
