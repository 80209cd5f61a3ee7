// /webhooks: those of our webhooks that are told in SMSGate's form. Each has one event there.
#include "bridge/smsgate/hook_event.h"
#include "bridge/smsgate/smsgate_internal.h"

#include "common/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WEBHOOKS_READ = 128 }; // more than an account may have

struct wish {
    const char *id, *device, *url, *event;
};

static const struct field FIELDS[] = {
    {"id", FIELD_STRING, offsetof(struct wish, id), false, 1, HOOK_APP_ID_SIZE - 1},
    {"deviceId", FIELD_STRING, offsetof(struct wish, device), false, 1, DEVICE_ID_MAX},
    {"url", FIELD_STRING, offsetof(struct wish, url), true, 1, HOOK_URL_MAX},
    {"event", FIELD_STRING, offsetof(struct wish, event), true, 1, 40},
};

static json_t *webhook_json(const struct webhook *row, const char *device)
{
    return json_pack("{s:s, s:o, s:s, s:s}", "id", row->app_id[0] != '\0' ? row->app_id : row->id, "deviceId",
                     api_text(device), "url", row->url, "event", smsgate_hook_word_of_bits(row->events));
}

// Reads what is asked for into the command. False with the error set.
static bool read_wish(struct command_webhook *out, const struct wish *wish, struct field_error *error)
{
    const char *why;
    if (!url_check(wish->url, HOOK_URL_MAX, &why))
        return field_fail(error, "url", "%s", why);
    if (wish->id != NULL && !smsgate_name_valid(wish->id))
        return field_fail(error, "id", "must be visible ASCII characters without a slash");
    if (!smsgate_hook_known(wish->event))
        return field_fail(error, "event", "is no event that webhooks are told of");
    out->events = smsgate_hook_bits(wish->event);
    if (out->events == 0)
        return field_fail(error, "event", "never happens with this gateway: it takes plain texts only");
    out->signature = HOOK_SMSGATE_FORM;
    out->url = strdup(wish->url);
    snprintf(out->name, sizeof(out->name), "SMSGate: %s%s%s", wish->event, wish->device != NULL ? " of " : "",
             wish->device != NULL ? wish->device : "");
    api_copy(out->app_id, sizeof(out->app_id), wish->id);
    api_copy(out->device, sizeof(out->device), wish->device);
    return out->url != NULL || field_no_memory(error, "url");
}

static void created(struct request *request, struct command *command)
{
    const struct command_webhook *done = &command->webhook;
    json_t *json = webhook_json(&done->row, done->device);
    json_object_set_new(json, "signingKey", json_string(done->row.secret));
    request_reply_json_take(request, 201, json);
}

void smsgate_webhooks_create(struct request *request)
{
    struct wish wish = {.id = NULL};
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command =
        command_new(COMMAND_WEBHOOK_ADD, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!fields_decode_known(&wish, json, FIELDS, sizeof(FIELDS) / sizeof(FIELDS[0]), "", &error) ||
               !read_wish(&command->webhook, &wish, &error)) {
        request_invalid(request, &error);
    } else {
        request_submit_take(request, command, created);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

// The ids of the account's devices, to be found by number. Owned: json_decref frees.
static json_t *device_ids(struct request *request)
{
    json_t *ids = json_object();
    char n[24];
    size_t count;
    struct device_view *views = calloc(SMSGATE_DEVICES_MAX, sizeof(*views));
    if (views != NULL && query_devices(request_store(request), views, SMSGATE_DEVICES_MAX, &count,
                                       request_principal(request)->account, 0) == QUERY_OK)
        for (size_t i = 0; i < count; i++) {
            snprintf(n, sizeof(n), "%lld", (long long)views[i].device.n);
            json_object_set_new(ids, n, json_string(views[i].device.id));
            device_view_clear(&views[i]);
        }
    free(views);
    return ids;
}

static const char *device_of(const json_t *ids, int64_t n)
{
    char text[24];
    snprintf(text, sizeof(text), "%lld", (long long)n);
    return json_string_value(json_object_get(ids, text));
}

void smsgate_webhooks_list(struct request *request)
{
    size_t count;
    struct webhook *rows = calloc(WEBHOOKS_READ, sizeof(*rows));
    if (rows == NULL || query_webhooks(request_store(request), rows, WEBHOOKS_READ, &count,
                                       request_principal(request)->account, 0) != QUERY_OK) {
        free(rows);
        request_unavailable(request);
        return;
    }
    json_t *list = json_array(), *ids = device_ids(request);
    for (size_t i = 0; i < count; i++)
        if (rows[i].signature == HOOK_SMSGATE_FORM && rows[i].url[0] != '\0' && !rows[i].disabled)
            json_list_add_take(&list, webhook_json(&rows[i], device_of(ids, rows[i].device)));
    json_decref(ids);
    secret_clear(rows, WEBHOOKS_READ * sizeof(*rows));
    free(rows);
    request_reply_json_take(request, 200, list);
}

static void removed(struct request *request, struct command *command)
{
    (void)command;
    request_reply_empty(request, 204);
}

void smsgate_webhooks_remove(struct request *request)
{
    const char *id = request_param(request, 0);
    struct command *command =
        command_new(COMMAND_WEBHOOK_REMOVE, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
        return;
    }
    if (id_valid(id, strlen(id), "WH"))
        api_copy(command->webhook.id, sizeof(command->webhook.id), id);
    else if (strlen(id) < HOOK_APP_ID_SIZE)
        api_copy(command->webhook.app_id, sizeof(command->webhook.app_id), id);
    request_submit_take(request, command, removed);
}
