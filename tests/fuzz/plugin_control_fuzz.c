// Any bytes as a control command: what is taken is well-formed, and what is sent back needs no escape in
// JSON.
#include "plugin/control_request.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_plain(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct control_request request;
    const char *wrong = control_request_read(&request, data, size);
    if (!is_plain(request.request) || (wrong != NULL && !is_plain(wrong)))
        abort();
    if (wrong == NULL && request.command == COMMAND_COUNT)
        abort();
    if (wrong == NULL && request.command == COMMAND_KICK &&
        !device_id_valid(request.device, strlen(request.device)))
        abort();
    return 0;
}
