// Messages: creating, fetching, changing.
#include "bridge/store/webhook.h"
#include "bridge/twilio/twilio_internal.h"
#include "common/parse.h"
#include "common/smart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { VALIDITY_MAX_S = 36000 };

// Fields that would change what is sent or who sends it: ignoring them would be a lie.
static const struct {
    const char *name, *detail;
} REFUSED[] = {
    {"MediaUrl", "This gateway sends texts only, no media"},
    {"SendAsMms", "This gateway sends texts only, no media"},
};

// Checks what has no counterpart in our own API. False after replying.
static bool check_fields(struct request *request, const struct form *form)
{
    const char *address = form_get(form, "AddressRetention"), *schedule = form_get(form, "ScheduleType");
    const char *content = form_get(form, "ContentRetention"), *body = form_get(form, "Body");
    const char *template = form_get(form, "ContentSid");
    for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++) {
        const char *value = form_get(form, REFUSED[i].name);
        if (value == NULL || value[0] == '\0' || strcasecmp(value, "false") == 0)
            continue;
        twilio_refuse_field(request, 20001, REFUSED[i].name, REFUSED[i].detail);
        return false;
    }
    if (form_get(form, "To") == NULL || form_get(form, "To")[0] == '\0')
        twilio_refuse(request, 21604, "A 'To' phone number is required");
    else if ((body == NULL || body[0] == '\0') && template == NULL)
        twilio_refuse(request, form_get(form, "MessagingServiceSid") != NULL ? 21619 : 21602,
                      "Message body is required");
    else if (template == NULL && form_get(form, "ContentVariables") != NULL)
        twilio_refuse_field(request, 21654, "ContentVariables", "goes with ContentSid");
    else if (schedule != NULL && strcmp(schedule, "fixed") != 0)
        twilio_refuse_field(request, 35126, "ScheduleType", "must be fixed");
    else if (schedule != NULL && form_get(form, "SendAt") == NULL)
        twilio_refuse_field(request, 35111, "SendAt", "is missing");
    else if (schedule == NULL && form_get(form, "SendAt") != NULL)
        twilio_refuse_field(request, 20001, "SendAt", "goes with ScheduleType=fixed");
    else if (content != NULL && strcmp(content, "retain") != 0 && strcmp(content, "discard") != 0)
        twilio_refuse_field(request, 20001, "ContentRetention", "must be retain or discard");
    else if (address != NULL && strcmp(address, "retain") != 0 && strcmp(address, "obfuscate") != 0)
        twilio_refuse_field(request, 20001, "AddressRetention", "must be retain or obfuscate");
    else
        return true;
    return false;
}

static void set(json_t *json, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0')
        json_object_set_new(json, name, json_string(value));
}

// Puts the text into the request, as the form wants it. False after replying.
static bool translate_body(struct request *request, json_t *json, const struct form *form)
{
    const char *body = form_get(form, "Body"), *smart = form_get(form, "SmartEncoded");
    if (smart == NULL || strcasecmp(smart, "true") != 0 || body == NULL) {
        set(json, "text", body);
        return true;
    }
    char *text = smart_text(body);
    if (text == NULL) {
        request_unavailable(request);
        return false;
    }
    set(json, "text", text);
    free(text);
    return true;
}

// The pool that a messaging service is, into from. False after replying.
static bool read_service(struct request *request, char from[ID_SIZE], const char *service)
{
    char sid[ID_SIZE];
    snprintf(from, ID_SIZE, ID_POOL "%.32s", strlen(service) > 2 ? service + 2 : "");
    bool valid = strncmp(service, "MG", 2) == 0 &&
                 strspn(service + 2, "0123456789abcdefABCDEF") == ID_SIZE - 3 &&
                 strlen(service) == ID_SIZE - 1; // also those that Twilio gave
    if (valid && id_valid(service, ID_SIZE - 1, "MG") &&
        twilio_service_of(request_store(request), sid, request_principal(request)->account, from))
        return true;
    if (valid)
        twilio_refuse(request, 21701, "The Messaging Service does not exist");
    else
        twilio_refuse(request, 21705, "The Messaging Service is invalid");
    return false;
}

// Puts the variables of a template into the request. False after replying.
static bool translate_variables(struct request *request, json_t *json, const struct form *form)
{
    struct field_error error;
    const char *text = form_get(form, "ContentVariables");
    if (text == NULL || text[0] == '\0')
        return true;
    json_t *variables = fields_parse(text, strlen(text), &error);
    if (variables == NULL)
        twilio_refuse_field(request, 21656, "ContentVariables", "must be a JSON object");
    else
        json_object_set_new(json, "variables", variables);
    return variables != NULL;
}

// The request as our own API would get it, owned; NULL after replying.
static json_t *translate(struct request *request, const struct form *form)
{
    const char *service = form_get(form, "MessagingServiceSid"), *validity = form_get(form, "ValidityPeriod");
    const char *from = form_get(form, "From"), *fallback = form_get(form, "FallbackFrom");
    char pool[ID_SIZE];
    int64_t seconds = 0;
    if (!check_fields(request, form))
        return NULL;
    if (validity != NULL && !parse_int(&seconds, validity, strlen(validity), 1, VALIDITY_MAX_S)) {
        twilio_refuse_field(request, 20001, "ValidityPeriod", "must be 1 to 36000 seconds");
        return NULL;
    }
    if (service != NULL && service[0] != '\0') {
        if (!read_service(request, pool, service))
            return NULL;
        from = pool;
    }
    if (fallback != NULL && fallback[0] != '\0' && (from == NULL || from[0] == '\0')) {
        twilio_refuse(request, 21666, "'FallbackFrom' requires MessagingServiceSid, or From");
        return NULL;
    }
    json_t *json = json_object();
    set(json, "to", form_get(form, "To"));
    set(json, "from", from);
    set(json, "send_at", form_get(form, "SendAt"));
    set(json, "callback_url", form_get(form, "StatusCallback"));
    set(json, "template", form_get(form, "ContentSid"));
    if (seconds > 0)
        json_object_set_new(json, "ttl", json_integer(seconds));
    if (translate_body(request, json, form) && translate_variables(request, json, form))
        return json;
    json_decref(json);
    return NULL;
}

static void created(struct request *request, struct command *command)
{
    struct command_send *send = &command->send;
    struct twilio_senders senders = {.store = request_store(request), .account = command->account};
    struct message_view view = {.message = send->messages[0]};
    char sid[ID_SIZE];
    if (!twilio_account(request, sid))
        return;
    api_copy(view.want_device_id, sizeof(view.want_device_id), send->device);
    api_copy(view.want_pool, sizeof(view.want_pool), send->pool_name);
    request_reply_json_take(request, 201, twilio_message_json(&senders, sid, &view));
}

// Fills in the command. False after replying.
static bool read_send(struct request *request, struct command_send *send, const struct form *form)
{
    struct field_error error;
    const char *content = form_get(form, "ContentRetention"), *address = form_get(form, "AddressRetention");
    const char *fallback = form_get(form, "FallbackFrom");
    json_t *json = translate(request, form);
    bool read = json != NULL && api_send_read(request, send, json, &error);
    if (read && fallback != NULL && strlen(fallback) >= sizeof(send->fallback_from))
        read = field_fail(&error, "fallback_from", "is too long");
    if (json != NULL && !read)
        request_invalid(request, &error);
    json_decref(json);
    if (!read)
        return false;
    api_copy(send->fallback_from, sizeof(send->fallback_from), fallback != NULL ? fallback : "");
    send->callback_form = HOOK_TWILIO_FORM;
    send->redact = content != NULL && strcmp(content, "discard") == 0 ? REDACT_WHEN_SENT : REDACT_NEVER;
    send->hide_number = address != NULL && strcmp(address, "obfuscate") == 0;
    return true;
}

void twilio_messages_create(struct request *request)
{
    char sid[ID_SIZE];
    struct form form;
    if (!twilio_account(request, sid) || !twilio_form(request, &form))
        return;
    struct command *command = command_new(COMMAND_SEND, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (read_send(request, &command->send, &form) && request_charge(request, 1)) {
        request_submit_take(request, command, created);
        command = NULL;
    }
    command_free(command);
    form_clear(&form);
}

static void reply_message(struct request *request, const char *account_sid, const char *id)
{
    struct message_view view;
    int64_t account = request_principal(request)->account;
    struct twilio_senders senders = {.store = request_store(request), .account = account};
    enum query_status status = query_message(request_store(request), &view, account, id);
    if (status == QUERY_NONE)
        request_not_found(request, "The requested resource was not found");
    else if (status == QUERY_FAILED)
        request_unavailable(request);
    if (status != QUERY_OK)
        return;
    request_reply_json_take(request, 200, twilio_message_json(&senders, account_sid, &view));
    message_view_clear(&view);
}

void twilio_messages_fetch(struct request *request)
{
    char account[ID_SIZE], id[ID_SIZE];
    if (twilio_account(request, account) && twilio_sid(request, id, 1, ID_MESSAGE))
        reply_message(request, account, id);
}

static void fed_back(struct request *request, struct command *command)
{
    char account[ID_SIZE], now[TWILIO_DATE_SIZE], uri[160];
    const struct command_feedback *feedback = &command->feedback;
    if (!twilio_account(request, account))
        return;
    twilio_date(now, feedback->at);
    snprintf(uri, sizeof(uri), TWILIO_ROOT "%s/Messages/%s/Feedback.json", account, feedback->id);
    request_reply_json_take(request, 201,
                            json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "account_sid", account, "message_sid",
                                      feedback->id, "outcome",
                                      feedback->confirmed ? "confirmed" : "unconfirmed", "date_created", now,
                                      "date_updated", now, "uri", uri));
}

// Takes the outcome out of the form; false after replying.
static bool read_outcome(struct request *request, bool *confirmed, const struct form *form)
{
    const char *outcome = form_get(form, "Outcome");
    *confirmed = outcome == NULL || strcmp(outcome, "confirmed") == 0; // Twilio's default
    if (*confirmed || strcmp(outcome, "unconfirmed") == 0)
        return true;
    twilio_refuse_field(request, 20001, "Outcome", "must be confirmed or unconfirmed");
    return false;
}

void twilio_feedback_create(struct request *request)
{
    char account[ID_SIZE], id[ID_SIZE];
    struct form form;
    bool confirmed;
    if (!twilio_account(request, account) || !twilio_sid(request, id, 1, ID_MESSAGE) ||
        !twilio_form(request, &form))
        return;
    struct command *command = command_new(COMMAND_FEEDBACK, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (read_outcome(request, &confirmed, &form)) {
        command->feedback.confirmed = confirmed;
        memcpy(command->feedback.id, id, sizeof(id));
        request_submit_take(request, command, fed_back);
        command = NULL;
    }
    command_free(command);
    form_clear(&form);
}

static void changed(struct request *request, struct command *command)
{
    char account[ID_SIZE];
    const char *id = command->kind == COMMAND_CANCEL ? command->cancel.id : command->erase.id;
    if (twilio_account(request, account))
        reply_message(request, account, id);
}

// What the form asks for; false after replying.
static bool read_change(struct request *request, enum command_kind *kind, const struct form *form)
{
    const char *body = form_get(form, "Body"), *status = form_get(form, "Status");
    if ((body != NULL) == (status != NULL))
        twilio_refuse(request, 30400, "Give an empty Body, or Status=canceled");
    else if (body != NULL && body[0] != '\0')
        twilio_refuse_field(request, 30400, "Body", "can only be made empty");
    else if (status != NULL && strcmp(status, "canceled") != 0)
        twilio_refuse_field(request, 30400, "Status", "can only be canceled");
    else {
        *kind = status != NULL ? COMMAND_CANCEL : COMMAND_REDACT;
        return true;
    }
    return false;
}

void twilio_messages_update(struct request *request)
{
    char account[ID_SIZE], id[ID_SIZE];
    struct form form;
    enum command_kind kind;
    if (!twilio_account(request, account) || !twilio_sid(request, id, 1, ID_MESSAGE) ||
        !twilio_form(request, &form))
        return;
    if (read_change(request, &kind, &form)) {
        struct command *command = command_new(kind, ORIGIN_HTTP, request_principal(request)->account);
        if (command == NULL) {
            request_unavailable(request);
        } else {
            memcpy(kind == COMMAND_CANCEL ? command->cancel.id : command->erase.id, id, sizeof(id));
            request_submit_take(request, command, changed);
        }
    }
    form_clear(&form);
}

static void removed(struct request *request, struct command *command)
{
    (void)command;
    request_reply_empty(request, 204);
}

void twilio_messages_remove(struct request *request)
{
    char account[ID_SIZE], id[ID_SIZE];
    if (!twilio_account(request, account) || !twilio_sid(request, id, 1, ID_MESSAGE))
        return;
    struct command *command = command_new(COMMAND_ERASE, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
        return;
    }
    memcpy(command->erase.id, id, sizeof(id));
    request_submit_take(request, command, removed);
}
