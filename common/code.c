// Codes in Crockford's base 32.
#include "common/code.h"

#include "common/secret.h"

#include <ctype.h>
#include <string.h>

enum { DIGITS = 16, GROUP = 4 };

_Static_assert(CODE_SIZE == DIGITS + DIGITS / GROUP, "three '-' and a NUL");

static const char ALPHABET[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void put(char out[CODE_SIZE], int place, char digit)
{
    int at = place + place / GROUP;
    if (place > 0 && place % GROUP == 0)
        out[at - 1] = '-';
    out[at] = digit;
}

bool code_new(char out[CODE_SIZE])
{
    unsigned char bytes[DIGITS];
    if (!secret_random(bytes, sizeof bytes))
        return false;
    for (int i = 0; i < DIGITS; i++) // 32 divides 256: no digit is likelier
        put(out, i, ALPHABET[bytes[i] % 32]);
    out[CODE_SIZE - 1] = '\0';
    secret_clear(bytes, sizeof bytes);
    return true;
}

// The digit that was meant, or NUL.
static char digit_of(char typed)
{
    char capital = (char)toupper((unsigned char)typed);
    if (capital == 'O')
        return '0';
    if (capital == 'I' || capital == 'L')
        return '1';
    return capital != '\0' && strchr(ALPHABET, capital) != NULL ? capital : '\0';
}

bool code_read(char out[CODE_SIZE], const char *text)
{
    char code[CODE_SIZE] = "";
    int count = 0;
    for (; *text != '\0'; text++) {
        char digit = digit_of(*text);
        if (*text == '-' || *text == ' ')
            continue;
        if (digit == '\0' || count == DIGITS)
            return false;
        put(code, count++, digit);
    }
    if (count == DIGITS)
        memcpy(out, code, sizeof code);
    return count == DIGITS;
}
