// Groups of devices: who is able, who has room, whose turn it is.
#include "bridge/engine/fleet_pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { WINDOW = 2 };

static int set_up(void **state)
{
    const struct account row = {.n = 1, .created_at = 5};
    struct fleet *fleet = fleet_new(WINDOW, WINDOW);
    assert_non_null(fleet);
    assert_non_null(fleet_add_account(fleet, &row));
    fleet_set_link(fleet, true, 10);
    *state = fleet;
    return 0;
}

static int tear_down(void **state)
{
    fleet_free(*state);
    return 0;
}

static struct fleet_device *add(struct fleet *fleet, int64_t n, bool ready)
{
    struct device row = {.n = n, .account = 1, .created_at = 5, .online = ready};
    snprintf(row.id, sizeof(row.id), "d%d", (int)n);
    struct fleet_device *device = fleet_add_device(fleet, &row);
    assert_non_null(device);
    device->ready = ready;
    fleet_refresh(fleet, device, 20);
    return device;
}

static struct fleet_group *everyone(struct fleet *fleet)
{
    return &fleet_account(fleet, 1)->all;
}

// Gives the device a message, or takes it back.
static void hold(struct fleet *fleet, const struct fleet_device *device, int sign)
{
    const struct message message = {.turn = TURN_OUT, .route = device->row.n, .state = STATE_QUEUED};
    fleet_tally(fleet, &message, sign);
}

// Takes the place that is next and gives its device a message; the device's n, 0 when nobody has room.
static int64_t next(struct fleet *fleet, struct fleet_group *group, int64_t sim)
{
    struct fleet_place *place = fleet_first_place(group, sim, NULL);
    if (place == NULL)
        return 0;
    int64_t n = place->device->row.n;
    fleet_place_used(place);
    hold(fleet, place->device, 1);
    return n;
}

static void test_least_loaded_goes_first_longest_unused_among_equals(void **state)
{
    struct fleet *fleet = *state;
    struct fleet_device *one = add(fleet, 1, true);
    add(fleet, 2, true);
    struct fleet_group *group = everyone(fleet);
    assert_int_equal(next(fleet, group, 0), 1);
    assert_int_equal(next(fleet, group, 0), 2);
    hold(fleet, one, -1);
    assert_int_equal(next(fleet, group, 0), 1);
    assert_int_equal(next(fleet, group, 0), 2);
    assert_int_equal(next(fleet, group, 0), 1);
    assert_int_equal(next(fleet, group, 0), 0); // both are full
    assert_int_equal(group->able, 2);
    assert_int_equal(fleet_group_room(fleet, group, 10), 0);
}

static void test_group_says_the_mildest_reason_and_since_when(void **state)
{
    struct fleet *fleet = *state;
    struct fleet_group *group = everyone(fleet);
    assert_int_equal(fleet_group_block(fleet, group), FLEET_NO_DEVICE);
    struct fleet_device *one = add(fleet, 1, true), *two = add(fleet, 2, false);
    assert_int_equal(fleet_group_block(fleet, group), FLEET_FREE);
    assert_int_equal(group->away_since, 0);
    one->row.paused = true;
    fleet_refresh(fleet, one, 30);
    assert_int_equal(group->away_since, 30);
    assert_int_equal(fleet_group_block(fleet, group), FLEET_OFFLINE);
    two->row.online = true;
    fleet_refresh(fleet, two, 40);
    assert_int_equal(fleet_group_block(fleet, group), FLEET_NO_HELLO);
    assert_int_equal(group->away_since, 30); // still the same absence
    two->ready = true;
    fleet_refresh(fleet, two, 50);
    assert_int_equal(group->away_since, 0);
    assert_int_equal(group->able, 1);
}

static void test_removed_device_leaves_its_groups(void **state)
{
    struct fleet *fleet = *state;
    struct fleet_group *group = everyone(fleet);
    struct fleet_device *one = add(fleet, 1, true);
    one->row.removed_at = 60;
    fleet_retire(fleet, one, 60);
    assert_null(group->places);
    assert_int_equal(group->able, 0);
    assert_int_equal(group->away_since, 60);
    assert_null(fleet_first_place(group, 0, NULL));
    assert_ptr_equal(fleet_device(fleet, 1), one);
    assert_null(fleet_device_by_id(fleet, "d1"));
}

static void test_group_with_work_is_queued_once_when_room_comes(void **state)
{
    struct fleet *fleet = *state;
    struct fleet_group *group = everyone(fleet);
    const struct message waits = {.turn = TURN_WAITS, .route = group->route};
    struct fleet_device *one = add(fleet, 1, false);
    fleet_tally(fleet, &waits, 1);
    fleet_tally(fleet, &waits, 1);
    assert_null(fleet_pop_group(fleet));
    one->row.online = one->ready = true;
    fleet_refresh(fleet, one, 30);
    fleet_refresh(fleet, one, 31);
    assert_ptr_equal(fleet_pop_group(fleet), group);
    assert_null(fleet_pop_group(fleet));
    assert_int_equal(group->waiting, 2);
    assert_int_equal(fleet_group_room(fleet, group, 10), WINDOW);
}

static void test_only_devices_with_the_slot_are_given_it(void **state)
{
    struct fleet *fleet = *state;
    struct fleet_device *one = add(fleet, 1, true), *two = add(fleet, 2, true);
    one->sims = 1; // slot 1 only
    two->sims = 3;
    assert_int_equal(next(fleet, everyone(fleet), 2), 2);
    assert_int_equal(next(fleet, everyone(fleet), 2), 2);
    assert_int_equal(next(fleet, everyone(fleet), 2), 0);
    assert_int_equal(next(fleet, everyone(fleet), 1), 1);
}

static void test_turn_that_was_cut_short_goes_on(void **state)
{
    struct fleet *fleet = *state;
    const struct pool row = {.n = 1, .account = 1, .policy = POOL_WEIGHTED};
    struct fleet_device *one = add(fleet, 1, true), *two = add(fleet, 2, true);
    struct fleet_pool *pool = fleet_add_pool(fleet, &row, 10);
    assert_true(fleet_member_put(pool, one, 0, 3, "") && fleet_member_put(pool, two, 0, 1, ""));
    assert_true(fleet_pool_refit(fleet, pool, 10));
    struct fleet_group *group = &pool->group;
    while (next(fleet, group, 0) != 2) // to the end of a round: one may be first or second
        hold(fleet, one, -1);
    hold(fleet, two, -1);
    assert_int_equal(next(fleet, group, 0), 1);
    assert_int_equal(next(fleet, group, 0), 1);
    assert_int_equal(next(fleet, group, 0), 2); // one has no room, and a message of its turn left
    hold(fleet, two, -1);
    hold(fleet, one, -1);
    assert_int_equal(next(fleet, group, 0), 1);
    hold(fleet, one, -1);
    assert_int_equal(next(fleet, group, 0), 2);
}

static void test_full_device_is_able_and_found_as_such(void **state)
{
    struct fleet *fleet = *state;
    add(fleet, 1, true);
    add(fleet, 2, true);
    struct fleet_group *group = everyone(fleet);
    assert_null(fleet_full_place(group, 0));
    while (next(fleet, group, 0) != 0)
        continue;
    const struct fleet_place *place = fleet_full_place(group, 0);
    assert_non_null(place);
    assert_ptr_not_equal(fleet_full_place(group, 0), place); // another one each time
    assert_int_equal(fleet_group_block(fleet, group), FLEET_FREE);
}

static void test_number_leads_to_the_sim_that_tells_it(void **state)
{
    struct fleet *fleet = *state;
    struct fleet_device *one = add(fleet, 1, false), *two = add(fleet, 2, true);
    const struct wire_sim sims[] = {{.slot = 1, .number = "+491"}, {.slot = 2, .number = "+492"}};
    assert_true(fleet_set_cards(fleet, two, sims, 2));
    assert_false(fleet_set_cards(fleet, two, sims, 2)); // nothing new
    assert_true(fleet_set_cards(fleet, one, sims, 1));  // an old phone that still says so
    const struct fleet_card *card = fleet_card_by_number(fleet, 1, "+491");
    assert_ptr_equal(card->device, two);
    assert_int_equal(fleet_card_by_number(fleet, 1, "+492")->slot, 2);
    assert_null(fleet_card_by_number(fleet, 2, "+492"));
    assert_true(fleet_set_cards(fleet, two, NULL, 0));
    assert_ptr_equal(fleet_card_by_number(fleet, 1, "+491")->device, one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_least_loaded_goes_first_longest_unused_among_equals, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_group_says_the_mildest_reason_and_since_when, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_removed_device_leaves_its_groups, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_group_with_work_is_queued_once_when_room_comes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_turn_that_was_cut_short_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_device_is_able_and_found_as_such, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_number_leads_to_the_sim_that_tells_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_only_devices_with_the_slot_are_given_it, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
