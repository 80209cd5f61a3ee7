// Secrets on libcrypto and getrandom(2).
#include "common/secret.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>
#include <sys/random.h>

enum { PREFIX_LENGTH = 4, DIGITS = 43, RANDOM_BYTES = 32 };

_Static_assert(SECRET_SIZE == PREFIX_LENGTH + DIGITS + 1, "a secret is its prefix, its digits and a NUL");
_Static_assert(SECRET_HASH_BYTES == SHA256_DIGEST_LENGTH, "secrets are kept as SHA-256");

// Divides the big-endian number by 62 in place and returns the remainder.
static unsigned divide(uint8_t number[RANDOM_BYTES])
{
    unsigned rest = 0;
    for (size_t i = 0; i < RANDOM_BYTES; i++) {
        unsigned part = rest << 8 | number[i];
        number[i] = (uint8_t)(part / 62);
        rest = part % 62;
    }
    return rest;
}

bool secret_new(char out[SECRET_SIZE], const char prefix[4])
{
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    uint8_t number[RANDOM_BYTES];
    if (!secret_random(number, sizeof number))
        return false;
    memcpy(out, prefix, PREFIX_LENGTH);
    for (int i = DIGITS - 1; i >= 0; i--)
        out[PREFIX_LENGTH + i] = alphabet[divide(number)];
    out[SECRET_SIZE - 1] = '\0';
    secret_clear(number, sizeof number);
    return true;
}

void secret_hash(uint8_t hash[SECRET_HASH_BYTES], const char *text, size_t length)
{
    SHA256((const unsigned char *)text, length, hash);
}

bool secret_hash_equal(const uint8_t a[SECRET_HASH_BYTES], const uint8_t b[SECRET_HASH_BYTES])
{
    return CRYPTO_memcmp(a, b, SECRET_HASH_BYTES) == 0;
}

void secret_clear(void *memory, size_t bytes)
{
    OPENSSL_cleanse(memory, bytes);
}

bool secret_random(void *memory, size_t bytes)
{
    unsigned char *out = memory;
    while (bytes > 0) {
        ssize_t got = getrandom(out, bytes, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        out += got;
        bytes -= (size_t)got;
    }
    return true;
}
