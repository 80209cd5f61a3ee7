// What is put on disk while a file grows: whole pieces, from its front, and nothing of a file that is not
// there.
#include "tests/unit/cases.h"

#include "bridge/store/trickle.h"

#include <stdlib.h>
#include <unistd.h>

enum { MIB = 1 << 20 };

static void test_in_pieces(void **state)
{
    char path[] = "/tmp/trickle_test.XXXXXX";
    int fd = mkstemp(path);
    struct trickle trickle;
    (void)state;
    assert_true(fd >= 0);
    trickle_begin(&trickle, path);
    assert_true(trickle.fd >= 0);
    static const struct {
        int64_t size, done;
    } STEPS[] = {
        {0, 0}, {MIB - 1, 0}, {MIB, MIB}, {2 * MIB - 1, MIB}, {5 * MIB, 5 * MIB}, {5 * MIB, 5 * MIB}};
    for (size_t i = 0; i < COUNT(STEPS); i++) {
        assert_int_equal(ftruncate(fd, STEPS[i].size), 0);
        trickle_step(&trickle);
        assert_int_equal(trickle.done, STEPS[i].done);
    }
    trickle_end(&trickle);
    assert_int_equal(trickle.fd, -1);
    close(fd);
    unlink(path);
}

static void test_without_a_file(void **state)
{
    struct trickle trickle;
    (void)state;
    trickle_begin(&trickle, "/nowhere/at/all");
    trickle_step(&trickle);
    assert_int_equal(trickle.done, 0);
    trickle_end(&trickle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_pieces),
        cmocka_unit_test(test_without_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
