// HTML form bodies (application/x-www-form-urlencoded), as Twilio's SDKs send them and its webhooks carry
// them.
//
// Pure logic; any thread.
#ifndef SMSQUITTO_COMMON_FORM_H
#define SMSQUITTO_COMMON_FORM_H

#include <stdbool.h>
#include <stddef.h>

enum { FORM_PAIRS_MAX = 100 };

struct form_pair {
    const char *name, *value; // NUL-terminated UTF-8
};

struct form {
    char *text; // owned: what the pairs point into
    struct form_pair pairs[FORM_PAIRS_MAX];
    size_t count;
    bool memory; // form_parse failed as memory ran out
};

// Reads a whole body, strictly: every '%' has two hex digits, names and values are UTF-8 without NUL, no name
// is empty, at most FORM_PAIRS_MAX pairs. A pair without '=' has an empty value. Returns false, with a clause
// on what is wrong in *why and nothing to clear, otherwise.
bool form_parse(struct form *out, const char **why, const char *body, size_t length);
void form_clear(struct form *form);

// The value of the first pair with that name, NULL when there is none; borrowed until form_clear.
const char *form_get(const struct form *form, const char *name);

// The pairs as a body: all but letters, digits and "-_.~" escaped, a blank as '+'. Pairs whose value is NULL
// are left out. Owned; NULL when memory runs out.
char *form_encode(const struct form_pair *pairs, size_t count);

#endif
