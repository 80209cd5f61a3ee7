// Phones with SMSGate's app: how they come, and what they are told to be like.
#include "bridge/smsgate/phone_internal.h"

#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SIMS_MAX = WIRE_SIMS_MAX };

struct wish {
    const char *name;
    json_t *sims;
};

static const struct field FIELDS[] = {
    {"name", FIELD_STRING, offsetof(struct wish, name), false, 0, 256},
    {"simCards", FIELD_ARRAY, offsetof(struct wish, sims), false, 0, SIMS_MAX},
};

struct card {
    int64_t slot;
    const char *carrier;
};

static const struct field CARD_FIELDS[] = {
    {"simNumber", FIELD_INT, offsetof(struct card, slot), true, 1, SIMS_MAX},
    {"carrierName", FIELD_STRING, offsetof(struct card, carrier), false, 0, CARRIER_SIZE - 1},
};

bool phone_of(struct device *out, struct request *request)
{
    const char *header = request_header(request, "Authorization");
    uint8_t hash[SECRET_HASH_BYTES];
    enum query_status status = QUERY_NONE;
    if (header != NULL && strncasecmp(header, "Bearer ", 7) == 0) {
        const char *token = header + 7 + strspn(header + 7, " ");
        secret_hash(hash, token, strlen(token));
        status = query_phone(request_store(request), out, hash);
    }
    if (status == QUERY_NONE)
        request_unauthorized(request, "no phone has this token");
    else if (status == QUERY_FAILED)
        request_unavailable(request);
    return status == QUERY_OK;
}

// What a phone tells of itself, as its status.
static char *status_text(const struct wire_sim *sims, size_t count)
{
    struct wire_status status = {.journal = PHONE_JOURNAL,
                                 .oldest = 1,
                                 .next = 1,
                                 .software = "SMSGate",
                                 .radio = "smsgate",
                                 .battery = -1,
                                 .at = clock_wall_ms()};
    memcpy(status.sims, sims, count * sizeof(*sims));
    status.sim_count = count;
    return wire_status_encode(&status);
}

// A command with that status (taken); NULL when memory runs out.
static struct command *status_take(const struct device *device, char *text)
{
    struct field_error error;
    struct command *command = text != NULL ? command_new(COMMAND_STATUS, ORIGIN_NONE, device->account) : NULL;
    if (command == NULL || !wire_status_decode(&command->status_report.status, text, strlen(text), &error)) {
        command_free(command);
        free(text);
        return NULL;
    }
    memcpy(command->status_report.device, device->id, sizeof(device->id));
    command->status_report.text = text;
    return command;
}

struct command *phone_hello(const struct device *device, enum command_origin origin)
{
    struct command *command = command_new(COMMAND_STATUS, origin, device->account);
    if (command == NULL)
        return NULL;
    memcpy(command->status_report.device, device->id, sizeof(device->id));
    command->status_report.bare = true;
    command->status_report.status =
        (struct wire_status){.hello = true, .journal = PHONE_JOURNAL, .oldest = 1, .next = 1};
    return command;
}

// Reads the SIMs. What the app has masked ("***1234") is left out. False with the error set.
static bool read_sims(struct wire_sim *sims, size_t *count, const json_t *list, struct field_error *error)
{
    char path[32];
    size_t i;
    json_t *value;
    *count = 0;
    json_array_foreach(list, i, value)
    {
        struct card card = {.slot = 0};
        snprintf(path, sizeof(path), "simCards[%zu]", i);
        if (!fields_decode_known(&card, value, CARD_FIELDS, 2, path, error))
            return false;
        for (size_t k = 0; k < *count; k++)
            if (sims[k].slot == card.slot)
                return field_fail(error, path, "has the number of another SIM");
        bool masked = card.carrier != NULL && strchr(card.carrier, '*') != NULL;
        sims[(*count)++] =
            (struct wire_sim){.slot = card.slot, .carrier = masked ? NULL : card.carrier, .signal = -1};
    }
    return true;
}

// Reads the body. False after replying.
static bool read_wish(struct request *request, struct wish *wish, json_t **json, struct wire_sim *sims,
                      size_t *count)
{
    struct field_error error;
    *json = request_json(request);
    if (*json == NULL)
        return false;
    if (fields_decode_known(wish, *json, FIELDS, 2, "", &error) && read_sims(sims, count, wish->sims, &error))
        return true;
    request_invalid(request, &error);
    return false;
}

// Notes the SIMs of the request's body; what it has was read before.
static void note_sims(struct request *request, const struct device *device)
{
    struct wish wish = {.name = NULL};
    struct wire_sim sims[SIMS_MAX];
    struct field_error error;
    size_t count, length;
    const char *body = request_body(request, &length);
    json_t *json = fields_parse(body, length, &error);
    if (json != NULL && fields_decode_known(&wish, json, FIELDS, 2, "", &error) &&
        read_sims(sims, &count, wish.sims, &error)) {
        struct command *command = status_take(device, status_text(sims, count));
        if (command != NULL && !engine_submit(request_engine(request), command))
            command_free(command);
    }
    json_decref(json);
}

static void registered(struct request *request, struct command *command)
{
    const struct command_device *done = &command->device;
    struct account account;
    if (done->wrong_code) {
        request_wrong_guess(request);
        request_unauthorized(request, "the code is not known: it was used, or its time is over");
        return;
    }
    if (query_account_by_n(request_store(request), &account, command->account) != QUERY_OK) {
        request_unavailable(request);
        return;
    }
    note_sims(request, &done->device);
    request_reply_json_take(
        request, 201,
        json_pack("{s:s, s:s, s:s}", "id", done->device.id, "token", done->key, "login", account.id));
}

// A name that fits, cut between characters.
static void copy_name(char out[NAME_SIZE], const char *name)
{
    size_t length = strlen(name);
    if (length >= NAME_SIZE)
        for (length = NAME_SIZE - 1; length > 0 && ((unsigned char)name[length] & 0xC0) == 0x80;)
            length--;
    memcpy(out, name, length);
    out[length] = '\0';
}

// The code that the phone brings in place of a key, or NULL.
static const char *given_code(const struct request *request)
{
    static const char SCHEME[] = "Code ";
    const char *header = request_header(request, "Authorization");
    return header != NULL && strncasecmp(header, SCHEME, strlen(SCHEME)) == 0 ? header + strlen(SCHEME)
                                                                              : NULL;
}

// Whether it may register: with a key, or it may try its code. False after replying.
static bool may_register(struct request *request, const char *code)
{
    if (code == NULL)
        return request_needs_key(request, SCOPE_DEVICES_WRITE);
    if (!request_may_guess(request))
        return false;
    if (strlen(code) == PHONE_CODE_SIZE - 1)
        return true;
    request_wrong_guess(request);
    request_unauthorized(request, "a code has six digits");
    return false;
}

void phone_register(struct request *request)
{
    const char *code = given_code(request);
    struct wish wish = {.name = NULL};
    struct wire_sim sims[SIMS_MAX];
    json_t *json = NULL;
    size_t count;
    if (may_register(request, code) && read_wish(request, &wish, &json, sims, &count)) {
        struct command *command =
            command_new(COMMAND_DEVICE_ADD, ORIGIN_HTTP, request_principal(request)->account);
        if (command == NULL) {
            request_unavailable(request);
        } else {
            command->device.phone = true;
            if (code != NULL)
                memcpy(command->device.code, code, PHONE_CODE_SIZE);
            copy_name(command->device.name,
                      wish.name != NULL && wish.name[0] != '\0' ? wish.name : "Android");
            request_submit_take(request, command, registered);
        }
    }
    json_decref(json);
}

void phone_update(struct request *request)
{
    struct wish wish = {.name = NULL};
    struct wire_sim sims[SIMS_MAX];
    struct device device;
    json_t *json = NULL;
    size_t count;
    if (!phone_of(&device, request))
        return;
    if (read_wish(request, &wish, &json, sims, &count)) {
        note_sims(request, &device);
        request_reply_empty(request, 204);
    }
    json_decref(json);
    device_clear(&device);
}

void phone_show(struct request *request)
{
    char address[64];
    struct device device;
    request_address(request, address, sizeof(address));
    json_t *json = json_pack("{s:s}", "externalIp", address);
    if (request_header(request, "Authorization") != NULL) {
        if (!phone_of(&device, request)) {
            json_decref(json);
            return;
        }
        json_object_set_new(json, "device", smsgate_device_json(&device));
        device_clear(&device);
    }
    request_reply_json_take(request, 200, json);
}

void phone_webhooks(struct request *request)
{
    struct device device;
    char base[PHONE_URL_SIZE], url[PHONE_URL_SIZE + 64];
    if (!phone_of(&device, request))
        return;
    request_base_url(request, base, sizeof(base));
    snprintf(url, sizeof(url), "%s" PHONE_BASE "/inbound/%s", base, device.id);
    json_t *list = json_array();
    if (base[0] != '\0')
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s}", "id", "smsquitto", "url", url, "event", "sms:received"));
    device_clear(&device);
    request_reply_json_take(request, 200, list);
}

static void set_in(json_t *settings, const char *section, const char *name, const char *value)
{
    json_t *object = json_object_get(settings, section);
    if (object == NULL)
        json_object_set_new(settings, section, object = json_object());
    json_object_set_new(object, name, json_string(value));
}

void phone_settings(struct request *request)
{
    struct device device;
    struct phone_settings row = {.settings = NULL};
    if (!phone_of(&device, request))
        return;
    enum query_status status = query_phone_settings(request_store(request), &row, device.account);
    device_clear(&device);
    if (status == QUERY_FAILED) {
        request_unavailable(request);
        return;
    }
    json_t *json = row.settings != NULL ? json_loads(row.settings, 0, NULL) : json_object();
    set_in(json, "gateway", "notification_channel", "SSE_ONLY");
    if (row.signing_key[0] != '\0')
        set_in(json, "webhooks", "signing_key", row.signing_key);
    phone_settings_clear(&row);
    request_reply_json_take(request, 200, json);
}
