// /v1/devices: phones and modems.
#include "bridge/api/api_internal.h"

#include "bridge/store/query_pools.h"
#include "bridge/store/vitals.h"

#include <stdio.h>

#include <stdlib.h>
#include <string.h>

struct body {
    const char *id, *name;
    json_t *tags;
};

static const struct field CREATE_FIELDS[] = {
    {"id", FIELD_STRING, offsetof(struct body, id), false, 1, DEVICE_ID_MAX},
    {"name", FIELD_STRING, offsetof(struct body, name), true, 1, NAME_SIZE - 1},
};

static const struct field UPDATE_FIELDS[] = {
    {"name", FIELD_STRING, offsetof(struct body, name), false, 1, NAME_SIZE - 1},
    {"tags", FIELD_ARRAY, offsetof(struct body, tags), false, 0, DEVICE_TAGS_MAX},
};

// Without the broker nobody knows who is there, and what was known last is no help.
static void add_presence(json_t *json, const struct device *device, bool reachable)
{
    const char *state = device->paused   ? "paused"
                        : !reachable     ? "unknown"
                        : device->online ? "online"
                                         : "offline";
    json_object_set_new(json, "state", json_string(state));
    json_object_set_new(json, "reason", reachable ? json_null() : json_string("no_broker"));
    json_object_set_new(json, "online", json_boolean(reachable && device->online));
}

// What a device tells of itself; members that it left out are null.
static void add_told(json_t *json, const struct device *device, bool link_up)
{
    static const char *const MEMBERS[] = {"radio", "software"};
    json_t *status = device->status != NULL ? json_loads(device->status, 0, NULL) : NULL;
    for (size_t i = 0; i < sizeof(MEMBERS) / sizeof(MEMBERS[0]); i++) {
        json_t *value = json_object_get(status, MEMBERS[i]);
        json_object_set_new(json, MEMBERS[i], value != NULL ? json_incref(value) : json_null());
    }
    const char *radio = json_string_value(json_object_get(status, "radio"));
    bool phone =
        radio != NULL && strcmp(radio, "smsgate") == 0; // by HTTP, without a journal before its radio
    json_object_set_new(json, "qos_max", json_integer(phone ? 1 : 2));
    add_presence(json, device, link_up || phone);
    json_t *sims = json_object_get(status, "sims"), *level = json_object_get(status, "battery");
    json_object_set_new(json, "sims", sims != NULL ? json_incref(sims) : json_array());
    json_object_set_new(json, "battery",
                        json_is_integer(level) && json_integer_value(level) >= 0
                            ? json_pack("{s:O, s:b}", "level", level, "charging",
                                        json_is_true(json_object_get(status, "charging")))
                            : json_null());
    json_object_set_new(json_object_get(json, "queue"), "on_device",
                        json_integer(json_integer_value(json_object_get(status, "queue"))));
    json_decref(status);
}

static json_t *warnings_json(int64_t warnings)
{
    json_t *list = json_array();
    for (int64_t bit = 1; bit <= WARNING_LAST; bit <<= 1)
        if ((warnings & bit) != 0)
            json_list_add_take(&list, json_string(warning_text((enum warning)bit)));
    return list;
}

static json_t *tags_json(struct query *store, int64_t device)
{
    char tags[DEVICE_TAGS_MAX][TAG_SIZE];
    size_t count = 0;
    json_t *list = json_array();
    if (query_device_tags(store, tags, &count, device) != QUERY_OK)
        count = 0;
    for (size_t i = 0; i < count; i++)
        json_list_add_take(&list, json_string(tags[i]));
    return list;
}

static json_t *device_json(struct request *request, const struct device_view *view)
{
    const struct device *device = &view->device;
    struct query *store = request_store(request);
    json_t *json = json_pack("{s:s, s:s, s:o, s:o, s:o, s:{s:I, s:I}}", "id", device->id, "name",
                             device->name, "since", api_time(device->online_at), "seen_at",
                             api_time(device->seen_at), "created_at", api_time(device->created_at), "queue",
                             "waiting", (json_int_t)view->waiting, "out", (json_int_t)view->out);
    if (json != NULL) {
        json_object_set_new(json, "tags", tags_json(store, device->n));
        add_told(json, device, request_link_up(request));
        json_object_set_new(json, "warnings", warnings_json(view->warnings));
    }
    return json;
}

void api_devices_list(struct request *request)
{
    int64_t limit, cursor;
    size_t count;
    if (!api_page(request, &limit, &cursor))
        return;
    struct device_view *views = calloc((size_t)limit, sizeof(*views));
    if (views == NULL || query_devices(request_store(request), views, (size_t)limit, &count,
                                       request_principal(request)->account, cursor) != QUERY_OK) {
        free(views);
        request_unavailable(request);
        return;
    }
    json_t *devices = json_array();
    int64_t last = count == (size_t)limit ? views[count - 1].device.n : 0;
    for (size_t i = 0; i < count; i++) {
        json_list_add_take(&devices, device_json(request, &views[i]));
        device_view_clear(&views[i]);
    }
    free(views);
    api_reply_page_take(request, "devices", devices, last);
}

void api_devices_show(struct request *request)
{
    struct device_view view;
    if (!api_find_device(request, &view))
        return;
    json_t *json = device_json(request, &view);
    device_view_clear(&view);
    request_reply_json_take(request, 200, json);
}

// The device of a finished command, as it is shown; NULL when the store cannot be read.
static json_t *result_json(struct request *request, const struct command *command)
{
    struct device_view view;
    if (query_device(request_store(request), &view, command->account, command->device.device.id) != QUERY_OK)
        return NULL;
    json_t *json = device_json(request, &view);
    device_view_clear(&view);
    return json;
}

// Replies with it, or says that it cannot be shown now.
static void show(struct request *request, int status, json_t *json)
{
    if (json != NULL)
        request_reply_json_take(request, status, json);
    else
        request_unavailable(request);
}

static void show_result(struct request *request, struct command *command)
{
    show(request, 200, result_json(request, command));
}

// With the key, which is shown this once, and where the phone connects.
static json_t *result_with_key(struct request *request, const struct command *command)
{
    const struct http_options *options = request_options(request);
    json_t *json = result_json(request, command);
    if (json == NULL) { // the key must not be lost
        const struct device_view view = {.device = command->device.device};
        json = device_json(request, &view);
    }
    json_object_set_new(json, "key", json_string(command->device.key));
    if (options->public_host[0] != '\0')
        json_object_set_new(json, "mqtt",
                            json_pack("{s:s, s:I, s:b}", "host", options->public_host, "port",
                                      (json_int_t)options->public_port, "tls", options->public_tls));
    return json;
}

static void show_created(struct request *request, struct command *command)
{
    request_reply_json_take(request, 201, result_with_key(request, command));
}

static void show_rotated(struct request *request, struct command *command)
{
    request_reply_json_take(request, 200, result_with_key(request, command));
}

static void show_nothing(struct request *request, struct command *command)
{
    (void)command;
    request_reply_empty(request, 204);
}

// A command about the device of the path; NULL after replying.
static struct command *device_command(struct request *request, enum command_kind kind)
{
    const char *id = request_param(request, 0);
    if (!device_id_valid(id, strlen(id))) {
        request_not_found(request, "there is no such device");
        return NULL;
    }
    struct command *command = command_new(kind, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL)
        request_unavailable(request);
    else
        api_copy(command->device.id, sizeof(command->device.id), id);
    return command;
}

void api_devices_create(struct request *request)
{
    struct body body = {0};
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command =
        command_new(COMMAND_DEVICE_ADD, ORIGIN_HTTP, request_principal(request)->account);
    bool valid =
        fields_decode(&body, json, CREATE_FIELDS, 2, "", &error) &&
        (body.id == NULL || device_id_valid(body.id, strlen(body.id)) ||
         field_fail(&error, "id", "must be 1 to %d of a-z, 0-9 and -, not - at an end", DEVICE_ID_MAX));
    if (command == NULL)
        request_unavailable(request);
    else if (!valid)
        request_invalid(request, &error);
    else {
        api_copy(command->device.id, sizeof(command->device.id), body.id);
        api_copy(command->device.name, sizeof(command->device.name), body.name);
        request_submit_take(request, command, show_created);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

// Tags as words with spaces between. NULL stays NULL.
static bool read_tags(struct command_device *wish, const json_t *tags, struct field_error *error)
{
    char path[32], words[DEVICE_TAGS_MAX * TAG_SIZE] = "";
    size_t i, used = 0;
    json_t *value;
    wish->set_tags = tags != NULL;
    json_array_foreach(tags, i, value)
    {
        const char *tag = json_is_string(value) ? json_string_value(value) : "";
        snprintf(path, sizeof(path), "tags[%zu]", i);
        if (!device_id_valid(tag, strlen(tag)))
            return field_fail(error, path, "must be 1 to %d of a-z, 0-9 and -, not - at an end",
                              DEVICE_ID_MAX);
        for (size_t k = 0; k < i; k++)
            if (strcmp(json_string_value(json_array_get(tags, k)), tag) == 0)
                return field_fail(error, path, "stands in the list twice");
        used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%s", i > 0 ? " " : "", tag);
    }
    wish->tags = tags != NULL ? strdup(words) : NULL;
    return tags == NULL || wish->tags != NULL || field_no_memory(error, "tags");
}

void api_devices_update(struct request *request)
{
    struct body body = {0};
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command = NULL;
    if (!fields_decode(&body, json, UPDATE_FIELDS, sizeof(UPDATE_FIELDS) / sizeof(UPDATE_FIELDS[0]), "",
                       &error) ||
        (body.name == NULL && body.tags == NULL &&
         !field_fail(&error, "name", "is missing: give name or tags")))
        request_invalid(request, &error);
    else if ((command = device_command(request, COMMAND_DEVICE_UPDATE)) == NULL) {
        // has been answered
    } else if (!read_tags(&command->device, body.tags, &error)) {
        request_invalid(request, &error);
        command_free(command);
    } else {
        api_copy(command->device.name, sizeof(command->device.name), body.name);
        request_submit_take(request, command, show_result);
    }
    json_decref(json);
}

static void set_paused(struct request *request, bool paused)
{
    struct command *command = device_command(request, COMMAND_DEVICE_UPDATE);
    if (command == NULL)
        return;
    command->device.set_paused = true;
    command->device.paused = paused;
    request_submit_take(request, command, show_result);
}

void api_devices_pause(struct request *request)
{
    set_paused(request, true);
}

void api_devices_resume(struct request *request)
{
    set_paused(request, false);
}

void api_devices_rotate(struct request *request)
{
    struct command *command = device_command(request, COMMAND_DEVICE_ROTATE);
    if (command != NULL)
        request_submit_take(request, command, show_rotated);
}

void api_devices_remove(struct request *request)
{
    struct command *command = device_command(request, COMMAND_DEVICE_REMOVE);
    if (command != NULL)
        request_submit_take(request, command, show_nothing);
}
