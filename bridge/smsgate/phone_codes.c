// /user/code: six digits for another phone to register with.
#include "bridge/smsgate/phone_internal.h"

#include "common/isotime.h"

#include <stdio.h>

static void made(struct request *request, struct command *command)
{
    char until[ISOTIME_SIZE], base[PHONE_URL_SIZE], url[PHONE_URL_SIZE + sizeof(PHONE_BASE)] = "";
    isotime_format(until, command->phone_code.expires_at);
    request_public_url(request, base, sizeof(base));
    if (base[0] != '\0')
        snprintf(url, sizeof(url), "%s" PHONE_BASE, base);
    request_reply_json_take(request, 200,
                            json_pack("{s:s, s:s, s:o}", "code", command->phone_code.code, "validUntil",
                                      until, "url", api_text(url)));
}

void phone_new_code(struct request *request)
{
    struct command *command =
        command_new(COMMAND_PHONE_CODE_ADD, ORIGIN_HTTP, request_principal(request)->account);
    if (command == NULL)
        request_unavailable(request);
    else
        request_submit_take(request, command, made);
}
