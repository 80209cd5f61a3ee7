// Signatures of deliveries: the headers that prove to a receiver who sent them.
//
// Pure logic over libcrypto's HMAC; any thread, each with a signer of its own.
#ifndef SMSQUITTO_BRIDGE_HOOKS_SIGN_H
#define SMSQUITTO_BRIDGE_HOOKS_SIGN_H

#include "bridge/store/webhook.h"

enum { SIGN_HEADER_SIZE = 256, SIGN_HEADERS_MAX = 3, SIGN_URL_SIZE = HOOK_URL_MAX + 96 };

struct signature {
    char headers[SIGN_HEADERS_MAX][SIGN_HEADER_SIZE]; // "name: value"
    int count;
    char url[SIGN_URL_SIZE]; // to post to: the twilio form adds a parameter
};

// What is signed.
struct sign_input {
    enum hook_signature form;
    const char *secret, *old_secret; // old "" = none; only the standard form can carry two signatures
    const char *id;                  // of the event
    int64_t at_s;                    // of this attempt, seconds since 1970
    const char *url, *body;
};

// libcrypto's HMACs, looked up once: that takes longer than to sign a delivery. Each keeps its last key.
struct signer;
// Owned: signer_free (NULL is fine); NULL when memory runs out.
struct signer *signer_new(void);
void signer_free(struct signer *signer);

// Signs in the endpoint's form:
// - standard (https://www.standardwebhooks.com): webhook-id, webhook-timestamp, webhook-signature
// "v1,<base64>" of
//   HMAC-SHA256 over "id.timestamp.body"; a secret "whsec_…" is base64, any other is taken as it is;
// - smsgate, smsgate-form: X-Timestamp and X-Signature, hex HMAC-SHA256 over body and timestamp
//   (https://docs.sms-gate.app/features/webhooks/);
// - twilio: X-Twilio-Signature, base64 HMAC-SHA1 over the URL with the parameter bodySHA256
//   (https://www.twilio.com/docs/usage/security);
// - twilio-form: the same header over the URL and the sorted fields of the body, which is a form, and
//   I-Twilio-Idempotency-Token with the event's id.
// False when memory runs out or the URL has no room.
bool sign(struct signer *signer, struct signature *out, const struct sign_input *input);

// The id of an event in its deliveries: EV and 32 hex digits, the same for every webhook, attempt and replay.
void sign_event_id(char out[ID_SIZE], int64_t created_at, int64_t number);

#endif
