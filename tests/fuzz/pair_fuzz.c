// What a device gets for a pairing code: the answer of a server that it does not know yet, and codes that
// people type.
#include "common/code.h"
#include "device/pair.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_code(const char *text)
{
    char code[CODE_SIZE], again[CODE_SIZE];
    if (code_read(code, text) &&
        (strlen(code) != CODE_SIZE - 1 || !code_read(again, code) || strcmp(code, again) != 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pair_credentials given;
    char error[PAIR_ERROR_SIZE] = "";
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (pair_read_answer(&given, (const char *)data, size, "https://sms.example", error)) {
        if (!device_id_valid(given.id, strlen(given.id)) || given.port < 1 || given.port > 65535 ||
            strnlen(given.key, SECRET_SIZE) == SECRET_SIZE || given.host[0] == '\0' ||
            strpbrk(given.host, " \r\n\t") != NULL || strpbrk(given.key, " \r\n\t") != NULL)
            abort();
    } else if (error[0] == '\0') {
        abort();
    }
    check_code(text);
    free(text);
    return 0;
}
