// What every handler of the face reads of a request.
#include "bridge/twilio/twilio_internal.h"

#include <string.h>
#include <strings.h>

bool twilio_account(struct request *request, char sid[ID_SIZE])
{
    struct account account;
    enum query_status status =
        query_account_by_n(request_store(request), &account, request_principal(request)->account);
    if (status != QUERY_OK) {
        request_unavailable(request);
        return false;
    }
    if (strcmp(request_param(request, 0), account.id) != 0) {
        request_not_found(request, "The credentials are not those of this account");
        return false;
    }
    memcpy(sid, account.id, ID_SIZE);
    return true;
}

bool twilio_sid(struct request *request, char sid[ID_SIZE], int param, const char *prefix)
{
    const char *text = request_param(request, param);
    size_t length = strlen(text);
    if (length > 5 && strcmp(text + length - 5, ".json") == 0)
        length -= 5;
    if (!id_valid(text, length, prefix)) {
        request_not_found(request, "The requested resource was not found");
        return false;
    }
    memcpy(sid, text, length);
    sid[length] = '\0';
    return true;
}

static bool is_form(const char *type)
{
    static const char FORM[] = "application/x-www-form-urlencoded";
    return type == NULL ||
           (strcspn(type, "; ") == strlen(FORM) && strncasecmp(type, FORM, strlen(FORM)) == 0);
}

bool twilio_form(struct request *request, struct form *form)
{
    const char *why;
    size_t length;
    const char *body = request_body(request, &length);
    if (!is_form(request_header(request, "Content-Type"))) {
        request_problem(request, 415, "unsupported-media-type", "Unsupported media type", "",
                        "Send the body as application/x-www-form-urlencoded");
        return false;
    }
    if (form_parse(form, &why, body, length))
        return true;
    if (form->memory)
        request_unavailable(request);
    else
        twilio_refuse_field(request, 20001, "The body", why);
    return false;
}
