// TwiML: whatever an app answers, what is taken of it is whole.
#include "bridge/twilio/twiml.h"
#include "common/parse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct twiml twiml;
    char why[TWIML_WHY_SIZE];
    bool read = twiml_parse(&twiml, why, (const char *)data, size);
    if (read == (why[0] != '\0') || (!read && twiml.count != 0) || twiml.count > TWIML_MESSAGES_MAX)
        abort();
    for (size_t i = 0; i < twiml.count; i++) {
        const char *body = twiml.messages[i].body;
        if (body == NULL || body[0] == '\0' || !parse_utf8_valid(body, strlen(body)))
            abort();
    }
    twiml_clear(&twiml);
    return 0;
}
