// The checks of a login, one row a case.
#include "plugin/login.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SOCKET "/run/smsquitto/broker.sock"
#define KEY_1 "sqd_key-of-phone-1"
#define KEY_B "sqb_key-of-bridge-1"
#define TEN "0123456789"

static struct roster *roster;

static void add(const char *name, enum role role, const char *key, bool disabled)
{
    struct login login = {.role = (uint8_t)role, .disabled = disabled};
    stpcpy(login.name, name);
    secret_hash(login.key_hash, key, strlen(key));
    assert_true(roster_add(roster, &login));
}

static int fill(void **unused)
{
    (void)unused;
    roster = roster_new(1);
    add("phone-1", ROLE_DEVICE, KEY_1, false);
    add("lost", ROLE_DEVICE, KEY_1, true);
    add("bridge-1", ROLE_BRIDGE, KEY_B, false);
    add("boss", ROLE_OPERATOR, KEY_1, false);
    return 0;
}

static int clear(void **unused)
{
    (void)unused;
    roster_free(roster);
    return 0;
}

static const char key_128[] = TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "01234567";
static const char key_129[] = TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "012345678";

static const struct {
    const char *what;
    enum login_verdict verdict;
    struct login_attempt attempt; // user name, client id, key, address, keepalive
} cases[] = {
    {"phone", LOGIN_WELCOME, {"phone-1", "phone-1", KEY_1, "10.0.0.1", 60}},
    {"phone on the socket", LOGIN_WELCOME, {"phone-1", "phone-1", KEY_1, SOCKET, 60}},
    {"phone without address", LOGIN_WELCOME, {"phone-1", "phone-1", KEY_1, NULL, 60}},
    {"no user name", LOGIN_NAME, {NULL, "phone-1", KEY_1, "10.0.0.1", 60}},
    {"empty user name", LOGIN_NAME, {"", "", KEY_1, "10.0.0.1", 60}},
    {"pattern", LOGIN_NAME, {"+", "+", KEY_1, "10.0.0.1", 60}},
    {"22 characters", LOGIN_NAME, {TEN TEN "12", TEN TEN "12", KEY_1, "10.0.0.1", 60}},
    {"21 characters", LOGIN_UNKNOWN, {TEN TEN "1", TEN TEN "1", KEY_1, "10.0.0.1", 60}},
    {"no client id", LOGIN_CLIENT_ID, {"phone-1", NULL, KEY_1, "10.0.0.1", 60}},
    {"longer client id", LOGIN_CLIENT_ID, {"phone-1", "phone-10", KEY_1, "10.0.0.1", 60}},
    {"shorter client id", LOGIN_CLIENT_ID, {"phone-1", "phone-", KEY_1, "10.0.0.1", 60}},
    {"keepalive 0", LOGIN_KEEPALIVE, {"phone-1", "phone-1", KEY_1, "10.0.0.1", 0}},
    {"keepalive 1", LOGIN_WELCOME, {"phone-1", "phone-1", KEY_1, "10.0.0.1", 1}},
    {"keepalive at the limit", LOGIN_WELCOME, {"phone-1", "phone-1", KEY_1, "10.0.0.1", 900}},
    {"keepalive over it", LOGIN_KEEPALIVE, {"phone-1", "phone-1", KEY_1, "10.0.0.1", 901}},
    {"keepalive unknown", LOGIN_KEEPALIVE, {"phone-1", "phone-1", KEY_1, "10.0.0.1", -1}},
    {"no key", LOGIN_KEY_SHAPE, {"phone-1", "phone-1", NULL, "10.0.0.1", 60}},
    {"empty key", LOGIN_KEY_SHAPE, {"phone-1", "phone-1", "", "10.0.0.1", 60}},
    {"control character", LOGIN_KEY_SHAPE, {"phone-1", "phone-1", KEY_1 "\n", "10.0.0.1", 60}},
    {"not ASCII", LOGIN_KEY_SHAPE, {"phone-1", "phone-1", KEY_1 "\xc3\xbc", "10.0.0.1", 60}},
    {"longest key", LOGIN_KEY, {"phone-1", "phone-1", key_128, "10.0.0.1", 60}},
    {"overlong key", LOGIN_KEY_SHAPE, {"phone-1", "phone-1", key_129, "10.0.0.1", 60}},
    {"wrong key", LOGIN_KEY, {"phone-1", "phone-1", KEY_B, "10.0.0.1", 60}},
    {"unknown", LOGIN_UNKNOWN, {"phone-2", "phone-2", KEY_1, "10.0.0.1", 60}},
    {"disabled", LOGIN_DISABLED, {"lost", "lost", KEY_1, "10.0.0.1", 60}},
    {"disabled, wrong key", LOGIN_KEY, {"lost", "lost", KEY_B, "10.0.0.1", 60}},
    {"bridge", LOGIN_WELCOME, {"bridge-1", "bridge-1", KEY_B, SOCKET, 60}},
    {"bridge from afar", LOGIN_PLACE, {"bridge-1", "bridge-1", KEY_B, "127.0.0.1", 60}},
    {"bridge on another socket", LOGIN_PLACE, {"bridge-1", "bridge-1", KEY_B, SOCKET "2", 60}},
    {"bridge from nowhere", LOGIN_PLACE, {"bridge-1", "bridge-1", KEY_B, NULL, 60}},
    {"bridge with a wrong key from afar", LOGIN_KEY, {"bridge-1", "bridge-1", KEY_1, "127.0.0.1", 60}},
    {"operator", LOGIN_OPERATOR, {"boss", "boss", KEY_1, SOCKET, 60}},
};

static void test_cases(void **unused)
{
    (void)unused;
    char socket[] = SOCKET;
    struct options options = {.bridge_socket = socket, .keepalive_max_s = 900};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum login_verdict verdict = login_check(roster, &options, &cases[i].attempt);
        if (verdict != cases[i].verdict)
            fail_msg("%s: %s", cases[i].what, login_verdict_text(verdict));
    }
}

static void test_nobody_without_table(void **unused)
{
    (void)unused;
    struct options options = {.keepalive_max_s = 900};
    assert_int_equal(login_check(NULL, &options, &cases[0].attempt), LOGIN_UNKNOWN);
}

static void test_no_bridge_without_socket(void **unused)
{
    (void)unused;
    struct options options = {.keepalive_max_s = 900};
    struct login_attempt attempt = {"bridge-1", "bridge-1", KEY_B, SOCKET, 60};
    assert_int_equal(login_check(roster, &options, &attempt), LOGIN_PLACE);
}

static void test_operator_where_allowed(void **unused)
{
    (void)unused;
    struct options options = {.keepalive_max_s = 900, .allow_operator = true};
    struct login_attempt attempt = {"boss", "boss", KEY_1, "10.0.0.1", 60};
    assert_int_equal(login_check(roster, &options, &attempt), LOGIN_WELCOME);
    attempt.key = KEY_B;
    assert_int_equal(login_check(roster, &options, &attempt), LOGIN_KEY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_nobody_without_table),
        cmocka_unit_test(test_no_bridge_without_socket),
        cmocka_unit_test(test_operator_where_allowed),
    };
    return cmocka_run_group_tests(tests, fill, clear);
}
