// The link to phones: what is leased to them, what they say of it, and the stream that tells them to come.
// They pull all that they hold from the store, so that nothing is lost with a word on the stream.
#include "bridge/smsgate/phone_internal.h"

#include "common/clock.h"
#include "common/isotime.h"
#include "common/json_quick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PULL_MAX = 100, PRIORITY_FIRST = 100, SECOND_MS = 1000 };

static json_t *leased_json(const struct message_view *view)
{
    const struct message *message = &view->message;
    char id[PHONE_MESSAGE_ID_SIZE];
    int64_t until = message->lease_until < message->expires_at ? message->lease_until : message->expires_at;
    bool first = message->lane == LANE_OTP || message->lane == LANE_HIGH;
    phone_message_id(id, message);
    json_t *json = json_pack("{s:s, s:s, s:{s:s}, s:[s], s:b, s:b, s:i, s:o, s:s, s:o}", "id", id, "message",
                             message->text, "textMessage", "text", message->text, "phoneNumbers",
                             message->peer, "withDeliveryReport", message->want_report, "isEncrypted", false,
                             "priority", first ? PRIORITY_FIRST : 0, "validUntil", api_time(until), "state",
                             smsgate_state_name(message->cancelling ? SMSGATE_CANCELLING : SMSGATE_PENDING),
                             "createdAt", api_time(message->created_at));
    int64_t sim = message->sim != 0 ? message->sim : message->want_sim;
    if (sim != 0)
        json_object_set_new(json, "simNumber", json_integer(sim));
    return json;
}

static void reply_leased(struct request *request, int64_t device)
{
    size_t count;
    struct message_view *views = calloc(PULL_MAX, sizeof(*views));
    if (views == NULL || query_out(request_store(request), views, PULL_MAX, &count, device) != QUERY_OK) {
        free(views);
        request_unavailable(request);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_list_add_take(&list, leased_json(&views[i]));
        message_view_clear(&views[i]);
    }
    free(views);
    request_reply_json_take(request, 200, list);
}

static void greeted(struct request *request, struct command *command)
{
    struct device device;
    (void)command;
    if (!phone_of(&device, request))
        return;
    reply_leased(request, device.n);
    device_clear(&device);
}

// A phone that listens is known to be there; any other says hello by coming, and gets what is leased to it
// then.
void phone_messages(struct request *request)
{
    struct device device;
    if (!phone_of(&device, request))
        return;
    struct command *hello = NULL;
    if (request_listens(request, device.id))
        reply_leased(request, device.n);
    else if ((hello = phone_hello(&device, ORIGIN_HTTP)) != NULL)
        request_submit_take(request, hello, greeted);
    else
        request_unavailable(request);
    device_clear(&device);
}

static void reported(struct request *request, struct command *command)
{
    (void)command;
    request_reply_empty(request, 204);
}

// Owned; NULL when it is no JSON.
static json_t *parse_list(const char *text, size_t length)
{
    bool short_of_memory;
    json_t *list = json_quick(text, length, &short_of_memory);
    return list != NULL || short_of_memory ? list : json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
}

void phone_states(struct request *request)
{
    struct device device;
    struct field_error error;
    size_t length;
    if (!phone_of(&device, request))
        return;
    const char *body = request_body(request, &length);
    json_t *list = parse_list(body, length);
    struct command *command = command_new(COMMAND_REPORTS, ORIGIN_HTTP, device.account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!phone_reports_read(&command->reports.reports, list, clock_wall_ms(), &error)) {
        request_invalid(request, &error);
    } else {
        memcpy(command->reports.device, device.id, sizeof(device.id));
        request_submit_take(request, command, reported);
        command = NULL;
    }
    command_free(command);
    json_decref(list);
    device_clear(&device);
}

static void submit(struct engine *engine, struct command *command)
{
    if (command != NULL && !engine_submit(engine, command))
        command_free(command);
}

static void on_alive(struct engine *engine, const char *name)
{
    struct command *command = command_new(COMMAND_REPORTS, ORIGIN_NONE, 0);
    if (command != NULL) {
        command->reports.reports.journal = PHONE_JOURNAL;
        api_copy(command->reports.device, sizeof(command->reports.device), name);
    }
    submit(engine, command);
}

static void on_gone(struct engine *engine, const char *name)
{
    struct command *command = command_new(COMMAND_PRESENCE, ORIGIN_NONE, 0);
    if (command != NULL) {
        command->presence.at = clock_wall_ms();
        api_copy(command->presence.device, sizeof(command->presence.device), name);
    }
    submit(engine, command);
}

void phone_events(struct request *request)
{
    static const struct push_listener LISTENER = {.alive = on_alive, .gone = on_gone};
    struct device device;
    if (!phone_of(&device, request))
        return;
    request_reply_push(request, device.id, &LISTENER);
    submit(request_engine(request), phone_hello(&device, ORIGIN_NONE));
    device_clear(&device);
}

// Notes that the message is on its way: it lies in the store for the phone.
static void note_published(struct command *command, const struct publish *item)
{
    struct published *entry = &command->published.items[command->published.count++];
    memcpy(entry->id, item->send.id, sizeof(entry->id));
    entry->account = item->send.account;
    entry->lease = item->send.lease;
}

// Has the app post the texts of that time again. Whole seconds, as its own server says them.
static void ask_inbox(struct http_server *http, const struct publish *item)
{
    char since[ISOTIME_SIZE], until[ISOTIME_SIZE], data[80];
    isotime_format(since, item->inbox.from);
    isotime_format(until, item->inbox.to + SECOND_MS - 1);
    snprintf(data, sizeof(data), "{\"since\":\"%.19sZ\",\"until\":\"%.19sZ\"}", since, until);
    http_push(http, item->device, "MessagesExportRequested", data);
}

// Says on the phone's stream what makes the app come for it.
static void call(struct http_server *http, const struct publish *item)
{
    if (item->leaf == TOPIC_INBOX)
        ask_inbox(http, item);
    if (item->leaf == TOPIC_SEND || item->leaf == TOPIC_CANCEL || item->leaf == TOPIC_QUERY)
        http_push(http, item->device, "MessageEnqueued", "null");
    if (item->leaf != TOPIC_CONFIG)
        return;
    http_push(http, item->device, "SettingsUpdated", "null");
    http_push(http, item->device, "WebhooksUpdated", "null");
}

void smsgate_publish_take(struct http_server *http, struct engine *engine, struct publish *items)
{
    size_t count = 0;
    for (const struct publish *item = items; item != NULL; item = item->next)
        count += item->leaf == TOPIC_SEND;
    struct command *command = count > 0 ? command_new(COMMAND_PUBLISHED, ORIGIN_NONE, 0) : NULL;
    if (command != NULL)
        command->published.items = calloc(count, sizeof(*command->published.items));
    for (struct publish *item = items, *next; item != NULL; item = next) {
        next = item->next;
        call(http, item);
        if (item->leaf == TOPIC_SEND && command != NULL && command->published.items != NULL)
            note_published(command, item);
        publish_free(item);
    }
    submit(engine, command);
}
