// Tables: aligned, cut where allowed, no spaces at the end of a line.
#include "admin-cli/table.h"
#include "admin-cli/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct table_column columns[] = {
    {"ID", false, false}, {"N", true, false}, {"TEXT", false, true}};

// Prints rows of three cells, ended by NULL, in that width. Owned.
static char *print(const char *const cells[], size_t width)
{
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    struct table *table = table_new(columns, 3);
    assert_non_null(table);
    for (size_t i = 0; cells[i]; i++)
        assert_true(table_add(table, cells[i]));
    table_print(table, file, width);
    table_free(table);
    fclose(file);
    return out;
}

static void check(const char *const cells[], size_t width, const char *expected)
{
    char *out = print(cells, width);
    assert_string_equal(out, expected);
    free(out);
}

static void test_alignment(void **state)
{
    (void)state;
    const char *const cells[] = {"a", "1", "first", "日本", "100", "zweite Zeile", "ä", "", "x", NULL};
    check(cells, 0,
          "ID      N  TEXT\n"
          "a       1  first\n"
          "日本  100  zweite Zeile\n"
          "ä       -  x\n");
}

static void test_cut_to_width(void **state)
{
    (void)state;
    const char *const cells[] = {"a", "1", "a text that is too long", NULL};
    check(cells, 20,
          "ID  N  TEXT\n"
          "a   1  a text that …\n");
    const char *const wide[] = {"a", "1", "日本日本日本日本日本", NULL};
    check(wide, 20,
          "ID  N  TEXT\n"
          "a   1  日本日本日本…\n");
}

static void test_fixed_columns_are_never_cut(void **state)
{
    (void)state;
    const char *const cells[] = {"an-id-that-is-long", "1", "a long text", NULL};
    check(cells, 10,
          "ID                  N  TEXT\n"
          "an-id-that-is-long  1  a long …\n");
}

static void test_cells_are_cleaned(void **state)
{
    (void)state;
    const char *const cells[] = {"a", "1", "two\nlines\033[2J", NULL};
    check(cells, 0,
          "ID  N  TEXT\n"
          "a   1  two lines?[2J\n");
}

int main(void)
{
    text_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_cut_to_width),
        cmocka_unit_test(test_fixed_columns_are_never_cut),
        cmocka_unit_test(test_cells_are_cleaned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
