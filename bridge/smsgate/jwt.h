// JSON Web Tokens (RFC 7519) signed with HMAC-SHA256 (RFC 7515), over libcrypto. Any thread.
#ifndef SMSQUITTO_BRIDGE_SMSGATE_JWT_H
#define SMSQUITTO_BRIDGE_SMSGATE_JWT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { JWT_KEY_BYTES = 32, JWT_MAX = 2048 }; // characters of a token

// Writes the token that says claims into an owned text; NULL when memory runs out or it would be too long.
char *jwt_write(const uint8_t key[JWT_KEY_BYTES], json_t *claims);

// Reads a token: what it says, owned; NULL when it was not signed with this key, is not of this kind, or its
// time ("exp", in seconds) is over.
json_t *jwt_read(const uint8_t key[JWT_KEY_BYTES], const char *token, int64_t now_ms);

#endif
