// JSON Web Tokens signed with HMAC-SHA256.
#include "bridge/smsgate/jwt.h"

#include "common/fields.h"
#include "common/json_memory.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

enum { MAC_BYTES = 32, BYTES_MAX = JWT_MAX / 4 * 3 + 3 };

#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

// base64 as URLs take it (RFC 4648, section 5), without padding, behind out[*length]. Room for JWT_MAX is
// there.
static bool put(char *out, size_t *length, const uint8_t *bytes, size_t count)
{
    unsigned char text[JWT_MAX + 8];
    if (count > BYTES_MAX || *length + (count + 2) / 3 * 4 + 1 > JWT_MAX)
        return false;
    int written = EVP_EncodeBlock(text, bytes, (int)count);
    while (written > 0 && text[written - 1] == '=')
        written--;
    for (int i = 0; i < written; i++)
        out[(*length)++] = (char)(text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i]);
    out[*length] = '\0';
    return true;
}

// The bytes behind text[length] of that alphabet; -1 when it is not of it. Room for BYTES_MAX is there.
static int get(uint8_t *out, const char *text, size_t length)
{
    static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char padded[JWT_MAX + 4];
    size_t rest = (4 - length % 4) % 4;
    if (length == 0 || length % 4 == 1 || length + rest > JWT_MAX)
        return -1;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\0' || strchr(ALPHABET, text[i]) == NULL)
            return -1;
        padded[i] = (unsigned char)(text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i]);
    }
    memset(padded + length, '=', rest);
    int bytes = EVP_DecodeBlock(out, padded, (int)(length + rest));
    return bytes < 0 ? -1 : bytes - (int)rest;
}

static bool sign(uint8_t mac[MAC_BYTES], const uint8_t key[JWT_KEY_BYTES], const char *text, size_t length)
{
    unsigned int size;
    return HMAC(EVP_sha256(), key, JWT_KEY_BYTES, (const uint8_t *)text, length, mac, &size) != NULL;
}

char *jwt_write(const uint8_t key[JWT_KEY_BYTES], json_t *claims)
{
    char *out = malloc(JWT_MAX + 1), *text = json_text_take(json_incref(claims));
    uint8_t mac[MAC_BYTES];
    size_t length = 0;
    bool done = out != NULL && text != NULL && put(out, &length, (const uint8_t *)HEADER, strlen(HEADER));
    if (done)
        out[length++] = '.';
    done = done && put(out, &length, (const uint8_t *)text, strlen(text)) && sign(mac, key, out, length);
    if (done)
        out[length++] = '.';
    done = done && put(out, &length, mac, sizeof(mac));
    free(text);
    if (done)
        return out;
    free(out);
    return NULL;
}

// One part of a token as a JSON object, owned; NULL when it is none.
static json_t *object_of(const char *text, size_t length)
{
    uint8_t bytes[BYTES_MAX];
    struct field_error error;
    int count = get(bytes, text, length);
    return count > 0 ? fields_parse((const char *)bytes, (size_t)count, &error) : NULL;
}

static bool is_header(const char *text, size_t length)
{
    json_t *header = object_of(text, length);
    const char *alg = json_string_value(json_object_get(header, "alg"));
    bool good = alg != NULL && strcmp(alg, "HS256") == 0 && json_object_get(header, "crit") == NULL;
    json_decref(header);
    return good;
}

json_t *jwt_read(const uint8_t key[JWT_KEY_BYTES], const char *token, int64_t now_ms)
{
    uint8_t mac[MAC_BYTES], given[BYTES_MAX];
    const char *first = strchr(token, '.');
    const char *second = first != NULL ? strchr(first + 1, '.') : NULL;
    if (second == NULL || strlen(token) > JWT_MAX)
        return NULL;
    // What is not ours is not read any further.
    if (get(given, second + 1, strlen(second + 1)) != MAC_BYTES ||
        !sign(mac, key, token, (size_t)(second - token)) || CRYPTO_memcmp(mac, given, MAC_BYTES) != 0 ||
        !is_header(token, (size_t)(first - token)))
        return NULL;
    json_t *claims = object_of(first + 1, (size_t)(second - first - 1));
    const json_t *exp = json_object_get(claims, "exp");
    if (json_is_integer(exp) && json_integer_value(exp) > now_ms / 1000)
        return claims;
    json_decref(claims);
    return NULL;
}
