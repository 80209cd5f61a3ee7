// Secrets that programs hold: 256 random bits in base62 behind a prefix, kept as SHA-256 (libcrypto).
//
// Any thread.
#ifndef SMSQUITTO_COMMON_SECRET_H
#define SMSQUITTO_COMMON_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_APP_KEY "sqk_"
#define SECRET_DEVICE_KEY "sqd_"
#define SECRET_BRIDGE_KEY "sqb_"
#define SECRET_OTP_KEY "sqo_"

enum { SECRET_SIZE = 48 };       // prefix (4), 43 base62 digits of 256 bits, NUL
enum { SECRET_HASH_BYTES = 32 }; // SHA-256

// Writes a new secret into out[SECRET_SIZE]. Returns false when the system has no randomness.
bool secret_new(char out[SECRET_SIZE], const char prefix[4]) __attribute__((warn_unused_result));

// SHA-256 of text[length].
void secret_hash(uint8_t hash[SECRET_HASH_BYTES], const char *text, size_t length);

// Compares in constant time.
bool secret_hash_equal(const uint8_t a[SECRET_HASH_BYTES], const uint8_t b[SECRET_HASH_BYTES]);

// Overwrites memory in a way that the compiler keeps.
void secret_clear(void *memory, size_t bytes);

// Fills memory with random bytes. Returns false when the system has no randomness.
bool secret_random(void *memory, size_t bytes) __attribute__((warn_unused_result));

#endif
