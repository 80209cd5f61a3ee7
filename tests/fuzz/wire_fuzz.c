// All decoders of payloads: what one takes, its encoder writes, and the decoder takes that again.
#include "common/wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TRY(type)                                                                                            \
    static void try_##type(const char *payload, size_t length)                                               \
    {                                                                                                        \
        struct wire_##type value, same;                                                                      \
        struct field_error error;                                                                            \
        if (!wire_##type##_decode(&value, payload, length, &error))                                          \
            return;                                                                                          \
        char *text = wire_##type##_encode(&value);                                                           \
        wire_##type##_clear(&value);                                                                         \
        if (text == NULL || !wire_##type##_decode(&same, text, strlen(text), &error))                        \
            abort();                                                                                         \
        char *again = wire_##type##_encode(&same);                                                           \
        wire_##type##_clear(&same);                                                                          \
        if (again == NULL || strcmp(text, again) != 0)                                                       \
            abort();                                                                                         \
        free(text);                                                                                          \
        free(again);                                                                                         \
    }

TRY(send)
TRY(cancel)
TRY(query)
TRY(receipt)
TRY(config)
TRY(inbox)
TRY(reports)
TRY(inbounds)
TRY(status)

static void try_presence(const char *payload, size_t length)
{
    struct wire_presence presence;
    struct field_error error;
    if (wire_presence_decode(&presence, payload, length, &error))
        wire_presence_clear(&presence);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tries[])(const char *, size_t) = {
        try_send,    try_cancel,   try_query,  try_receipt,  try_config,
        try_reports, try_inbounds, try_status, try_presence, try_inbox,
    };
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
        tries[i]((const char *)data, size);
    return 0;
}
