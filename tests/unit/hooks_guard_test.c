// Which addresses webhooks may reach, in every spelling that a resolver can hand out.
#include "bridge/hooks/guard.h"

#include "tests/unit/cases.h"

#include <arpa/inet.h>
#include <string.h>

static bool allows(const struct guard *guard, const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return guard_allows(guard, (const struct sockaddr *)&v4);
    CHECK(inet_pton(AF_INET6, text, &v6.sin6_addr) == 1, "%s", text);
    return guard_allows(guard, (const struct sockaddr *)&v6);
}

static void test_public_addresses(void **state)
{
    (void)state;
    static const char *const open[] = {
        "8.8.8.8",           "93.184.216.34",  "172.15.255.255",   "172.32.0.1",      "100.63.255.255",
        "100.128.0.1",       "192.0.1.1",      "198.17.0.1",       "223.255.255.255", "2606:4700::1111",
        "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"};
    const struct guard guard = {.count = 0};
    for (size_t i = 0; i < COUNT(open); i++)
        CHECK(allows(&guard, open[i]), "%s", open[i]);
}

static void test_private_addresses(void **state)
{
    (void)state;
    static const char *const closed[] = {
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "168.63.129.16",
        "192.88.99.1",
        "::",
        "::1",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
        "2001:2::1",
        "3fff::1",
        "100::1",
        "4000::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::10.0.0.1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2002:c0a8:101::",
        "2001:0:53aa:64c:0:0:80ff:fffe", // Teredo of 127.0.0.1
    };
    const struct guard guard = {.count = 0};
    for (size_t i = 0; i < COUNT(closed); i++)
        CHECK(!allows(&guard, closed[i]), "%s", closed[i]);
}

static void test_allowed_ranges(void **state)
{
    (void)state;
    struct guard guard;
    assert_true(guard_parse(&guard, "127.0.0.1, 10.1.0.0/16 fd00::/8,::1"));
    static const char *const open[] = {"127.0.0.1", "::ffff:127.0.0.1",  "10.1.255.255", "fd12::1",
                                       "::1",       "64:ff9b::127.0.0.1"};
    static const char *const closed[] = {"127.0.0.2", "10.2.0.0", "fc00::1", "192.168.0.1"};
    for (size_t i = 0; i < COUNT(open); i++)
        CHECK(allows(&guard, open[i]), "%s", open[i]);
    for (size_t i = 0; i < COUNT(closed); i++)
        CHECK(!allows(&guard, closed[i]), "%s", closed[i]);
}

static void test_lists(void **state)
{
    (void)state;
    static const char *const wrong[] = {"localhost", "127.0.0.1/33", "::1/129", "10.0.0.0/",    "10.0.0.0/x",
                                        "10.0.0",    "10.0.0.0/-1",  "/8",      "127.0.0.1;::1"};
    struct guard guard;
    assert_true(guard_parse(&guard, ""));
    assert_int_equal(guard.count, 0);
    assert_true(guard_parse(&guard, "0.0.0.0/0 ::/0"));
    assert_true(allows(&guard, "127.0.0.1"));
    for (size_t i = 0; i < COUNT(wrong); i++)
        CHECK(!guard_parse(&guard, wrong[i]), "%s", wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_public_addresses),
        cmocka_unit_test(test_private_addresses),
        cmocka_unit_test(test_allowed_ranges),
        cmocka_unit_test(test_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
