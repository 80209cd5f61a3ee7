// Signatures of deliveries.
#include "bridge/hooks/sign.h"

#include "common/form.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BASE64_SIZE = 4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1 };

static void hex(char *out, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

// The key behind a secret; returns its length.
static int key_of(uint8_t key[HOOK_SECRET_SIZE], const char *secret)
{
    size_t length = strlen(secret);
    if (strncmp(secret, "whsec_", 6) == 0 && length > 6 && (length - 6) % 4 == 0) {
        const char *text = secret + 6;
        int bytes = EVP_DecodeBlock(key, (const unsigned char *)text, (int)(length - 6));
        if (bytes > 0)
            return bytes - (text[length - 7] == '=') - (text[length - 8] == '=');
    }
    memcpy(key, secret, length);
    return (int)length;
}

static bool standard_one(char out[BASE64_SIZE], const char *secret, const char *content)
{
    uint8_t key[HOOK_SECRET_SIZE], mac[EVP_MAX_MD_SIZE];
    unsigned int length;
    int bytes = key_of(key, secret);
    bool done =
        HMAC(EVP_sha256(), key, bytes, (const uint8_t *)content, strlen(content), mac, &length) != NULL;
    secret_clear(key, sizeof(key));
    if (done)
        EVP_EncodeBlock((unsigned char *)out, mac, (int)length);
    return done;
}

static bool standard(struct signature *out, const struct sign_input *input)
{
    char first[BASE64_SIZE], second[BASE64_SIZE] = "", *content = NULL;
    bool two = input->old_secret[0] != '\0';
    bool done = asprintf(&content, "%s.%lld.%s", input->id, (long long)input->at_s, input->body) >= 0 &&
                standard_one(first, input->secret, content) &&
                (!two || standard_one(second, input->old_secret, content));
    if (done) {
        free(content);
        snprintf(out->headers[0], SIGN_HEADER_SIZE, "webhook-id: %s", input->id);
        snprintf(out->headers[1], SIGN_HEADER_SIZE, "webhook-timestamp: %lld", (long long)input->at_s);
        snprintf(out->headers[2], SIGN_HEADER_SIZE, "webhook-signature: v1,%s%s%s", first, two ? " v1," : "",
                 second);
        out->count = 3;
    }
    return done;
}

static bool smsgate(struct signature *out, const struct sign_input *input)
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    char *content = NULL, text[2 * EVP_MAX_MD_SIZE + 1];
    unsigned int length;
    if (asprintf(&content, "%s%lld", input->body, (long long)input->at_s) < 0)
        return false;
    bool done = HMAC(EVP_sha256(), input->secret, (int)strlen(input->secret), (const uint8_t *)content,
                     strlen(content), mac, &length) != NULL;
    free(content);
    if (!done)
        return false;
    hex(text, mac, length);
    snprintf(out->headers[0], SIGN_HEADER_SIZE, "X-Timestamp: %lld", (long long)input->at_s);
    snprintf(out->headers[1], SIGN_HEADER_SIZE, "X-Signature: %s", text);
    out->count = 2;
    return true;
}

static bool twilio(struct signature *out, const struct sign_input *input)
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    char text[2 * EVP_MAX_MD_SIZE + 1], base64[BASE64_SIZE];
    unsigned int length;
    if (EVP_Digest(input->body, strlen(input->body), mac, &length, EVP_sha256(), NULL) != 1)
        return false;
    hex(text, mac, length);
    if (snprintf(out->url, sizeof(out->url), "%s%cbodySHA256=%s", input->url,
                 strchr(input->url, '?') != NULL ? '&' : '?', text) >= (int)sizeof(out->url) ||
        HMAC(EVP_sha1(), input->secret, (int)strlen(input->secret), (const uint8_t *)out->url,
             strlen(out->url), mac, &length) == NULL)
        return false;
    EVP_EncodeBlock((unsigned char *)base64, mac, (int)length);
    snprintf(out->headers[0], SIGN_HEADER_SIZE, "X-Twilio-Signature: %s", base64);
    out->count = 1;
    return true;
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

static bool twilio_form(struct signature *out, const struct sign_input *input)
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    char base64[BASE64_SIZE];
    unsigned int length;
    struct form form;
    const char *why;
    if (!form_parse(&form, &why, input->body, strlen(input->body)))
        return false;
    char *content = form_content(input->url, &form);
    bool done = content != NULL && HMAC(EVP_sha1(), input->secret, (int)strlen(input->secret),
                                        (const uint8_t *)content, strlen(content), mac, &length) != NULL;
    free(content);
    form_clear(&form);
    if (!done)
        return false;
    EVP_EncodeBlock((unsigned char *)base64, mac, (int)length);
    snprintf(out->headers[0], SIGN_HEADER_SIZE, "X-Twilio-Signature: %s", base64);
    snprintf(out->headers[1], SIGN_HEADER_SIZE, "I-Twilio-Idempotency-Token: %s", input->id);
    out->count = 2;
    return true;
}

bool sign(struct signature *out, const struct sign_input *input)
{
    out->count = 0;
    snprintf(out->url, sizeof(out->url), "%s", input->url);
    switch (input->form) {
    case HOOK_SMSGATE:
    case HOOK_SMSGATE_FORM:
        return smsgate(out, input);
    case HOOK_TWILIO:
        return twilio(out, input);
    case HOOK_TWILIO_FORM:
        return twilio_form(out, input);
    case HOOK_STANDARD:
        break;
    }
    return standard(out, input);
}

void sign_event_id(char out[ID_SIZE], int64_t created_at, int64_t number)
{
    snprintf(out, ID_SIZE, "EV%012llx7000%016llx", (unsigned long long)created_at & 0xffffffffffffu,
             (unsigned long long)number | 0x8000000000000000u);
}
