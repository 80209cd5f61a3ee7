// The set of peers, grown and pruned.
#include "plugin/peers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 5000 };

static const char *name_of(int number)
{
    static char name[DEVICE_ID_SIZE];
    snprintf(name, sizeof name, "phone-%d", number);
    return name;
}

static struct peers *fill(void)
{
    struct peers *peers = peers_new();
    for (int i = 0; i < MANY; i++) {
        struct peer *peer = peers_get(peers, name_of(i));
        assert_string_equal(peer->name, name_of(i));
        assert_ptr_equal(peers_get(peers, name_of(i)), peer);
    }
    return peers;
}

static void test_find(void **unused)
{
    (void)unused;
    struct peers *peers = peers_new();
    assert_null(peers_find(peers, "phone-1"));
    peers_free(peers);
    peers = fill();
    assert_int_equal(peers_count(peers), MANY);
    for (int i = 0; i < MANY; i++)
        assert_string_equal(peers_find(peers, name_of(i))->name, name_of(i));
    assert_null(peers_find(peers, name_of(MANY)));
    assert_null(peers_find(peers, NULL));
    assert_null(peers_find(peers, ""));
    assert_null(peers_find(peers, "a name that is longer than any may be"));
    peers_free(peers);
}

static bool is_even(const void *context, const struct peer *peer)
{
    assert_string_equal(context, "even");
    return (peer->name[strlen(peer->name) - 1] - '0') % 2 == 0;
}

static void test_prune_keeps_what_is_in_use(void **unused)
{
    (void)unused;
    struct peers *peers = fill();
    int connection;
    peers_find(peers, name_of(1))->client = &connection;
    peers_find(peers, name_of(3))->changed = true;
    peers_find(peers, name_of(5))->kick = &connection;
    const char *even = "even";
    peers_prune(peers, is_even, even);
    assert_int_equal(peers_count(peers), MANY / 2 + 3);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(peers_find(peers, name_of(i)) != NULL, i % 2 == 0 || i == 1 || i == 3 || i == 5);
    assert_non_null(peers_get(peers, name_of(7)));
    assert_int_equal(peers_count(peers), MANY / 2 + 4);
    peers_free(peers);
}

static void test_free_of_nothing(void **unused)
{
    (void)unused;
    peers_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_prune_keeps_what_is_in_use),
        cmocka_unit_test(test_free_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
