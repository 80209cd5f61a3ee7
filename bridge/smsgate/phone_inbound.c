// Texts that came in to phones. The app posts them itself, signed with the account's key, to the address that
// phone_webhooks gave it.
#include "bridge/smsgate/phone_internal.h"

#include "common/clock.h"
#include "common/isotime.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAC_BYTES = 32, TIMESTAMP_MAX = 20, TEXT_MAX = WIRE_TEXT_MAX_BYTES };

struct envelope {
    const char *id, *event;
    json_t *payload;
};

static const struct field ENVELOPE_FIELDS[] = {
    {"id", FIELD_STRING, offsetof(struct envelope, id), true, 1, UID_SIZE - 1},
    {"event", FIELD_STRING, offsetof(struct envelope, event), true, 1, 40},
    {"payload", FIELD_OBJECT, offsetof(struct envelope, payload), true, 0, 32},
};

struct payload {
    const char *sender, *phone_number, *text, *received_at;
    int64_t sim;
};

static const struct field PAYLOAD_FIELDS[] = {
    {"sender", FIELD_STRING, offsetof(struct payload, sender), false, 1, PEER_SIZE - 1},
    {"phoneNumber", FIELD_STRING, offsetof(struct payload, phone_number), false, 1, PEER_SIZE - 1},
    {"message", FIELD_STRING, offsetof(struct payload, text), true, 0, TEXT_MAX},
    {"receivedAt", FIELD_STRING, offsetof(struct payload, received_at), false, 1, 40},
    {"simNumber", FIELD_INT, offsetof(struct payload, sim), false, 0, WIRE_SIMS_MAX},
};

// Whether the request is signed with that key, over its body and X-Timestamp.
static bool is_signed(const struct request *request, const char *key)
{
    const char *timestamp = request_header(request, "X-Timestamp");
    const char *given = request_header(request, "X-Signature");
    uint8_t mac[EVP_MAX_MD_SIZE];
    char text[2 * MAC_BYTES + 1];
    unsigned int size;
    size_t length;
    const char *body = request_body(request, &length);
    if (timestamp == NULL || given == NULL || strlen(timestamp) > TIMESTAMP_MAX ||
        strlen(given) != 2 * MAC_BYTES || key[0] == '\0')
        return false;
    char *content = malloc(length + TIMESTAMP_MAX);
    if (content == NULL)
        return false;
    memcpy(content, body, length);
    memcpy(content + length, timestamp, strlen(timestamp));
    bool done = HMAC(EVP_sha256(), key, (int)strlen(key), (const uint8_t *)content,
                     length + strlen(timestamp), mac, &size) != NULL;
    free(content);
    for (size_t i = 0; i < MAC_BYTES && done; i++)
        snprintf(text + 2 * i, 3, "%02x", mac[i]);
    return done && CRYPTO_memcmp(text, given, 2 * MAC_BYTES) == 0;
}

// A name for a text that is the same whenever the app posts it, also when it reads its inbox again: each time
// the envelope has another id, and the app's own messageId has 32 bits. Borrowed from json; NULL when memory
// runs out.
static const char *name_text(json_t *json, const struct wire_inbound *text)
{
    uint8_t hash[SECRET_HASH_BYTES];
    char name[2 * SECRET_HASH_BYTES + 1];
    char *content = NULL;
    int length = asprintf(&content, "%lld %s %s", (long long)text->received_at, text->from, text->text);
    if (length < 0)
        return NULL;
    secret_hash(hash, content, (size_t)length);
    free(content);
    for (size_t i = 0; i < sizeof(hash); i++)
        snprintf(name + 2 * i, 3, "%02x", hash[i]);
    json_t *kept = json_string(name);
    return json_object_set_new(json, "name", kept) == 0 ? json_string_value(kept) : NULL;
}

// Reads one text. The inbound borrows from json, which it keeps. False with the error set.
static bool read_inbound(struct wire_inbounds *out, json_t *json, struct field_error *error)
{
    struct envelope envelope = {.id = NULL};
    struct payload payload = {.sender = NULL};
    if (!fields_decode_known(&envelope, json, ENVELOPE_FIELDS, 3, "", error) ||
        !fields_decode_known(&payload, envelope.payload, PAYLOAD_FIELDS, 5, "payload", error))
        return false;
    if (strcmp(envelope.event, "sms:received") != 0)
        return field_fail(error, "event", "must be sms:received: nothing else was asked for");
    const char *from = payload.sender != NULL ? payload.sender : payload.phone_number;
    if (from == NULL)
        return field_fail(error, "payload.sender", "is missing");
    *out = (struct wire_inbounds){.journal = PHONE_JOURNAL, .count = 1, .json = json_incref(json)};
    out->items[0] =
        (struct wire_inbound){.uid = envelope.id, .from = from, .sim = payload.sim, .text = payload.text};
    struct wire_inbound *text = &out->items[0];
    const char *at = payload.received_at;
    if (at == NULL || !isotime_parse(&text->received_at, at, strlen(at)))
        text->received_at = clock_wall_ms();
    else
        text->uid = name_text(json, text);
    error->memory = text->uid == NULL;
    return text->uid != NULL;
}

static void stored(struct request *request, struct command *command)
{
    (void)command;
    request_reply_json_take(request, 200, json_object());
}

static void take(struct request *request, const struct device *device)
{
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command = command_new(COMMAND_INBOUND, ORIGIN_HTTP, device->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!read_inbound(&command->inbound.inbounds, json, &error)) {
        request_invalid(request, &error);
    } else {
        memcpy(command->inbound.device, device->id, sizeof(device->id));
        request_submit_take(request, command, stored);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

void phone_inbound(struct request *request)
{
    struct device device = {.n = 0};
    struct phone_settings row = {.settings = NULL};
    struct query *store = request_store(request);
    enum query_status status = query_phone_by_id(store, &device, request_param(request, 0));
    if (status == QUERY_OK)
        status = query_phone_settings(store, &row, device.account);
    if (status == QUERY_FAILED)
        request_unavailable(request);
    else if (status == QUERY_NONE || !is_signed(request, row.signing_key))
        request_unauthorized(request, "this is not signed with the key that the gateway gave to its phones");
    else
        take(request, &device);
    phone_settings_clear(&row);
    device_clear(&device);
}
