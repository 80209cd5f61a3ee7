// TwiML: what an app answers to a text that came in, as far as it is about texts.
//
// Pure logic over libexpat; any thread.
#ifndef SMSQUITTO_BRIDGE_TWILIO_TWIML_H
#define SMSQUITTO_BRIDGE_TWILIO_TWIML_H

#include <stdbool.h>
#include <stddef.h>

enum {
    TWIML_MESSAGES_MAX = 10,
    TWIML_BYTES_MAX = 64 * 1024,
    TWIML_ATTRIBUTE_SIZE = 64, // a number, or the name of a sender
    TWIML_URL_SIZE = 2049,
    TWIML_WHY_SIZE = 97,
};

// One text to send.
struct twiml_message {
    char *body;                      // owned, UTF-8, without the blanks around it
    char to[TWIML_ATTRIBUTE_SIZE];   // "" = who wrote
    char from[TWIML_ATTRIBUTE_SIZE]; // "" = who was written to
    char callback[TWIML_URL_SIZE];   // "" = none
};

struct twiml {
    struct twiml_message messages[TWIML_MESSAGES_MAX];
    size_t count;
};

// Reads text[length]: nothing at all, or a Response with Messages (text, or a Body). Returns false, with a
// clause about the answer in why and nothing to clear, for anything else: other verbs, Redirect and Media
// among them, a document type, more than TWIML_MESSAGES_MAX messages, attributes that are too long.
bool twiml_parse(struct twiml *out, char why[TWIML_WHY_SIZE], const char *text, size_t length);
void twiml_clear(struct twiml *twiml);

#endif
