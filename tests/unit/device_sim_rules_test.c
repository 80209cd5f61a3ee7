// The rules of the simulated radio.
#include "device/radios/sim_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct sim_rules rules;
static struct field_error error;

static bool read_rules(const char *json)
{
    return sim_rules_read(&rules, json, strlen(json), &error);
}

static double chosen(void *context)
{
    return *(const double *)context;
}

static const struct sim_rule *match(const char *to, const char *text, double random)
{
    return sim_rules_match(&rules, to, text, chosen, &random);
}

static int setup(void **state)
{
    (void)state;
    sim_rules_default(&rules);
    return 0;
}

static void test_first_match_wins(void **state)
{
    (void)state;
    assert_true(read_rules(
        "{\"rules\": [{\"to\": \"+1555*\", \"fail\": {\"kind\": \"limit\", \"code\": \"A\"}},"
        " {\"text\": \"*bye*\", \"accident\": \"hang\"}, {\"to\": \"+1*\", \"duplicate\": true}]}"));
    assert_string_equal(match("+1555999", "good bye", 0)->code, "A");
    assert_int_equal(match("+49", "good bye", 0)->accident, SIM_HANG);
    assert_true(match("+1666", "hi", 0)->duplicate);
    assert_ptr_equal(match("+49", "hi", 0), &rules.otherwise);
}

static void test_chance(void **state)
{
    (void)state;
    assert_true(read_rules("{\"rules\": [{\"chance\": 0.25, \"undelivered\": true}]}"));
    assert_true(match("+1", "x", 0.24)->undelivered);
    assert_false(match("+1", "x", 0.25)->undelivered);
}

static void test_rules_begin_as_otherwise(void **state)
{
    (void)state;
    assert_true(
        read_rules("{\"otherwise\": {\"sent_ms\": [5, 9], \"delivered_ms\": 3}, \"window\": 2,"
                   " \"rules\": [{\"to\": \"+1\", \"delivered_ms\": 4}], \"sims\": [{\"slot\": 2}]}"));
    const struct sim_rule *rule = match("+1", "x", 0);
    assert_int_equal(rule->sent_ms.from, 5);
    assert_int_equal(rule->sent_ms.to, 9);
    assert_int_equal(rule->delivered_ms.to, 4);
    assert_int_equal(rules.window, 2);
    assert_int_equal(rules.cards[0].slot, 2);
    assert_true(read_rules("{\"battery\": 3}"));
    assert_int_equal(rules.count, 1);
    assert_true(read_rules("{\"rules\": []}"));
    assert_int_equal(rules.count, 0);
}

static void test_bad_rules_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *json, *path;
    } cases[] = {
        {"{\"rules\": [1]}", "rules"},
        {"{\"rules\": [{\"too\": 1}]}", "rules"},
        {"{\"rules\": [{\"sent_ms\": [9, 5]}]}", "rules"},
        {"{\"rules\": [{\"chance\": 2}]}", "rules"},
        {"{\"rules\": [{\"accident\": \"x\"}]}", "rules"},
        {"{\"otherwise\": {\"sent_ms\": -1}}", "sent_ms"},
        {"{\"otherwise\": {\"fail\": {\"kind\": \"x\", \"code\": \"y\"}}}", "fail.kind"},
        {"{\"window\": 0}", "window"},
        {"{\"nonsense\": 0}", "nonsense"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(read_rules(cases[i].json));
        assert_string_equal(error.path, cases[i].path);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(test_first_match_wins),
        TEST(test_chance),
        TEST(test_rules_begin_as_otherwise),
        TEST(test_bad_rules_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
