// /v1/otp: one-time codes.
#include "bridge/api/api_internal.h"

#include "bridge/engine/otp_text.h"
#include "common/clock.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIGITS_MIN = 4,
    DIGITS_MAX = 10,
    DIGITS_DEFAULT = 6,
    TTL_MIN_S = 30,
    TTL_MAX_S = 86400,
    TTL_DEFAULT_S = 300,
    HASH_LENGTH = OTP_HASH_SIZE - 1,
    REGIONS_MAX = 300,
    DAY_MS = 86400000,
};

struct body {
    const char *to, *purpose, *app, *language, *domain, *android_hash, *text, *template, *client_address,
        *device, *code;
    int64_t length, ttl, sim;
    json_t *variables;
};

static const struct field SEND_FIELDS[] = {
    {"to", FIELD_STRING, offsetof(struct body, to), true, 1, 64},
    {"purpose", FIELD_STRING, offsetof(struct body, purpose), false, 1, OTP_PURPOSE_SIZE - 1},
    {"length", FIELD_INT, offsetof(struct body, length), false, DIGITS_MIN, DIGITS_MAX},
    {"ttl", FIELD_INT, offsetof(struct body, ttl), false, TTL_MIN_S, TTL_MAX_S},
    {"app", FIELD_STRING, offsetof(struct body, app), false, 1, OTP_APP_SIZE - 1},
    {"language", FIELD_STRING, offsetof(struct body, language), false, 2, OTP_LANGUAGE_SIZE - 1},
    {"text", FIELD_STRING, offsetof(struct body, text), false, 1, 600},
    {"template", FIELD_STRING, offsetof(struct body, template), false, 1, TEMPLATE_NAME_SIZE - 1},
    {"variables", FIELD_OBJECT, offsetof(struct body, variables), false, 0, TEMPLATE_VARIABLES_MAX},
    {"domain", FIELD_STRING, offsetof(struct body, domain), false, 1, OTP_DOMAIN_SIZE - 1},
    {"android_hash", FIELD_STRING, offsetof(struct body, android_hash), false, HASH_LENGTH, HASH_LENGTH},
    {"client_address", FIELD_STRING, offsetof(struct body, client_address), false, 2, OTP_CLIENT_SIZE - 1},
    {"device", FIELD_STRING, offsetof(struct body, device), false, 1, DEVICE_ID_MAX},
    {"sim", FIELD_INT, offsetof(struct body, sim), false, 1, WIRE_SIMS_MAX},
};
static const struct field CHECK_FIELDS[] = {
    {"code", FIELD_STRING, offsetof(struct body, code), true, 1, OTP_GIVEN_SIZE - 1},
};
static const struct field CHECK_NUMBER_FIELDS[] = {
    {"code", FIELD_STRING, offsetof(struct body, code), true, 1, OTP_GIVEN_SIZE - 1},
    {"to", FIELD_STRING, offsetof(struct body, to), true, 1, 64},
    {"purpose", FIELD_STRING, offsetof(struct body, purpose), false, 1, OTP_PURPOSE_SIZE - 1},
};

static json_t *verification_json(const struct verification *row)
{
    bool over = row->state == OTP_PENDING && row->expires_at <= clock_wall_ms();
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o}", "id", row->id, "to",
                     row->number, "purpose", row->purpose, "state",
                     otp_state_name(over ? OTP_EXPIRED : row->state), "message", row->message, "length",
                     (json_int_t)row->digits, "checks_left", (json_int_t)row->checks_left, "sends",
                     (json_int_t)row->sends, "created_at", api_time(row->created_at), "expires_at",
                     api_time(row->expires_at), "ended_at", api_time(row->ended_at));
}

static bool read_to(struct request *request, struct command_otp *wish, const char *to,
                    struct field_error *error)
{
    enum number_status status =
        number_normalize(wish->to, to, strlen(to), request_options(request)->default_country);
    if (status != NUMBER_OK)
        return field_fail(error, "to", "%s", number_status_text(status));
    number_region(wish->region, wish->to);
    return true;
}

static bool only(const char *text, const char *others)
{
    for (; *text != '\0'; text++)
        if (!isalnum((unsigned char)*text) && strchr(others, *text) == NULL)
            return false;
    return true;
}

// The form of an address that limits count by: IPv4 as it is, of IPv6 the network of 64 bits that one
// customer has. False when text is no address.
static bool read_address(char out[OTP_CLIENT_SIZE], const char *text)
{
    static const unsigned char MAPPED[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    unsigned char bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1)
        return inet_ntop(AF_INET, bytes, out, OTP_CLIENT_SIZE) != NULL;
    if (inet_pton(AF_INET6, text, bytes) != 1)
        return false;
    if (memcmp(bytes, MAPPED, sizeof(MAPPED)) == 0)
        return inet_ntop(AF_INET, bytes + sizeof(MAPPED), out, OTP_CLIENT_SIZE) != NULL;
    memset(bytes + 8, 0, 8);
    return inet_ntop(AF_INET6, bytes, out, OTP_CLIENT_SIZE) != NULL;
}

static bool check_texts(const struct body *body, struct field_error *error)
{
    if (body->app != NULL && strpbrk(body->app, "\r\n") != NULL)
        return field_fail(error, "app", "must be one line");
    if (body->text != NULL && body->template != NULL)
        return field_fail(error, "template", "excludes text: give one of them");
    if (body->language != NULL && body->template == NULL && !otp_language_known(body->language))
        return field_fail(error, "language",
                          "is not one that there is a wording in; give a text or a template of your own");
    if (body->text != NULL && !otp_wording_valid(body->text))
        return field_fail(error, "text",
                          "must hold {{code}}, and no other variable than {{app}} and {{minutes}}");
    if (body->domain != NULL && !only(body->domain, "-."))
        return field_fail(error, "domain", "is no host name");
    if (body->android_hash != NULL && !only(body->android_hash, "+/"))
        return field_fail(error, "android_hash", "must be the 11 characters of the app's hash");
    if (body->device != NULL && !device_id_valid(body->device, strlen(body->device)))
        return field_fail(error, "device", "is no device id");
    return true;
}

bool api_otp_read(struct request *request, struct command_otp *wish, json_t *json, struct field_error *error)
{
    struct body body = {.purpose = "login", .length = DIGITS_DEFAULT, .ttl = TTL_DEFAULT_S};
    if (!fields_decode(&body, json, SEND_FIELDS, sizeof(SEND_FIELDS) / sizeof(SEND_FIELDS[0]), "", error) ||
        !read_to(request, wish, body.to, error) || !check_texts(&body, error) ||
        !api_wish_read(&wish->wish, body.template, body.template != NULL ? body.language : NULL,
                       body.variables, error))
        return false;
    api_copy(wish->purpose, sizeof(wish->purpose), body.purpose);
    api_copy(wish->app, sizeof(wish->app), body.app);
    api_copy(wish->language, sizeof(wish->language), body.language != NULL ? body.language : "en");
    api_copy(wish->domain, sizeof(wish->domain), body.domain);
    api_copy(wish->android_hash, sizeof(wish->android_hash), body.android_hash);
    if (body.client_address != NULL && !read_address(wish->client, body.client_address))
        return field_fail(error, "client_address", "is no IP address");
    api_copy(wish->device, sizeof(wish->device), body.device);
    wish->sim = body.sim;
    wish->digits = body.length;
    wish->ttl_ms = body.ttl * 1000;
    wish->key = request_principal(request)->key;
    wish->wording = body.text != NULL ? strdup(body.text) : NULL;
    return body.text == NULL || wish->wording != NULL || field_no_memory(error, "text");
}

static void sent(struct request *request, struct command *command)
{
    json_t *json = verification_json(&command->otp.row);
    json_object_set_new(json, "resent", json_boolean(command->otp.resent));
    request_reply_json_take(request, 202, json);
}

static void checked(struct request *request, struct command *command)
{
    json_t *json = verification_json(&command->otp.row);
    json_object_set_new(json, "valid", json_boolean(command->otp.valid));
    request_reply_json_take(request, 200, json);
}

static void cancelled(struct request *request, struct command *command)
{
    request_reply_json_take(request, 200, verification_json(&command->otp.row));
}

void api_otp_send(struct request *request)
{
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command = command_new(COMMAND_OTP_SEND, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!api_otp_read(request, &command->otp, json, &error)) {
        request_invalid(request, &error);
    } else if (request_charge(request, 1)) {
        request_submit_take(request, command, sent);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

// Takes the id from the path; false after replying.
static bool take_id(struct request *request, struct command_otp *wish)
{
    const char *id = request_param(request, 0);
    if (!id_valid(id, strlen(id), "VE")) {
        request_not_found(request, "there is no such verification");
        return false;
    }
    api_copy(wish->id, sizeof(wish->id), id);
    return true;
}

static void check(struct request *request, bool by_number)
{
    struct body body = {.purpose = "login"};
    struct field_error error;
    json_t *json = request_json(request);
    if (json == NULL)
        return;
    struct command *command =
        command_new(COMMAND_OTP_CHECK, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (!fields_decode(&body, json, by_number ? CHECK_NUMBER_FIELDS : CHECK_FIELDS, by_number ? 3 : 1,
                              "", &error) ||
               (by_number && !read_to(request, &command->otp, body.to, &error))) {
        request_invalid(request, &error);
    } else if (by_number || take_id(request, &command->otp)) {
        api_copy(command->otp.code, sizeof(command->otp.code), body.code);
        api_copy(command->otp.purpose, sizeof(command->otp.purpose), body.purpose);
        request_submit_take(request, command, checked);
        command = NULL;
    }
    command_free(command);
    json_decref(json);
}

void api_otp_check(struct request *request)
{
    check(request, false);
}

void api_otp_check_number(struct request *request)
{
    check(request, true);
}

void api_otp_cancel(struct request *request)
{
    struct command *command =
        command_new(COMMAND_OTP_CANCEL, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL)
        request_unavailable(request);
    else if (take_id(request, &command->otp))
        request_submit_take(request, command, cancelled);
    else
        command_free(command);
}

void api_otp_show(struct request *request)
{
    struct verification row;
    enum query_status status = query_verification(
        request_store(request), &row, request_principal(request)->account, request_param(request, 0));
    if (status == QUERY_OK)
        request_reply_json_take(request, 200, verification_json(&row));
    else if (status == QUERY_NONE)
        request_not_found(request, "there is no such verification");
    else
        request_unavailable(request);
    secret_clear(&row, sizeof(row));
}

json_t *api_otp_figures(struct request *request, int64_t from, int64_t to)
{
    struct otp_figures rows[REGIONS_MAX];
    size_t count;
    if (query_otp_stats(request_store(request), rows, REGIONS_MAX, &count,
                        request_principal(request)->account, from, to) != QUERY_OK)
        return NULL;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_list_add_take(&list,
                           json_pack("{s:o, s:I, s:I, s:I}", "region", api_text(rows[i].region), "sent",
                                     (json_int_t)rows[i].sent, "verified", (json_int_t)rows[i].verified,
                                     "failed", (json_int_t)rows[i].failed));
    return list;
}

void api_otp_stats(struct request *request)
{
    static const char *const NAMES[] = {"from", "to", NULL};
    int64_t to = clock_wall_ms(), from = to - DAY_MS;
    if (!request_query_check(request, NAMES) || !api_query_time(request, &from, "from") ||
        !api_query_time(request, &to, "to"))
        return;
    json_t *regions = api_otp_figures(request, from, to);
    if (regions == NULL)
        request_unavailable(request);
    else
        request_reply_json_take(
            request, 200,
            json_pack("{s:o, s:o, s:o}", "from", api_time(from), "to", api_time(to), "regions", regions));
}
