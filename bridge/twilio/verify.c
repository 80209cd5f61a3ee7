// Verifications of a service, and the checks of their codes.
#include "bridge/engine/otp_text.h"
#include "bridge/twilio/verify_internal.h"
#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TTL_S = 600, VALUE_MAX = 256 };

// The purpose of a service's verifications: what stands behind the VA of its id.
static const char *purpose_of(const struct otp_service *service)
{
    return service->id + strlen(ID_SERVICE);
}

static const char *status_word(enum otp_state state)
{
    static const char *const WORDS[] = {
        [OTP_PENDING] = "pending", [OTP_VERIFIED] = "approved",  [OTP_FAILED] = "max_attempts_reached",
        [OTP_EXPIRED] = "expired", [OTP_CANCELLED] = "canceled", [OTP_REPLACED] = "canceled"};
    return WORDS[state];
}

// What a verification and its check have in common, owned.
static json_t *base_json(const struct otp_service *service, const char *account_sid,
                         const struct verification *row, bool valid)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:n, s:n, s:o, s:o}", "sid", row->id, "service_sid",
                     service->id, "account_sid", account_sid, "to", row->number, "channel", "sms", "status",
                     status_word(row->state), "valid", valid, "amount", "payee", "date_created",
                     verify_time(row->created_at), "date_updated",
                     verify_time(row->ended_at != 0 ? row->ended_at : row->created_at));
}

// The last text that carried the code. Its own time is not kept.
static json_t *attempts_json(const struct verification *row)
{
    char sid[ID_SIZE];
    if (row->message[0] == '\0')
        return json_array();
    snprintf(sid, sizeof(sid), "VL%.32s", row->message + 2);
    return json_pack("[{s:o, s:s, s:s}]", "time", verify_time(row->created_at), "channel", "SMS",
                     "attempt_sid", sid);
}

static void reply_verification(struct request *request, int status, const struct verification *row)
{
    struct otp_service service;
    char account[ID_SIZE], root[VERIFY_ROOT_SIZE], url[VERIFY_ROOT_SIZE + 128];
    if (!verify_service(request, &service) || !verify_account(request, account))
        return;
    verify_root(request, root);
    snprintf(url, sizeof(url), "%s/%s/Verifications/%s", root, service.id, row->id);
    json_t *json = base_json(&service, account, row, row->state == OTP_VERIFIED);
    json_object_set_new(json, "lookup", json_pack("{s:n}", "carrier"));
    json_object_set_new(json, "send_code_attempts", attempts_json(row));
    json_object_set_new(json, "sna", json_null());
    json_object_set_new(json, "url", json_string(url));
    request_reply_json_take(request, status, json);
}

// Asking for a code that nobody could get, or one of the app's own, would be taken for done.
static bool check_fields(struct request *request, const struct form *form)
{
    static const struct {
        const char *name, *detail;
    } REFUSED[] = {{"CustomCode", "Codes are made by the gateway"},
                   {"CustomMessage", "Use a TemplateSid"},
                   {"Amount", "Payments are not served here"},
                   {"Payee", "Payments are not served here"},
                   {"SendDigits", "Codes are only sent as texts"}};
    const char *channel = form_get(form, "Channel"), *to = form_get(form, "To");
    for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++)
        if (form_get(form, REFUSED[i].name) != NULL) {
            twilio_refuse_field(request, 60200, REFUSED[i].name, REFUSED[i].detail);
            return false;
        }
    if (to == NULL || to[0] == '\0')
        twilio_refuse_field(request, 60200, "To", "is missing");
    else if (channel == NULL || strcmp(channel, "sms") != 0)
        twilio_refuse_field(request, 60200, "Channel", "must be sms: codes are only sent as texts");
    else
        return true;
    return false;
}

static void set(json_t *json, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0')
        json_object_set_new(json, name, json_string(value));
}

// The request as our own API would get it, owned; NULL after replying.
static json_t *translate(struct request *request, const struct otp_service *service, const struct form *form)
{
    struct field_error error;
    const char *app = form_get(form, "CustomFriendlyName"), *locale = form_get(form, "Locale");
    const char *template = form_get(form, "TemplateSid");
    const char *values = form_get(form, "TemplateCustomSubstitutions");
    bool known = locale != NULL && (template != NULL || otp_language_known(locale));
    json_t *variables = values != NULL ? fields_parse(values, strlen(values), &error) : NULL;
    if (values != NULL && variables == NULL) {
        twilio_refuse_field(request, 60200, "TemplateCustomSubstitutions", "must be a JSON object");
        return NULL;
    }
    json_t *json = json_pack("{s:s, s:I, s:i}", "purpose", purpose_of(service), "length",
                             (json_int_t)service->digits, "ttl", TTL_S);
    set(json, "to", form_get(form, "To"));
    set(json, "app", app != NULL ? app : service->name);
    set(json, "language", known ? locale : NULL);
    set(json, "template", template);
    set(json, "android_hash", form_get(form, "AppHash"));
    set(json, "client_address", form_get(form, "DeviceIp"));
    if (variables != NULL)
        json_object_set_new(json, "variables", variables);
    return json;
}

static void sent(struct request *request, struct command *command)
{
    reply_verification(request, 201, &command->otp.row);
}

// Reads the values that limits of the service count by. False after replying.
static bool read_values(struct request *request, struct command_otp *wish, const struct form *form)
{
    struct field_error error;
    const char *text = form_get(form, "RateLimits"), *name;
    json_t *object = text != NULL ? fields_parse(text, strlen(text), &error) : NULL, *value;
    size_t count = json_object_size(object);
    bool read = text == NULL || (object != NULL && count <= QUOTAS_MAX);
    if (read && count > 0)
        read = (wish->values = calloc(count, sizeof(*wish->values))) != NULL;
    json_object_foreach(object, name, value)
    {
        size_t length = json_string_length(value);
        read = read && length > 0 && length <= VALUE_MAX && strlen(name) < QUOTA_NAME_SIZE;
        if (!read)
            break;
        struct otp_value *one = &wish->values[wish->value_count++];
        api_copy(one->name, sizeof(one->name), name);
        secret_hash(one->hash, json_string_value(value), length);
    }
    json_decref(object);
    if (!read)
        twilio_refuse_field(request, 60200, "RateLimits",
                            "must be a JSON object of names of limits and texts of 1 to 256 bytes");
    return read;
}

// Fills in the command. False after replying.
static bool read_create(struct request *request, struct command_otp *wish, const struct otp_service *service,
                        const struct form *form)
{
    struct field_error error;
    if (!check_fields(request, form) || !read_values(request, wish, form))
        return false;
    json_t *json = translate(request, service, form);
    bool read = json != NULL && api_otp_read(request, wish, json, &error);
    if (json != NULL && !read)
        request_invalid(request, &error);
    json_decref(json);
    return read;
}

void verify_create(struct request *request)
{
    struct otp_service service;
    struct form form;
    if (!verify_service(request, &service) || !twilio_form(request, &form))
        return;
    struct command *command = command_new(COMMAND_OTP_SEND, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (read_create(request, &command->otp, &service, &form) && request_charge(request, 1)) {
        request_submit_take(request, command, sent);
        command = NULL;
    }
    command_free(command);
    form_clear(&form);
}

// The service's verification with that id, or the newest one for that number. False after replying.
static bool find(struct request *request, struct verification *row, const struct otp_service *service,
                 const char *name)
{
    int64_t account = request_principal(request)->account;
    char number[NUMBER_SIZE];
    enum query_status status = QUERY_NONE;
    if (id_valid(name, strlen(name), "VE"))
        status = query_verification(request_store(request), row, account, name);
    else if (number_normalize(number, name, strlen(name), request_options(request)->default_country) ==
             NUMBER_OK)
        status = query_verification_newest(request_store(request), row, account, number, purpose_of(service));
    if (status == QUERY_OK && strcmp(row->purpose, purpose_of(service)) == 0)
        return true;
    if (status == QUERY_FAILED)
        request_unavailable(request);
    else
        request_not_found(request, "The requested resource was not found");
    return false;
}

// The same, when its code can still be checked: Twilio forgets the others.
static bool find_live(struct request *request, struct verification *row, const struct otp_service *service,
                      const char *name)
{
    if (!find(request, row, service, name))
        return false;
    bool lives = row->expires_at > clock_wall_ms();
    if (lives && row->state == OTP_PENDING)
        return true;
    if (lives && row->state == OTP_FAILED)
        twilio_refuse(request, 60202, "Max check attempts reached");
    else
        request_not_found(request, "The requested resource was not found");
    return false;
}

void verify_fetch(struct request *request)
{
    struct otp_service service;
    struct verification row;
    if (verify_service(request, &service) && find_live(request, &row, &service, request_param(request, 1)))
        reply_verification(request, 200, &row);
}

static void cancelled(struct request *request, struct command *command)
{
    reply_verification(request, 200, &command->otp.row);
}

void verify_update(struct request *request)
{
    struct otp_service service;
    struct verification row;
    struct form form;
    if (!verify_service(request, &service) ||
        !find_live(request, &row, &service, request_param(request, 1)) || !twilio_form(request, &form))
        return;
    const char *status = form_get(&form, "Status");
    bool cancels = status != NULL && strcmp(status, "canceled") == 0;
    form_clear(&form);
    if (!cancels) {
        twilio_refuse_field(request, 60200, "Status", "can only be canceled: a check approves");
        return;
    }
    struct command *command =
        command_new(COMMAND_OTP_CANCEL, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
        return;
    }
    memcpy(command->otp.id, row.id, sizeof(row.id));
    request_submit_take(request, command, cancelled);
}

static void checked(struct request *request, struct command *command)
{
    struct otp_service service;
    char account[ID_SIZE];
    const struct command_otp *otp = &command->otp;
    if (!otp->valid && otp->row.state != OTP_PENDING && otp->row.state != OTP_FAILED)
        request_not_found(request, "The requested resource was not found"); // it has ended meanwhile
    else if (verify_service(request, &service) && verify_account(request, account)) {
        json_t *json = base_json(&service, account, &otp->row, otp->valid);
        json_object_set_new(json, "sna_attempts_error_codes", json_array());
        request_reply_json_take(request, 200, json);
    }
}

// The code is tried on the verification that was found, not on a newer one.
static void submit_check(struct request *request, const struct verification *row, const char *code)
{
    struct command *command =
        command_new(COMMAND_OTP_CHECK, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
        return;
    }
    memcpy(command->otp.id, row->id, sizeof(row->id));
    api_copy(command->otp.code, sizeof(command->otp.code), code);
    request_submit_take(request, command, checked);
}

void verify_check(struct request *request)
{
    struct otp_service service;
    struct verification row;
    struct form form;
    if (!verify_service(request, &service) || !twilio_form(request, &form))
        return;
    const char *code = form_get(&form, "Code"), *to = form_get(&form, "To");
    const char *name = form_get(&form, "VerificationSid") != NULL ? form_get(&form, "VerificationSid") : to;
    if (code == NULL || code[0] == '\0' || strlen(code) >= OTP_GIVEN_SIZE)
        twilio_refuse_field(request, 60200, "Code", "must be 1 to 32 bytes");
    else if (name == NULL)
        twilio_refuse_field(request, 60221, "To", "is missing, and so is VerificationSid");
    else if (find_live(request, &row, &service, name))
        submit_check(request, &row, code);
    form_clear(&form);
}
