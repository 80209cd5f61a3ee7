// /v2/Services: each a way of an app to have numbers verified.
#include "bridge/twilio/verify_internal.h"
#include "common/isotime.h"
#include "common/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DIGITS_MIN = 4, DIGITS_MAX = 10, DIGITS_DEFAULT = 6, PAGE_DEFAULT = 50, PAGE_MAX = 1000 };

bool verify_account(struct request *request, char sid[ID_SIZE])
{
    struct account account;
    if (query_account_by_n(request_store(request), &account, request_principal(request)->account) !=
        QUERY_OK) {
        request_unavailable(request);
        return false;
    }
    memcpy(sid, account.id, ID_SIZE);
    return true;
}

bool verify_service(struct request *request, struct otp_service *service)
{
    enum query_status status = query_service(request_store(request), service,
                                             request_principal(request)->account, request_param(request, 0));
    if (status == QUERY_NONE)
        request_not_found(request, "The requested resource was not found");
    else if (status == QUERY_FAILED)
        request_unavailable(request);
    return status == QUERY_OK;
}

void verify_root(struct request *request, char out[VERIFY_ROOT_SIZE])
{
    char base[VERIFY_ROOT_SIZE - 16];
    request_base_url(request, base, sizeof(base));
    snprintf(out, VERIFY_ROOT_SIZE, "%s/v2/Services", base);
}

json_t *verify_time(int64_t at_ms)
{
    char text[ISOTIME_SIZE];
    if (at_ms == 0)
        return json_null();
    isotime_format(text, at_ms);
    memcpy(text + strlen("2026-11-21T08:30:00"), "Z", 2); // the SDKs read no fractions
    return json_string(text);
}

static json_t *service_json(struct request *request, const char *account_sid,
                            const struct otp_service *service)
{
    char root[VERIFY_ROOT_SIZE], url[VERIFY_ROOT_SIZE + ID_SIZE + 1], link[sizeof(url) + 16];
    verify_root(request, root);
    snprintf(url, sizeof(url), "%s/%s", root, service->id);
    snprintf(link, sizeof(link), "%s/Verifications", url);
    return json_pack("{s:s, s:s, s:s, s:I, s:b, s:b, s:b, s:b, s:n, s:b, s:b, s:n, s:o, s:o, s:s, s:{s:s}}",
                     "sid", service->id, "account_sid", account_sid, "friendly_name", service->name,
                     "code_length", (json_int_t)service->digits, "lookup_enabled", 0, "psd2_enabled", 0,
                     "skip_sms_to_landlines", 0, "dtmf_input_required", 0, "tts_name",
                     "do_not_share_warning_enabled", 1, "custom_code_enabled", 0, "default_template_sid",
                     "date_created", verify_time(service->created_at), "date_updated",
                     verify_time(service->updated_at), "url", url, "links", "verifications", link);
}

// Settings that we have no counterpart for; only their being off is true.
static bool check_settings(struct request *request, const struct form *form)
{
    static const char *const OFF[] = {"LookupEnabled", "SkipSmsToLandlines", "CustomCodeEnabled",
                                      "Psd2Enabled"};
    for (size_t i = 0; i < sizeof(OFF) / sizeof(OFF[0]); i++) {
        const char *value = form_get(form, OFF[i]);
        if (value == NULL || value[0] == '\0' || strcasecmp(value, "false") == 0)
            continue;
        twilio_refuse_field(request, 60200, OFF[i], "cannot be switched on here");
        return false;
    }
    return true;
}

// Fills in what the form says. False after replying.
static bool read_service(struct request *request, struct command_service *wish, const struct form *form,
                         bool whole)
{
    const char *name = form_get(form, "FriendlyName"), *digits = form_get(form, "CodeLength");
    if (!check_settings(request, form))
        return false;
    if ((whole && name == NULL) || (name != NULL && (name[0] == '\0' || strlen(name) >= sizeof(wish->name) ||
                                                     strpbrk(name, "\r\n") != NULL))) {
        twilio_refuse_field(request, 60200, "FriendlyName", "must be one line of 1 to 32 bytes");
        return false;
    }
    if (digits != NULL && !parse_int(&wish->digits, digits, strlen(digits), DIGITS_MIN, DIGITS_MAX)) {
        twilio_refuse_field(request, 60200, "CodeLength", "must be 4 to 10");
        return false;
    }
    if (whole && wish->digits == 0)
        wish->digits = DIGITS_DEFAULT;
    api_copy(wish->name, sizeof(wish->name), name);
    return true;
}

static void reply_service(struct request *request, int status, const struct otp_service *service)
{
    char account[ID_SIZE];
    if (verify_account(request, account))
        request_reply_json_take(request, status, service_json(request, account, service));
}

static void created(struct request *request, struct command *command)
{
    reply_service(request, 201, &command->service.row);
}

static void updated(struct request *request, struct command *command)
{
    reply_service(request, 200, &command->service.row);
}

static void removed(struct request *request, struct command *command)
{
    (void)command;
    request_reply_empty(request, 204);
}

// Asks the engine for what the form says; id NULL = a new service.
static void submit(struct request *request, const char *id)
{
    struct form form;
    if (!twilio_form(request, &form))
        return;
    struct command *command = command_new(id != NULL ? COMMAND_SERVICE_UPDATE : COMMAND_SERVICE_ADD,
                                          ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
    } else if (read_service(request, &command->service, &form, id == NULL)) {
        api_copy(command->service.id, sizeof(command->service.id), id);
        request_submit_take(request, command, id != NULL ? updated : created);
        command = NULL;
    }
    command_free(command);
    form_clear(&form);
}

void verify_services_create(struct request *request)
{
    submit(request, NULL);
}

void verify_services_fetch(struct request *request)
{
    struct otp_service service;
    if (verify_service(request, &service))
        reply_service(request, 200, &service);
}

void verify_services_update(struct request *request)
{
    struct otp_service service;
    if (verify_service(request, &service))
        submit(request, service.id);
}

void verify_services_remove(struct request *request)
{
    struct otp_service service;
    if (!verify_service(request, &service))
        return;
    struct command *command =
        command_new(COMMAND_SERVICE_REMOVE, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL) {
        request_unavailable(request);
        return;
    }
    memcpy(command->service.id, service.id, sizeof(service.id));
    request_submit_take(request, command, removed);
}

static bool read_int(struct request *request, int64_t *value, const char *name, int64_t min, int64_t max)
{
    const char *text = request_query(request, name);
    if (text == NULL || parse_int(value, text, strlen(text), min, max))
        return true;
    twilio_refuse_field(request, 60200, name, "is no number that it may be");
    return false;
}

static json_t *page_url(struct request *request, int64_t size, int64_t page, int64_t token)
{
    char root[VERIFY_ROOT_SIZE], url[VERIFY_ROOT_SIZE + 96];
    verify_root(request, root);
    snprintf(url, sizeof(url), "%s?PageSize=%lld&Page=%lld&PageToken=%lld", root, (long long)size,
             (long long)page, (long long)token);
    return json_string(url);
}

// The token of a page is the number of the last service before it.
void verify_services_list(struct request *request)
{
    int64_t size = PAGE_DEFAULT, page = 0, token = 0;
    char account[ID_SIZE];
    size_t count;
    if (!read_int(request, &size, "PageSize", 1, PAGE_MAX) ||
        !read_int(request, &page, "Page", 0, INT32_MAX) ||
        !read_int(request, &token, "PageToken", 0, INT64_MAX) || !verify_account(request, account))
        return;
    struct otp_service *rows = calloc((size_t)size, sizeof(*rows));
    if (rows == NULL || query_services(request_store(request), rows, (size_t)size, &count,
                                       request_principal(request)->account, token) != QUERY_OK) {
        free(rows);
        request_unavailable(request);
        return;
    }
    json_t *services = json_array();
    for (size_t i = 0; i < count; i++)
        json_list_add_take(&services, service_json(request, account, &rows[i]));
    json_t *next = count == (size_t)size ? page_url(request, size, page + 1, rows[count - 1].n) : json_null();
    free(rows);
    request_reply_json_take(request, 200,
                            json_pack("{s:o, s:{s:s, s:I, s:I, s:o, s:n, s:o, s:o}}", "services", services,
                                      "meta", "key", "services", "page", (json_int_t)page, "page_size",
                                      (json_int_t)size, "first_page_url", page_url(request, size, 0, 0),
                                      "previous_page_url", "next_page_url", next, "url",
                                      page_url(request, size, page, token)));
}
