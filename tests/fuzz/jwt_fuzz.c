// Tokens: whatever the text, it is read or refused, and nobody signs one without the key.
#include "bridge/smsgate/jwt.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t KEY[JWT_KEY_BYTES] = "0123456789abcdef0123456789abcdef";
    static const uint8_t OTHER[JWT_KEY_BYTES] = "x";
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    json_decref(jwt_read(KEY, text, 0)); // one of the seeds is signed
    json_t *claims = jwt_read(OTHER, text, 0);
    if (claims != NULL)
        abort();
    free(text);
    return 0;
}
