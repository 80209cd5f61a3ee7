// The Authorization header: its forms, keys that hold no longer, the cache, and when a use is written down.
#include "tests/unit/store_fixture.h"

#include "bridge/http/auth.h"

#include <stdio.h>
#include <string.h>

enum { USED_EVERY_MS = 60000 };

static const int64_t NOW = 1700000000000;

// The store's one account is 1; a key of it with that secret.
static void put_key(struct store *store, int64_t n, const char *secret, struct app_key key)
{
    key.n = n;
    key.account = 1;
    key.created_at = NOW - 1000;
    snprintf(key.id, sizeof(key.id), "SK%032lld", (long long)n);
    secret_hash(key.hash, secret, strlen(secret));
    store_begin(store);
    assert_true(store_key_add(store, &key));
    assert_int_equal(store_commit(store), STORE_OK);
}

static enum auth_status check(struct auth *auth, struct fixture *fixture, const char *header, int64_t now,
                              struct principal *principal, bool *used)
{
    memset(principal, 0, sizeof(*principal));
    *used = false;
    return auth_check(auth, principal, used, fixture_query(fixture), header, false, now);
}

static void test_forms_of_the_header(void **state)
{
    static const char KEY[] = "sqk_0123456789";
    char long_header[256] = "Bearer ";
    const struct {
        const char *header;
        enum auth_status status;
    } CASES[] = {
        {NULL, AUTH_MISSING},
        {"", AUTH_MISSING},
        {"Bearer", AUTH_MISSING},
        {"Bearer ", AUTH_MISSING},
        {"Bearer    ", AUTH_MISSING},
        {"sqk_0123456789", AUTH_MISSING},
        {"Basic sqk_0123456789", AUTH_MISSING},
        {"Bearersqk_0123456789", AUTH_MISSING},
        {" Bearer sqk_0123456789", AUTH_MISSING},
        {"Bearer\tsqk_0123456789", AUTH_MISSING},
        {long_header, AUTH_MISSING},
        {"Bearer sqk_012345678", AUTH_WRONG},
        {"Bearer sqk_01234567890", AUTH_WRONG},
        {"Bearer SQK_0123456789", AUTH_WRONG},
        {"Bearer sqk_0123456789 ", AUTH_WRONG},
        {"Bearer sqk_0123456789, Bearer x", AUTH_WRONG},
        {"Bearer sqk_0123456789", AUTH_OK},
        {"bearer sqk_0123456789", AUTH_OK},
        {"BEARER   sqk_0123456789", AUTH_OK},
    };
    struct fixture *fixture = *state;
    struct auth *auth = auth_new();
    struct principal principal;
    bool used;
    memset(long_header + 7, 'a', 200);
    put_key(fixture->store, 1, KEY, (struct app_key){.scopes = SCOPE_MESSAGES_SEND, .rate_per_minute = 42});
    for (size_t i = 0; i < COUNT(CASES); i++) {
        enum auth_status status = check(auth, fixture, CASES[i].header, NOW, &principal, &used);
        CHECK(status == CASES[i].status, "\"%s\": %d", CASES[i].header != NULL ? CASES[i].header : "none",
              (int)status);
        CHECK(principal.key == (status == AUTH_OK ? 1 : 0), "\"%s\": wrong principal", CASES[i].header);
    }
    assert_int_equal(principal.account, 1);
    assert_int_equal(principal.scopes, SCOPE_MESSAGES_SEND);
    assert_int_equal(principal.rate_per_minute, 42);
    assert_false(principal.local);
    auth_free(auth);
}

// User names and passwords, where a face takes them: the key's own name, or its account's.
static void test_forms_of_basic(void **state)
{
    static const struct {
        const char *header;
        bool basic;
        enum auth_status status;
    } CASES[] = {
        {"Basic U0swMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTpzcWtfYQ==", true, AUTH_OK},
        {"basic  U0swMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTpzcWtfYQ==", true, AUTH_OK},
        {"Basic U0swMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTpzcWtfYQ==", false, AUTH_MISSING},
        {"Basic U0swMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMjpzcWtfYQ==", true, AUTH_WRONG}, // SK…2:sqk_a
        {"Basic YWJjOnNxa19h", true, AUTH_WRONG},                                             // abc:sqk_a
        {"Basic YWJjOnNxa19i", true, AUTH_WRONG},                                             // abc:sqk_b
        {"Basic OnNxa19h", true, AUTH_MISSING},                                               // :sqk_a
        {"Basic YWJjOg==", true, AUTH_MISSING},                                               // abc:
        {"Basic YWJj", true, AUTH_MISSING},                                                   // abc
        {"Basic YQBiOnNxa19h", true, AUTH_MISSING}, // a, NUL, b:sqk_a
        {"Basic ====", true, AUTH_MISSING},
        {"Basic \t\t\t\t", true, AUTH_MISSING},
        {"Basic \t\t\t=", true, AUTH_MISSING},
        {"Basic A", true, AUTH_MISSING},
        {"Basic ", true, AUTH_MISSING},
        {"Basic", true, AUTH_MISSING},
        {"Bearer sqk_a", true, AUTH_OK},
    };
    struct fixture *fixture = *state;
    struct auth *auth = auth_new();
    put_key(fixture->store, 1, "sqk_a", (struct app_key){.scopes = 1});
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct principal principal = {.key = 0};
        bool used;
        enum auth_status status =
            auth_check(auth, &principal, &used, fixture_query(fixture), CASES[i].header, CASES[i].basic, NOW);
        CHECK(status == CASES[i].status, "\"%s\": %d", CASES[i].header, (int)status);
        CHECK(principal.key == (status == AUTH_OK ? 1 : 0), "\"%s\": wrong principal", CASES[i].header);
    }
    auth_free(auth);
}

static void test_expired_and_revoked(void **state)
{
    struct fixture *fixture = *state;
    struct auth *auth = auth_new();
    struct principal principal;
    bool used;
    put_key(fixture->store, 1, "sqk_ends", (struct app_key){.expires_at = NOW + 1});
    put_key(fixture->store, 2, "sqk_gone", (struct app_key){.revoked_at = NOW - 1});
    assert_int_equal(check(auth, fixture, "Bearer sqk_ends", NOW, &principal, &used), AUTH_OK);
    assert_int_equal(principal.expires_at, NOW + 1);
    assert_int_equal(check(auth, fixture, "Bearer sqk_ends", NOW + 1, &principal, &used), AUTH_WRONG);
    assert_int_equal(check(auth, fixture, "Bearer sqk_gone", NOW, &principal, &used), AUTH_WRONG);
    auth_free(auth);
}

// A key that is revoked holds until the cache is told to forget; the engine tells it after the commit.
static void test_cache_forgets_when_told(void **state)
{
    struct fixture *fixture = *state;
    struct auth *auth = auth_new();
    struct principal principal;
    bool used;
    char id[ID_SIZE];
    put_key(fixture->store, 5, "sqk_five", (struct app_key){.scopes = 1});
    assert_int_equal(check(auth, fixture, "Bearer sqk_five", NOW, &principal, &used), AUTH_OK);
    snprintf(id, sizeof(id), "SK%032lld", 5LL);
    store_begin(fixture->store);
    assert_true(store_key_revoke(fixture->store, 1, id, NOW));
    assert_int_equal(store_commit(fixture->store), STORE_OK);
    auth_forget(auth);
    assert_int_equal(check(auth, fixture, "Bearer sqk_five", NOW, &principal, &used), AUTH_WRONG);
    auth_free(auth);
}

static void test_use_is_noted_once_a_minute(void **state)
{
    struct fixture *fixture = *state;
    struct auth *auth = auth_new();
    struct principal principal;
    bool used;
    put_key(fixture->store, 1, "sqk_a", (struct app_key){.scopes = 1});
    static const struct {
        int64_t after;
        bool used;
    } CASES[] = {{0, true},
                 {1, false},
                 {USED_EVERY_MS - 1, false},
                 {USED_EVERY_MS, true},
                 {USED_EVERY_MS + 1, false},
                 {3 * USED_EVERY_MS, true}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        assert_int_equal(check(auth, fixture, "Bearer sqk_a", NOW + CASES[i].after, &principal, &used),
                         AUTH_OK);
        CHECK(used == CASES[i].used, "after %lld ms", (long long)CASES[i].after);
    }
    auth_free(auth);
}

// More keys than the cache has slots: each is still itself.
static void test_more_keys_than_slots(void **state)
{
    enum { KEYS = 3000 };
    struct fixture *fixture = *state;
    struct auth *auth = auth_new();
    store_begin(fixture->store);
    for (int64_t n = 1; n <= KEYS; n++) {
        struct app_key key = {.n = n, .account = 1, .created_at = NOW, .scopes = n};
        char secret[SECRET_SIZE];
        snprintf(key.id, sizeof(key.id), "SK%032lld", (long long)n);
        snprintf(secret, sizeof(secret), "sqk_%lld", (long long)n);
        secret_hash(key.hash, secret, strlen(secret));
        assert_true(store_key_add(fixture->store, &key));
    }
    assert_int_equal(store_commit(fixture->store), STORE_OK);
    for (int64_t i = 0; i < 2 * KEYS; i++) {
        struct principal principal;
        bool used;
        char header[64];
        int64_t n = i % KEYS + 1;
        snprintf(header, sizeof(header), "Bearer sqk_%lld", (long long)n);
        assert_int_equal(check(auth, fixture, header, NOW, &principal, &used), AUTH_OK);
        CHECK(principal.key == n && principal.scopes == n, "key %lld became %lld", (long long)n,
              (long long)principal.key);
    }
    auth_free(auth);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_forms_of_the_header),        TEST(test_forms_of_basic),
        TEST(test_expired_and_revoked),        TEST(test_cache_forgets_when_told),
        TEST(test_use_is_noted_once_a_minute), TEST(test_more_keys_than_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
