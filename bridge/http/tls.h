// The certificate of our own HTTPS: read from two files, and again when they change.
//
// Each connection holds the pair that it began with; a new pair is for those that come. tls_new and tls_free
// on any thread, the rest on the HTTP thread.
#ifndef SMSQUITTO_BRIDGE_HTTP_TLS_H
#define SMSQUITTO_BRIDGE_HTTP_TLS_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What libmicrohttpd offers to clients: TLS 1.2 and newer.
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct tls;
struct tls_pair;

// Reads a chain of certificates (PEM, the server's first) and its key. The paths are copied. NULL with a
// sentence in why[size] that names the setting and the file.
struct tls *tls_new(const char *certificate_file, const char *key_file, char *why, size_t size);
// NULL does nothing. No connection may be left.
void tls_free(struct tls *tls);

// Gives a session the present pair; borrowed until tls_drop, after the session's end. NULL when memory runs
// out.
struct tls_pair *tls_hold(struct tls *tls, gnutls_session_t session);
// NULL does nothing.
void tls_drop(struct tls_pair *pair);

// When the present certificate expires, ms UTC; 0 for tls NULL.
int64_t tls_expires_at(const struct tls *tls);

// Now and then: reads files that have changed and are quiet again, and logs what came of it. A bad pair is
// refused, and the old one stays.
void tls_look(struct tls *tls, int64_t now_ms);
// Reads the files now, and logs what came of it.
void tls_reload(struct tls *tls);

#endif
