// Ids: form, order and uniqueness, also between threads.
#include "tests/unit/cases.h"

#include "common/id.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, EACH = 20000 };

static void test_form(void **context)
{
    (void)context;
    char id[ID_SIZE];
    id_new(id, ID_MESSAGE, 0x0123456789ab);
    assert_int_equal(strlen(id), ID_LENGTH);
    assert_memory_equal(id, "SM0123456789ab7", 15);
    assert_non_null(strchr("89ab", id[18]));
    assert_true(id_valid(id, ID_LENGTH, ID_MESSAGE));
    assert_false(id_valid(id, ID_LENGTH, ID_ACCOUNT));
    assert_false(id_valid(id, ID_LENGTH - 1, ID_MESSAGE));
}

static void test_ids_rise_when_the_clock_does_not(void **context)
{
    (void)context;
    static const int64_t clocks[] = {0x020000000000, 0x020000000000, 0x01ffffffffff, 5, 0, -7, INT64_MIN};
    char last[ID_SIZE] = "", id[ID_SIZE];
    for (size_t i = 0; i < COUNT(clocks); i++) {
        id_new(id, ID_EVENT, clocks[i]);
        CHECK(strcmp(last, id) < 0, "%s after %s", id, last);
        memcpy(last, id, sizeof last);
    }
}

static void test_more_ids_in_a_millisecond_than_the_counter_holds(void **context)
{
    (void)context;
    char last[ID_SIZE] = "", id[ID_SIZE];
    for (int i = 0; i < 10000; i++) {
        id_new(id, ID_MESSAGE, 0x030000000000);
        CHECK(strcmp(last, id) < 0 && id_valid(id, ID_LENGTH, ID_MESSAGE), "%s after %s", id, last);
        memcpy(last, id, sizeof last);
    }
}

static void *make_ids(void *context)
{
    char(*ids)[ID_SIZE] = context;
    for (int i = 0; i < EACH; i++)
        id_new(ids[i], ID_MESSAGE, 0x040000000000 + i / 5000);
    return NULL;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, ID_LENGTH - 16); // without the random digits
}

static void test_ids_of_threads_rise_and_differ(void **context)
{
    (void)context;
    static char ids[THREADS * EACH][ID_SIZE];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_ids, ids[i * EACH]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 1; i < THREADS * EACH; i++) {
        if (i % EACH != 0)
            CHECK(compare(ids[i - 1], ids[i]) < 0, "%s after %s", ids[i], ids[i - 1]);
    }
    qsort(ids, THREADS * EACH, ID_SIZE, compare);
    for (int i = 1; i < THREADS * EACH; i++)
        CHECK(compare(ids[i - 1], ids[i]) != 0, "%s twice", ids[i]);
}

static void test_other_texts_are_no_ids(void **context)
{
    (void)context;
    static const char *const texts[] = {
        "",
        "SM",
        "SM0192f0c1a2b37c4d8e5f60718293a4b",   // a digit short
        "SM0192f0c1a2b37c4d8e5f60718293a4b5c", // a digit long
        "sm0192f0c1a2b37c4d8e5f60718293a4b5",
        "SM0192F0C1A2B37C4D8E5F60718293A4B5",
        "SM0192f0c1a2b34c4d8e5f60718293a4b5", // version 4
        "SM0192f0c1a2b37c4d7e5f60718293a4b5", // another variant
        "SM0192f0c1a2b37c4dce5f60718293a4b5",
        "SM0192f0c1a2b37c4d8e5f60718293a4g5",
        "SM0192f0c1-2b37c4d8e5f60718293a4b5",
    };
    assert_true(id_valid("SM0192f0c1a2b37c4d8e5f60718293a4b5", ID_LENGTH, ID_MESSAGE));
    for (size_t i = 0; i < COUNT(texts); i++)
        CHECK(!id_valid(texts[i], strlen(texts[i]), ID_MESSAGE), "%s", texts[i]);
    assert_false(id_valid("SM0192f0c1a2b37c4d8e5f60718293a4b\0", ID_LENGTH, ID_MESSAGE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_ids_rise_when_the_clock_does_not),
        cmocka_unit_test(test_more_ids_in_a_millisecond_than_the_counter_holds),
        cmocka_unit_test(test_ids_of_threads_rise_and_differ),
        cmocka_unit_test(test_other_texts_are_no_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
