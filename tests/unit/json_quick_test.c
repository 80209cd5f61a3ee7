// The quick reader beside jansson's own: where it gives a tree, it is the same one.
#include "tests/unit/cases.h"
#include "tests/unit/json_texts.h"

#include "common/fields.h"
#include "common/json_memory.h"
#include "common/json_quick.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { NESTING = JSON_QUICK_NESTING_MAX };

// Down to the order of members, the kind of a number and the sign of its zero.
static bool same(const json_t *one, const json_t *other)
{
    char *first = json_dumps(one, JSON_REAL_PRECISION(17));
    char *second = json_dumps(other, JSON_REAL_PRECISION(17));
    bool equal = json_equal(one, other) && first != NULL && second != NULL && strcmp(first, second) == 0;
    free(first);
    free(second);
    return equal;
}

static json_t *quick(const char *text, size_t length)
{
    bool short_of_memory = true;
    json_t *tree = json_quick(text, length, &short_of_memory);
    assert_false(short_of_memory);
    return tree;
}

// Whether it is read; then jansson must read the same. The text lies at the end of its block, so that a
// sanitizer sees a read past it.
static bool read_alike(const char *before, struct text text, const char *after)
{
    size_t length = strlen(before) + text.length + strlen(after);
    char *whole = malloc(length > 0 ? length : 1);
    assert_non_null(whole);
    memcpy(whole, before, strlen(before));
    memcpy(whole + strlen(before), text.bytes, text.length);
    memcpy(whole + length - strlen(after), after, strlen(after));
    json_t *tree = quick(whole, length);
    json_t *thorough = json_loadb(whole, length, JSON_REJECT_DUPLICATES, NULL);
    CHECK(tree == NULL || (thorough != NULL && same(tree, thorough)), "differs: %s%s%s", before, text.bytes,
          after);
    bool is_read = tree != NULL;
    json_decref(tree);
    json_decref(thorough);
    free(whole);
    return is_read;
}

static void test_values_that_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(BAD_VALUES); i++) {
        CHECK(!read_alike("{\"a\":", BAD_VALUES[i], "}"), "read: %s (%zu)", BAD_VALUES[i].bytes, i);
        (void)read_alike("[", BAD_VALUES[i], ",0]"); // of which "1,5" is one
    }
}

// What is good is read by simdjson, or all this would be in vain.
static void test_values_that_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(GOOD_VALUES); i++) {
        CHECK(read_alike("{\"a\":", GOOD_VALUES[i], "}"), "not read: %s", GOOD_VALUES[i].bytes);
        CHECK(read_alike("[", GOOD_VALUES[i], "]"), "not read in a list: %s", GOOD_VALUES[i].bytes);
    }
}

static void test_texts_around_an_object(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(BAD_TEXTS); i++)
        (void)read_alike("", BAD_TEXTS[i], "");
    for (size_t i = 0; i < COUNT(GOOD_TEXTS); i++)
        (void)read_alike("", GOOD_TEXTS[i], "");
    assert_true(read_alike("", (struct text)T("[]"), ""));
    assert_true(read_alike("", (struct text)T("{} \r\n\t"), ""));
}

// The numbers that two readers are most likely to round, or to bound, in two ways.
static void test_numbers_at_the_edges(void **state)
{
    static const struct text NUMBERS[] = {
        T("9223372036854775806"),
        T("-9223372036854775807"),
        T("-0.0"),
        T("0.0"),
        T("-0e5"),
        T("1.0"),
        T("1e0"),
        T("1e5"),
        T("123456789012345678.0"),
        T("9223372036854775808.0"),
        T("9007199254740993.0"),
        T("9007199254740993e0"),
        T("0.1"),
        T("0.3"),
        T("2.2250738585072011e-308"),
        T("2.2250738585072014e-308"),
        T("4.9406564584124654e-324"),
        T("2.4703282292062327e-324"),
        T("2.4703282292062328e-324"),
        T("1e-400"),
        T("-1e-400"),
        T("1.7976931348623157e308"),
        T("1.7976931348623158e308"),
        T("100000000000000000000000e-10"),
        T("7.3177701707893310e+15"),
        T("1.00000000000000011102230246251565404236316680908203125"),
        T("1.00000000000000011102230246251565404236316680908203124"),
        T("1.00000000000000011102230246251565404236316680908203126"),
        T("0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(NUMBERS); i++)
        CHECK(read_alike("[", NUMBERS[i], "]"), "not read: %s", NUMBERS[i].bytes);
    static const struct text BEYOND[] = {
        T("-9223372036854775809"),   T("18446744073709551615"),    T("18446744073709551616"),
        T("1.7976931348623159e308"), T("-1.7976931348623159e308"), T("1e99999999999"),
    };
    for (size_t i = 0; i < COUNT(BEYOND); i++)
        CHECK(!read_alike("[", BEYOND[i], "]"), "read: %s", BEYOND[i].bytes);
}

static void test_nesting_is_bounded(void **state)
{
    char text[4 * NESTING];
    (void)state;
    for (int depth = NESTING - 1; depth <= NESTING + 2; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        CHECK(read_alike("", (struct text){text, 2 * (size_t)depth}, "") == (depth <= NESTING), "%d levels",
              depth);
    }
}

// Around the bound, and past what a reader has had to keep before.
static void test_lengths(void **state)
{
    static const size_t LENGTHS[] = {
        20, 4095, 4096, 4097, 20000, JSON_QUICK_MAX_BYTES - 1, JSON_QUICK_MAX_BYTES, JSON_QUICK_MAX_BYTES + 1,
        30};
    static char filler[JSON_QUICK_MAX_BYTES + 1];
    const size_t around = sizeof("{\"a\":\"\"}") - 1;
    (void)state;
    memset(filler, 'x', sizeof filler);
    for (size_t i = 0; i < COUNT(LENGTHS); i++) {
        const struct text text = {filler, LENGTHS[i] - around};
        CHECK(read_alike("{\"a\":\"", text, "\"}") == (LENGTHS[i] <= JSON_QUICK_MAX_BYTES), "%zu bytes",
              LENGTHS[i]);
    }
    memset(filler, '[', sizeof filler); // the most that simdjson notes for a byte
    assert_false(read_alike("", (struct text){filler, JSON_QUICK_MAX_BYTES}, ""));
}

// jansson's memory: what comes after counts down to it.
static int64_t until_failure;

static void *failing_malloc(size_t size)
{
    return until_failure > 0 && --until_failure == 0 ? NULL : malloc(size);
}

#define SAMPLE "{\"a\":[1,2.5,\"b\\n\",{\"c\":null}],\"d\":true,\"e\":\"f\"}"

static void test_memory_runs_out_for_the_tree(void **state)
{
    json_malloc_t real_malloc;
    json_free_t real_free;
    bool failed = true;
    int times = 0;
    (void)state;
    json_get_alloc_funcs(&real_malloc, &real_free);
    json_set_alloc_funcs(failing_malloc, real_free);
    for (int64_t n = 1; failed; n++) {
        struct field_error error = {.memory = false};
        until_failure = n;
        json_t *tree = json_quick(SAMPLE, sizeof(SAMPLE) - 1, &failed);
        assert_true(failed == (tree == NULL));
        json_decref(tree);
        until_failure = n;
        tree = fields_parse(SAMPLE, sizeof(SAMPLE) - 1, &error);
        assert_true(failed == (tree == NULL) && failed == error.memory);
        json_decref(tree);
        times += failed;
    }
    until_failure = 0;
    json_set_alloc_funcs(real_malloc, real_free);
    assert_true(times > 10);
}

// A failure is answered once, and not remembered for what is built next.
static void test_memory_that_ran_out_is_forgotten(void **state)
{
    struct field_error error = {.memory = false};
    (void)state;
    json_set_alloc_funcs(failing_malloc, free);
    json_memory_watch();
    until_failure = 3;
    assert_null(fields_parse(SAMPLE, sizeof(SAMPLE) - 1, &error));
    assert_true(error.memory);
    assert_false(json_memory_short());
    json_set_alloc_funcs(malloc, free);
}

// C++'s allocations that may fail, which stand before those of the library: operator new and new[] with
// std::nothrow.
static _Thread_local int until_new_fails;

typedef void *allocate(size_t size, const void *nothrow);
void *_ZnwmRKSt9nothrow_t(size_t size, const void *nothrow); // NOLINT(bugprone-reserved-identifier)
void *_ZnamRKSt9nothrow_t(size_t size, const void *nothrow); // NOLINT(bugprone-reserved-identifier)

static void *real_new(const char *name, size_t size, const void *nothrow)
{
    if (until_new_fails > 0 && --until_new_fails == 0)
        return NULL;
    void *symbol = dlsym(RTLD_NEXT, name);
    allocate *real;
    memcpy(&real, &symbol, sizeof real);
    return real(size, nothrow);
}

void *_ZnwmRKSt9nothrow_t(size_t size, const void *nothrow)
{
    return real_new("_ZnwmRKSt9nothrow_t", size, nothrow);
}

void *_ZnamRKSt9nothrow_t(size_t size, const void *nothrow)
{
    return real_new("_ZnamRKSt9nothrow_t", size, nothrow);
}

struct attempt {
    int fails_at;
    bool first, second;
};

// In a thread of its own, which has no reader yet.
static void *attempt_twice(void *context)
{
    struct attempt *attempt = context;
    until_new_fails = attempt->fails_at;
    json_t *tree = quick(SAMPLE, sizeof(SAMPLE) - 1);
    attempt->first = tree != NULL;
    json_decref(tree);
    until_new_fails = 0;
    tree = quick(SAMPLE, sizeof(SAMPLE) - 1);
    attempt->second = tree != NULL;
    json_decref(tree);
    return NULL;
}

static void test_memory_runs_out_for_the_reader(void **state)
{
    struct attempt attempt = {.fails_at = 0};
    int times = 0;
    (void)state;
    while (!attempt.first) {
        pthread_t thread;
        attempt.fails_at++;
        assert_int_equal(pthread_create(&thread, NULL, attempt_twice, &attempt), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_true(attempt.second);
        times += !attempt.first;
    }
    assert_true(times >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_that_are_refused),
        cmocka_unit_test(test_values_that_are_taken),
        cmocka_unit_test(test_texts_around_an_object),
        cmocka_unit_test(test_numbers_at_the_edges),
        cmocka_unit_test(test_nesting_is_bounded),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_memory_runs_out_for_the_tree),
        cmocka_unit_test(test_memory_that_ran_out_is_forgotten),
        cmocka_unit_test(test_memory_runs_out_for_the_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
