// Who asks: app keys by their SHA-256, with a small cache in front of the store. HTTP thread only.
#ifndef SMSQUITTO_BRIDGE_HTTP_AUTH_H
#define SMSQUITTO_BRIDGE_HTTP_AUTH_H

#include "bridge/http/request.h"

struct auth;

// NULL when memory runs out.
struct auth *auth_new(void);
void auth_free(struct auth *auth);

enum auth_status {
    AUTH_OK,
    AUTH_MISSING, // no usable Authorization header
    AUTH_WRONG,   // no such key, revoked or expired
    AUTH_FAILED,  // the store could not be read
};

// Reads an Authorization header (NULL: none) into *principal. With basic a user name and password serve as
// well: the id of the key, or of its account, and the key, with its "sqk_" or without. *used says
// whether the use of the key is to be written down: at most once a minute a key. *principal and *used are set
// only with AUTH_OK.
enum auth_status auth_check(struct auth *auth, struct principal *principal, bool *used, struct query *store,
                            const char *header, bool basic, int64_t now_ms);

// Forgets every key: they have changed.
void auth_forget(struct auth *auth);

#endif
