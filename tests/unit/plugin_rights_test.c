// The whole matrix of rights: every role, every kind of access, every topic.
#include "plugin/rights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { R = ACCESS_READ, W = ACCESS_WRITE, S = ACCESS_SUBSCRIBE | ACCESS_UNSUBSCRIBE, ALL = R | W | S };

static const struct {
    const char *topic;
    int device; // what the device "phone-1" may
    int bridge; // what a bridge may
} cases[] = {
    {"sms/v1/phone-1/send", R | S, W},
    {"sms/v1/phone-1/cancel", R | S, W},
    {"sms/v1/phone-1/query", R | S, W},
    {"sms/v1/phone-1/receipt", R | S, W},
    {"sms/v1/phone-1/config", R | S, W},
    {"sms/v1/phone-1/inbox", R | S, W},
    {"sms/v1/phone-1/report", W, R},
    {"sms/v1/phone-1/inbound", W, R},
    {"sms/v1/phone-1/status", W, R},
    {"sms/v1/phone-1/presence", 0, R},
    {"sms/v1/phone-2/send", 0, W},
    {"sms/v1/phone-2/inbox", 0, W},
    {"sms/v1/phone-2/report", 0, R},
    {"sms/v1/phone-10/send", 0, W},
    {"sms/v1/phone-/send", 0, 0},
    {"sms/v1/+/report", 0, S},
    {"sms/v1/+/inbound", 0, S},
    {"sms/v1/+/status", 0, S},
    {"sms/v1/+/presence", 0, S},
    {"sms/v1/+/send", 0, 0},
    {"sms/v1/+/inbox", 0, 0},
    {"sms/v1/+/+", 0, 0},
    {"sms/v1/#", 0, 0},
    {"sms/v1/phone-1/#", 0, 0},
    {"sms/v1/phone-1/+", 0, 0},
    {"sms/v1/phone-1/sends", 0, 0},
    {"sms/v1/phone-1/sen", 0, 0},
    {"sms/v1/phone-1/send/", 0, 0},
    {"sms/v1/phone-1/", 0, 0},
    {"sms/v1/phone-1", 0, 0},
    {"sms/v1//send", 0, 0},
    {"sms/v1/PHONE-1/send", 0, 0},
    {"sms/v2/phone-1/send", 0, 0},
    {" sms/v1/phone-1/send", 0, 0},
    {"/sms/v1/phone-1/send", 0, 0},
    {"#", 0, 0},
    {"+", 0, 0},
    {"", 0, 0},
    {"$SYS/#", 0, 0},
    {"$share/g/sms/v1/phone-1/send", 0, 0},
    {"$share/g/sms/v1/+/report", 0, 0},
    {"$CONTROL/smsquitto/v1", 0, W},
    {"$CONTROL/smsquitto/v1/response", 0, R},
    {"$CONTROL/smsquitto/v1/batch", 0, W},
    {"$CONTROL/smsquitto/v1/batch/x", 0, 0},
    {"$CONTROL/smsquitto/v2", 0, 0},
    {"$CONTROL/dynamic-security/v1", 0, 0},
    {"$CONTROL/#", 0, 0},
};

static const int kinds[] = {ACCESS_READ, ACCESS_WRITE, ACCESS_SUBSCRIBE, ACCESS_UNSUBSCRIBE};

static void check(const struct login *login, int expected, const char *topic)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (rights_allow(login, kinds[i], topic) != ((expected & kinds[i]) != 0))
            fail_msg("role %d, access %d, topic %s", login == NULL ? -1 : login->role, kinds[i], topic);
    }
    // Never more than one kind at once, nor one that is not known.
    const int odd[] = {0, 3, 12, 15, 16, -1, ALL};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        assert_false(rights_allow(login, odd[i], topic));
}

static void test_matrix(void **unused)
{
    (void)unused;
    struct login device = {.name = "phone-1", .role = ROLE_DEVICE};
    struct login bridge = {.name = "bridge-1", .role = ROLE_BRIDGE};
    struct login chief = {.name = "boss", .role = ROLE_OPERATOR};
    struct login strange = {.name = "phone-1", .role = 9};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check(&device, cases[i].device, cases[i].topic);
        check(&bridge, cases[i].bridge, cases[i].topic);
        check(&chief, ALL, cases[i].topic);
        check(&strange, 0, cases[i].topic);
        check(NULL, 0, cases[i].topic);
    }
}

static void test_disabled_has_none(void **unused)
{
    (void)unused;
    for (enum role role = ROLE_DEVICE; role <= ROLE_OPERATOR; role++) {
        struct login login = {.name = "phone-1", .role = (uint8_t)role, .disabled = true};
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
            check(&login, 0, cases[i].topic);
    }
}

static void test_no_topic(void **unused)
{
    (void)unused;
    struct login chief = {.name = "boss", .role = ROLE_OPERATOR};
    assert_false(rights_allow(&chief, ACCESS_READ, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrix),
        cmocka_unit_test(test_disabled_has_none),
        cmocka_unit_test(test_no_topic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
