// Reads certificates and keys, and hands them to sessions.
#include "bridge/http/tls.h"

#include "common/clock.h"
#include "common/isotime.h"
#include "common/log.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    LOOK_MS = 1000,          // between two looks at the files
    FILE_MAX_BYTES = 262144, // a chain of certificates is a few thousand
    CHAIN_MAX = 16,
};

struct tls_pair {
    gnutls_certificate_credentials_t credentials;
    int64_t expires_at; // ms UTC
    size_t users;
    struct tls_pair *next; // older ones, which sessions still have
};

// By which a change of a file is seen.
struct stamp {
    ino_t inode;
    off_t size;
    struct timespec changed;
};

enum { CERTIFICATE, KEY, FILES };

static const char *const SETTINGS[FILES] = {"[http] tls-certificate-file", "[http] tls-key-file"};

struct tls {
    char *paths[FILES];
    struct tls_pair *pairs;                 // the present one first
    struct stamp taken[FILES], seen[FILES]; // when it was last read, and at the last look
    int64_t next_look_ms;
};

// A file that is being worked on.
struct work {
    const struct tls *tls;
    char *why;
    size_t size;
};

static bool refuse(const struct work *work, int file, const char *reason)
{
    snprintf(work->why, work->size, "%s: %s: %s", SETTINGS[file], work->tls->paths[file], reason);
    return false;
}

// Reads a whole file into *out, whose data the caller clears and frees.
static bool read_file(const struct work *work, int file, gnutls_datum_t *out)
{
    FILE *in = fopen(work->tls->paths[file], "re");
    if (in == NULL)
        return refuse(work, file, strerror(errno));
    setvbuf(in, NULL, _IONBF, 0); // no copy of a key stays behind
    out->data = malloc(FILE_MAX_BYTES);
    out->size = out->data != NULL ? (unsigned int)fread(out->data, 1, FILE_MAX_BYTES, in) : 0;
    bool bad = ferror(in) != 0, whole = feof(in) != 0;
    int code = errno;
    fclose(in);
    if (out->data == NULL)
        return refuse(work, file, "out of memory");
    if (bad)
        return refuse(work, file, strerror(code));
    return whole || refuse(work, file, "is too large");
}

static void clear_file(gnutls_datum_t *text)
{
    if (text->data != NULL)
        gnutls_memset(text->data, 0, text->size);
    free(text->data);
}

// Puts chain and key together. False with why.
static bool join(const struct work *work, struct tls_pair *pair, gnutls_x509_crt_t *chain, unsigned int count,
                 gnutls_x509_privkey_t key)
{
    int code = gnutls_certificate_set_x509_key(pair->credentials, chain, (int)count, key);
    if (code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
        return refuse(work, KEY, "is not the key of that certificate");
    pair->expires_at = (int64_t)gnutls_x509_crt_get_expiration_time(chain[0]) * 1000;
    return code >= 0 || refuse(work, CERTIFICATE, gnutls_strerror(code));
}

static bool read_key(const struct work *work, const gnutls_datum_t *text, gnutls_x509_privkey_t *key)
{
    int code = gnutls_x509_privkey_init(key);
    if (code >= 0)
        code = gnutls_x509_privkey_import2(*key, text, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (code == GNUTLS_E_DECRYPTION_FAILED)
        return refuse(work, KEY, "has a passphrase: store it without");
    return code >= 0 || refuse(work, KEY, "is no private key as PEM");
}

static bool fill(const struct work *work, struct tls_pair *pair, const gnutls_datum_t texts[FILES])
{
    gnutls_x509_crt_t chain[CHAIN_MAX];
    gnutls_x509_privkey_t key = NULL;
    unsigned int count = CHAIN_MAX;
    int code =
        gnutls_x509_crt_list_import(chain, &count, &texts[CERTIFICATE], GNUTLS_X509_FMT_PEM,
                                    GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED | GNUTLS_X509_CRT_LIST_SORT);
    if (code < 0 || count == 0)
        return refuse(work, CERTIFICATE, "is no chain of up to 16 certificates as PEM");
    bool good = read_key(work, &texts[KEY], &key) && join(work, pair, chain, count, key);
    gnutls_x509_privkey_deinit(key);
    for (unsigned int i = 0; i < count; i++)
        gnutls_x509_crt_deinit(chain[i]);
    return good;
}

static void free_pair(struct tls_pair *pair)
{
    if (pair != NULL && pair->credentials != NULL)
        gnutls_certificate_free_credentials(pair->credentials);
    free(pair);
}

// Reads both files into a pair of its own; owned. NULL with why.
static struct tls_pair *read_pair(const struct work *work)
{
    gnutls_datum_t texts[FILES] = {{.data = NULL}};
    struct tls_pair *pair = calloc(1, sizeof(*pair));
    bool good = pair != NULL && gnutls_certificate_allocate_credentials(&pair->credentials) >= 0;
    if (!good)
        refuse(work, CERTIFICATE, "out of memory");
    good = good && read_file(work, CERTIFICATE, &texts[CERTIFICATE]) && read_file(work, KEY, &texts[KEY]) &&
           fill(work, pair, texts);
    clear_file(&texts[CERTIFICATE]);
    clear_file(&texts[KEY]);
    if (good)
        return pair;
    free_pair(pair);
    return NULL;
}

// What is not there has a stamp of zeros.
static void stamp_files(const struct tls *tls, struct stamp out[FILES])
{
    for (int i = 0; i < FILES; i++) {
        struct stat status;
        out[i] = (struct stamp){.size = 0};
        if (stat(tls->paths[i], &status) == 0)
            out[i] =
                (struct stamp){.inode = status.st_ino, .size = status.st_size, .changed = status.st_ctim};
    }
}

static bool same(const struct stamp a[FILES], const struct stamp b[FILES])
{
    for (int i = 0; i < FILES; i++)
        if (a[i].inode != b[i].inode || a[i].size != b[i].size ||
            a[i].changed.tv_sec != b[i].changed.tv_sec || a[i].changed.tv_nsec != b[i].changed.tv_nsec)
            return false;
    return true;
}

// Takes what the files hold as the present pair. False with why, and the old one stays.
static bool take(struct tls *tls, char *why, size_t size)
{
    const struct work work = {.tls = tls, .why = why, .size = size};
    stamp_files(tls, tls->taken); // before reading, so that no change is missed
    memcpy(tls->seen, tls->taken, sizeof(tls->seen));
    struct tls_pair *pair = read_pair(&work);
    if (pair == NULL)
        return false;
    pair->next = tls->pairs;
    tls->pairs = pair;
    return true;
}

static void warn_expired(const struct tls *tls)
{
    if (tls->pairs->expires_at <= clock_wall_ms())
        log_event(LOG_WARNING, "the certificate has expired", "file", tls->paths[CERTIFICATE], NULL);
}

struct tls *tls_new(const char *certificate_file, const char *key_file, char *why, size_t size)
{
    struct tls *tls = calloc(1, sizeof(*tls));
    if (tls != NULL && (tls->paths[CERTIFICATE] = strdup(certificate_file)) != NULL &&
        (tls->paths[KEY] = strdup(key_file)) != NULL) {
        if (take(tls, why, size)) {
            warn_expired(tls);
            return tls;
        }
    } else {
        snprintf(why, size, "out of memory");
    }
    tls_free(tls);
    return NULL;
}

void tls_free(struct tls *tls)
{
    if (tls == NULL)
        return;
    for (struct tls_pair *pair = tls->pairs, *next; pair != NULL; pair = next) {
        next = pair->next;
        free_pair(pair);
    }
    free(tls->paths[CERTIFICATE]);
    free(tls->paths[KEY]);
    free(tls);
}

struct tls_pair *tls_hold(struct tls *tls, gnutls_session_t session)
{
    if (gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, tls->pairs->credentials) < 0)
        return NULL;
    tls->pairs->users++;
    return tls->pairs;
}

void tls_drop(struct tls_pair *pair)
{
    if (pair != NULL)
        pair->users--;
}

int64_t tls_expires_at(const struct tls *tls)
{
    return tls != NULL ? tls->pairs->expires_at : 0;
}

// Frees the old pairs that no session has any more.
static void free_unused(struct tls *tls)
{
    for (struct tls_pair **link = &tls->pairs->next; *link != NULL;) {
        struct tls_pair *pair = *link;
        if (pair->users > 0) {
            link = &pair->next;
            continue;
        }
        *link = pair->next;
        free_pair(pair);
    }
}

void tls_reload(struct tls *tls)
{
    char why[512], expires[ISOTIME_SIZE];
    if (!take(tls, why, sizeof(why))) {
        log_event(LOG_WARNING, "the certificate is not taken, the old one stays", "why", why, NULL);
        return;
    }
    isotime_format(expires, tls->pairs->expires_at);
    log_event(LOG_INFO, "the certificate is taken", "file", tls->paths[CERTIFICATE], "expires", expires,
              NULL);
    warn_expired(tls);
}

void tls_look(struct tls *tls, int64_t now_ms)
{
    struct stamp now[FILES];
    if (now_ms < tls->next_look_ms)
        return;
    tls->next_look_ms = now_ms + LOOK_MS;
    free_unused(tls);
    stamp_files(tls, now);
    bool quiet = same(now, tls->seen); // both are written by now
    memcpy(tls->seen, now, sizeof(now));
    if (quiet && !same(now, tls->taken))
        tls_reload(tls);
}
