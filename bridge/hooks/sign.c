// Signatures of deliveries.
#include "bridge/hooks/sign.h"

#include "common/form.h"
#include "common/id.h"
#include "common/text.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// An HMAC with the key that it had last: most deliveries are signed with the same as the one before.
struct hmac {
    EVP_MAC_CTX *context;
    uint8_t key[HOOK_SECRET_SIZE];
    size_t key_length; // 0 = none
};

struct signer {
    struct hmac sha256, sha1;
};

enum { BASE64_SIZE = 4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1 };

// Two digits for each byte, and a NUL.
static void hex(char *out, const uint8_t *bytes, size_t length)
{
    static const char DIGITS[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        *out++ = DIGITS[bytes[i] >> 4];
        *out++ = DIGITS[bytes[i] & 15];
    }
    *out = '\0';
}

// A header of two pieces; name ends with what is before the value.
static void put_header(char out[SIGN_HEADER_SIZE], const char *name, const char *value)
{
    size_t length = strlen(name);
    memcpy(out, name, length);
    text_copy(out + length, SIGN_HEADER_SIZE - length, value);
}

static EVP_MAC_CTX *hmac_new(EVP_MAC *hmac, const char *digest)
{
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)digest, 0),
        OSSL_PARAM_construct_end()};
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(hmac);
    if (context != NULL && EVP_MAC_CTX_set_params(context, params) != 1) {
        EVP_MAC_CTX_free(context);
        return NULL;
    }
    return context;
}

struct signer *signer_new(void)
{
    struct signer *signer = calloc(1, sizeof(*signer));
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
    if (signer != NULL && hmac != NULL) {
        signer->sha256.context = hmac_new(hmac, OSSL_DIGEST_NAME_SHA2_256);
        signer->sha1.context = hmac_new(hmac, OSSL_DIGEST_NAME_SHA1);
    }
    EVP_MAC_free(hmac);
    if (signer == NULL || (signer->sha256.context != NULL && signer->sha1.context != NULL))
        return signer;
    signer_free(signer);
    return NULL;
}

void signer_free(struct signer *signer)
{
    if (signer == NULL)
        return;
    EVP_MAC_CTX_free(signer->sha256.context);
    EVP_MAC_CTX_free(signer->sha1.context);
    secret_clear(signer, sizeof(*signer));
    free(signer);
}

static bool set_key(struct hmac *hmac, const void *key, size_t length)
{
    if (length != 0 && length == hmac->key_length && memcmp(hmac->key, key, length) == 0)
        return EVP_MAC_init(hmac->context, NULL, 0, NULL) == 1;
    hmac->key_length = 0;
    if (EVP_MAC_init(hmac->context, key, length, NULL) != 1)
        return false;
    memcpy(hmac->key, key, length);
    hmac->key_length = length;
    return true;
}

// Of two texts, one behind the other. Returns the length of the MAC, 0 on failure.
static int mac_of(struct hmac *hmac, uint8_t mac[EVP_MAX_MD_SIZE], const void *key, size_t key_length,
                  const char *first, const char *second)
{
    size_t length = 0;
    bool done = set_key(hmac, key, key_length) &&
                EVP_MAC_update(hmac->context, (const uint8_t *)first, strlen(first)) == 1 &&
                EVP_MAC_update(hmac->context, (const uint8_t *)second, strlen(second)) == 1 &&
                EVP_MAC_final(hmac->context, mac, &length, EVP_MAX_MD_SIZE) == 1;
    return done ? (int)length : 0;
}

// The key behind a secret; returns its length.
static size_t key_of(uint8_t key[HOOK_SECRET_SIZE], const char *secret)
{
    size_t length = strlen(secret);
    if (strncmp(secret, "whsec_", 6) == 0 && length > 6 && (length - 6) % 4 == 0) {
        const char *text = secret + 6;
        int bytes = EVP_DecodeBlock(key, (const unsigned char *)text, (int)(length - 6));
        if (bytes > 0)
            return (size_t)(bytes - (text[length - 7] == '=') - (text[length - 8] == '='));
    }
    memcpy(key, secret, length);
    return length;
}

static bool standard_one(struct signer *signer, char out[BASE64_SIZE], const char *secret, const char *before,
                         const char *body)
{
    uint8_t key[HOOK_SECRET_SIZE], mac[EVP_MAX_MD_SIZE];
    size_t bytes = key_of(key, secret);
    int length = mac_of(&signer->sha256, mac, key, bytes, before, body);
    secret_clear(key, sizeof(key));
    EVP_EncodeBlock((unsigned char *)out, mac, length);
    return length > 0;
}

static bool standard(struct signer *signer, struct signature *out, const struct sign_input *input)
{
    char first[BASE64_SIZE], second[BASE64_SIZE] = "", before[SIGN_HEADER_SIZE], at[TEXT_NUMBER_SIZE];
    bool two = input->old_secret[0] != '\0';
    snprintf(before, sizeof(before), "%s.%lld.", input->id, (long long)input->at_s);
    bool done = standard_one(signer, first, input->secret, before, input->body) &&
                (!two || standard_one(signer, second, input->old_secret, before, input->body));
    if (done) {
        text_number(at, input->at_s);
        put_header(out->headers[0], "webhook-id: ", input->id);
        put_header(out->headers[1], "webhook-timestamp: ", at);
        put_header(out->headers[2], "webhook-signature: v1,", first);
        if (two)
            snprintf(out->headers[2], SIGN_HEADER_SIZE, "webhook-signature: v1,%s v1,%s", first, second);
        out->count = 3;
    }
    return done;
}

static bool smsgate(struct signer *signer, struct signature *out, const struct sign_input *input)
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    char at[TEXT_NUMBER_SIZE], text[2 * EVP_MAX_MD_SIZE + 1];
    text_number(at, input->at_s);
    int length = mac_of(&signer->sha256, mac, input->secret, strlen(input->secret), input->body, at);
    if (length == 0)
        return false;
    hex(text, mac, (size_t)length);
    put_header(out->headers[0], "X-Timestamp: ", at);
    put_header(out->headers[1], "X-Signature: ", text);
    out->count = 2;
    return true;
}

static bool twilio(struct signer *signer, struct signature *out, const struct sign_input *input)
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    char text[2 * EVP_MAX_MD_SIZE + 1], base64[BASE64_SIZE];
    unsigned int length;
    if (EVP_Digest(input->body, strlen(input->body), mac, &length, EVP_sha256(), NULL) != 1)
        return false;
    hex(text, mac, length);
    if (snprintf(out->url, sizeof(out->url), "%s%cbodySHA256=%s", input->url,
                 strchr(input->url, '?') != NULL ? '&' : '?', text) >= (int)sizeof(out->url))
        return false;
    int bytes = mac_of(&signer->sha1, mac, input->secret, strlen(input->secret), out->url, "");
    EVP_EncodeBlock((unsigned char *)base64, mac, bytes);
    snprintf(out->headers[0], SIGN_HEADER_SIZE, "X-Twilio-Signature: %s", base64);
    out->count = 1;
    return bytes > 0;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct form_pair *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    return order != 0 ? order : strcmp(left->value, right->value);
}

static char *append(char *end, const char *text)
{
    size_t length = strlen(text);
    memcpy(end, text, length);
    return end + length;
}

// The URL with names and values of the sorted fields behind it, each different value once. Owned.
static char *form_content(const char *url, struct form *form)
{
    size_t room = strlen(url) + 1;
    for (size_t i = 0; i < form->count; i++)
        room += strlen(form->pairs[i].name) + strlen(form->pairs[i].value);
    char *content = malloc(room), *end = content;
    if (content == NULL)
        return NULL;
    qsort(form->pairs, form->count, sizeof(form->pairs[0]), compare_pairs);
    end = append(end, url);
    for (size_t i = 0; i < form->count; i++)
        if (i == 0 || compare_pairs(&form->pairs[i - 1], &form->pairs[i]) != 0)
            end = append(append(end, form->pairs[i].name), form->pairs[i].value);
    *end = '\0';
    return content;
}

static bool twilio_form(struct signer *signer, struct signature *out, const struct sign_input *input)
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    char base64[BASE64_SIZE];
    struct form form;
    const char *why;
    if (!form_parse(&form, &why, input->body, strlen(input->body)))
        return false;
    char *content = form_content(input->url, &form);
    int length =
        content != NULL ? mac_of(&signer->sha1, mac, input->secret, strlen(input->secret), content, "") : 0;
    free(content);
    form_clear(&form);
    EVP_EncodeBlock((unsigned char *)base64, mac, length);
    snprintf(out->headers[0], SIGN_HEADER_SIZE, "X-Twilio-Signature: %s", base64);
    snprintf(out->headers[1], SIGN_HEADER_SIZE, "I-Twilio-Idempotency-Token: %s", input->id);
    out->count = 2;
    return length > 0;
}

bool sign(struct signer *signer, struct signature *out, const struct sign_input *input)
{
    out->count = 0;
    text_copy(out->url, sizeof(out->url), input->url);
    switch (input->form) {
    case HOOK_SMSGATE:
    case HOOK_SMSGATE_FORM:
        return smsgate(signer, out, input);
    case HOOK_TWILIO:
        return twilio(signer, out, input);
    case HOOK_TWILIO_FORM:
        return twilio_form(signer, out, input);
    case HOOK_STANDARD:
        break;
    }
    return standard(signer, out, input);
}

void sign_event_id(char out[ID_SIZE], int64_t created_at, int64_t number)
{
    uint8_t bytes[16] = {[6] = 0x70, [8] = 0x80}; // as a UUIDv7 has its version and variant
    for (int i = 0; i < 6; i++)
        bytes[i] = (uint8_t)((uint64_t)created_at >> (40 - 8 * i));
    for (int i = 0; i < 8; i++)
        bytes[8 + i] |= (uint8_t)((uint64_t)number >> (56 - 8 * i));
    memcpy(out, ID_EVENT, 2);
    hex(out + 2, bytes, sizeof(bytes));
}
