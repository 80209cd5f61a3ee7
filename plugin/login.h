// Decides whether a client may log in.
//
// Pure logic, constant time in the key; any thread.
#ifndef SMSQUITTO_PLUGIN_LOGIN_H
#define SMSQUITTO_PLUGIN_LOGIN_H

#include "plugin/options.h"
#include "plugin/roster.h"

enum { LOGIN_KEY_MAX = 128 }; // printable ASCII

// What a CONNECT says; any pointer may be NULL. Borrowed for the call.
struct login_attempt {
    const char *username;
    const char *client_id;
    const char *key;
    const char *address; // of the peer, or the path of a unix socket
    int keepalive_s;
};

enum login_verdict {
    LOGIN_WELCOME,
    LOGIN_NAME,      // not the shape of a name
    LOGIN_CLIENT_ID, // not equal to the user name
    LOGIN_KEEPALIVE, // none, or over the limit
    LOGIN_KEY_SHAPE, // missing, too long, or not printable
    LOGIN_UNKNOWN,   // no such name
    LOGIN_KEY,       // another key
    LOGIN_DISABLED,
    LOGIN_PLACE,    // a bridge elsewhere than on its socket
    LOGIN_OPERATOR, // an operator where none is allowed
};

// Checks an attempt against the table (NULL: nobody is in it).
enum login_verdict login_check(const struct roster *roster, const struct options *options,
                               const struct login_attempt *attempt);

// What a verdict means, for the log; borrowed for ever.
const char *login_verdict_text(enum login_verdict verdict);

#endif
