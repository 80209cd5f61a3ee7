// The certificate of our own HTTPS: what is taken, what is refused by which name, and how long an old one
// stays.
#include "tests/unit/cases.h"

#include "bridge/http/tls.h"

#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/http_tls_test.XXXXXX";
static char certificate_path[64], key_path[64], why[512];

// Each file is longer than the one before, as its time may be the same.
static void write_text(const char *path, const void *bytes, size_t length)
{
    static int more;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < more; i++)
        assert_int_equal(fputc('\n', file), '\n');
    more += 100;
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

// Writes a new key, and a certificate that signs itself; each only when wanted.
static void write_pair(bool with_certificate, bool with_key)
{
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
    gnutls_datum_t text;
    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                                  GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
                     0);
    assert_int_equal(gnutls_x509_crt_init(&certificate), 0);
    assert_int_equal(gnutls_x509_crt_set_version(certificate, 3), 0);
    assert_int_equal(gnutls_x509_crt_set_serial(certificate, "\1", 1), 0);
    assert_int_equal(gnutls_x509_crt_set_activation_time(certificate, 0), 0);
    assert_int_equal(gnutls_x509_crt_set_expiration_time(certificate, 4102444800), 0);
    assert_int_equal(gnutls_x509_crt_set_key(certificate, key), 0);
    assert_int_equal(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0), 0);
    if (with_certificate) {
        assert_int_equal(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &text), 0);
        write_text(certificate_path, text.data, text.size);
        gnutls_free(text.data);
    }
    if (with_key) {
        assert_int_equal(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &text), 0);
        write_text(key_path, text.data, text.size);
        gnutls_free(text.data);
    }
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
}

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(certificate_path, sizeof(certificate_path), "%s/server.pem", folder);
    snprintf(key_path, sizeof(key_path), "%s/server.key", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(certificate_path);
    unlink(key_path);
    return rmdir(folder);
}

static void refused(const char *words)
{
    struct tls *tls = tls_new(certificate_path, key_path, why, sizeof(why));
    assert_null(tls);
    CHECK(strstr(why, words) != NULL, "%s", why);
}

static void test_a_bad_pair_names_its_setting(void **state)
{
    static char large[300000];
    (void)state;
    unlink(certificate_path);
    refused("tls-certificate-file: /tmp/");
    write_pair(true, true);
    write_pair(false, true);
    refused("tls-key-file: /tmp/");
    refused("is not the key of that certificate");
    write_text(key_path, "", 0);
    refused("is no private key as PEM");
    write_text(certificate_path, large, sizeof(large));
    refused("is too large");
}

// The pair that a session that begins now would get.
static struct tls_pair *begin(struct tls *tls, gnutls_session_t *session)
{
    assert_int_equal(gnutls_init(session, GNUTLS_SERVER), 0);
    struct tls_pair *pair = tls_hold(tls, *session);
    assert_non_null(pair);
    return pair;
}

static void end(struct tls_pair *pair, gnutls_session_t session)
{
    gnutls_deinit(session);
    tls_drop(pair);
}

static void test_a_change_is_taken_when_it_is_quiet(void **state)
{
    gnutls_session_t first, second, third;
    (void)state;
    write_pair(true, true);
    struct tls *tls = tls_new(certificate_path, key_path, why, sizeof(why));
    CHECK(tls != NULL, "%s", why);
    struct tls_pair *old = begin(tls, &first);
    write_pair(true, false); // the key comes later
    tls_look(tls, 1000);
    write_pair(true, true);
    tls_look(tls, 2000);
    struct tls_pair *still = begin(tls, &second);
    assert_ptr_equal(still, old);
    tls_look(tls, 2500); // too early
    end(still, second);
    tls_look(tls, 3000);
    struct tls_pair *new = begin(tls, &third);
    assert_ptr_not_equal(new, old);
    end(old, first);
    tls_look(tls, 4000); // frees the old one
    end(new, third);
    tls_free(tls);
}

static void test_a_bad_change_leaves_the_old_pair(void **state)
{
    gnutls_session_t session;
    (void)state;
    write_pair(true, true);
    struct tls *tls = tls_new(certificate_path, key_path, why, sizeof(why));
    CHECK(tls != NULL, "%s", why);
    struct tls_pair *old = begin(tls, &session);
    end(old, session);
    unlink(key_path);
    tls_reload(tls);
    struct tls_pair *pair = begin(tls, &session);
    assert_ptr_equal(pair, old);
    end(pair, session);
    tls_free(tls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bad_pair_names_its_setting),
        cmocka_unit_test(test_a_change_is_taken_when_it_is_quiet),
        cmocka_unit_test(test_a_bad_change_leaves_the_old_pair),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
