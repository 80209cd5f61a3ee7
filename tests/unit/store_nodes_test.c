// Leases of nodes, and the devices that are placed on them.
#include "bridge/store/node.h"

#include "tests/unit/store_fixture.h"

static void claim(struct fixture *fixture, const char *id, struct node_claim expected)
{
    struct node_claim claim;
    assert_int_equal(store_node_claim(fixture->store, id, &claim), STORE_OK);
    CHECK(claim.node == expected.node && claim.lease == expected.lease && claim.taken == expected.taken,
          "%s: node %lld, lease %lld, %lld devices taken", id, (long long)claim.node, (long long)claim.lease,
          (long long)claim.taken);
}

static void add_device(struct fixture *fixture, int64_t n, const char *id)
{
    struct device device = sample_device(n, 1, id);
    put_device(fixture->store, &device);
}

static bool count_one(void *context, const struct device *device)
{
    (void)device;
    ++*(int *)context;
    return true;
}

static int count_devices(struct fixture *fixture)
{
    int count = 0;
    assert_true(store_devices_each(fixture->store, count_one, &count));
    return count;
}

static void test_each_claim_has_a_higher_lease(void **state)
{
    struct fixture *fixture = *state;
    claim(fixture, "main", (struct node_claim){.node = 1, .lease = 1});
    claim(fixture, "east", (struct node_claim){.node = 2, .lease = 1});
    for (int64_t lease = 3; lease < 6; lease++) { // 2 was to tell it of the loss
        fixture_reopen(fixture);
        claim(fixture, "main", (struct node_claim){.node = 1, .lease = lease});
    }
    claim(fixture, "east", (struct node_claim){.node = 2, .lease = 5});
}

static void test_a_claim_takes_the_devices_of_those_who_have_gone(void **state)
{
    struct fixture *fixture = *state;
    add_device(fixture, 1, "phone-1");
    add_device(fixture, 2, "phone-2");
    claim(fixture, "main", (struct node_claim){.node = 1, .lease = 1});
    fixture_reopen(fixture);
    claim(fixture, "east", (struct node_claim){.node = 2, .lease = 1, .taken = 2});
    assert_int_equal(count_devices(fixture), 2);
    add_device(fixture, 3, "phone-3");
    assert_int_equal(count_devices(fixture), 3);
    fixture_reopen(fixture);
    claim(fixture, "east", (struct node_claim){.node = 2, .lease = 2});
    fixture_reopen(fixture);
    claim(fixture, "main", (struct node_claim){.node = 1, .lease = 4, .taken = 3});
    assert_int_equal(count_devices(fixture), 3);
}

static void test_devices_of_another_node_are_not_ours(void **state)
{
    struct fixture *fixture = *state;
    add_device(fixture, 1, "phone-1");
    claim(fixture, "east", (struct node_claim){.node = 2, .lease = 1, .taken = 1});
    fixture_reopen(fixture); // the first node, as nothing is claimed
    assert_int_equal(count_devices(fixture), 0);
    add_device(fixture, 2, "phone-2");
    assert_int_equal(count_devices(fixture), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_each_claim_has_a_higher_lease),
        CASE(test_a_claim_takes_the_devices_of_those_who_have_gone),
        CASE(test_devices_of_another_node_are_not_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
