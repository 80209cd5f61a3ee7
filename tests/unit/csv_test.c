// CSV: what is a record and a cell, and what is none.
#include "tests/unit/cases.h"

#include "common/csv.h"

#include <stdio.h>
#include <string.h>

// A text, and what it says: cells as "[a][b]", records by their lines, the end or an error as '.' or its
// number.
static const struct {
    const char *text, *said;
} cases[] = {
    {"", "."},
    {"a", "1[a]."},
    {"a,b\r\nc,d\r\n", "1[a][b]2[c][d]."},
    {"a,b\nc", "1[a][b]2[c]."},
    {"\n\r\n\na", "4[a]."},
    {"a,", "1[a][]."},
    {",", "1[][]."},
    {"\"a,b\",c", "1[a,b][c]."},
    {"\"a\"\"b\"", "1[a\"b]."},
    {"\"\"", "1[]."},
    {"\"\"\"\"", "1[\"]."},
    {"\"a\r\nb\",c\nd", "1[a\r\nb][c]3[d]."},
    {"\xEF\xBB\xBFnumber\n+1", "1[number]2[+1]."},
    {" a , b ", "1[ a ][ b ]."},
    {"a\rb", "1[a\rb]."},
    {"a\nb\"c", "1[a]2!2"},
    {"\"a\"b", "1!2"},
    {"\"a\" ,b", "1!2"},
    {"a\n\"b\nc", "1[a]2!3"},
    {"\"", "1!3"},
    {"a,b,c,d", "1[a][b][c][d]."},
    {"a\nb\na,b,c,d,e", "1[a]2[b]3!4"},
};

static void test_records_and_cells(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char said[200] = "", cell_text[40];
        struct csv csv;
        struct csv_cell cells[4];
        size_t count, used = 0;
        enum csv_status status;
        csv_open(&csv, cases[i].text, strlen(cases[i].text));
        while ((status = csv_next(&csv, cells, COUNT(cells), &count)) == CSV_RECORD) {
            used += (size_t)snprintf(said + used, sizeof(said) - used, "%zu", csv.line);
            for (size_t k = 0; k < count; k++) {
                assert_true(csv_text(cell_text, sizeof(cell_text), &cells[k]));
                used += (size_t)snprintf(said + used, sizeof(said) - used, "[%s]", cell_text);
            }
        }
        if (status == CSV_END)
            snprintf(said + used, sizeof(said) - used, ".");
        else
            snprintf(said + used, sizeof(said) - used, "%zu!%d", csv.line, (int)status);
        assert_string_equal(said, cases[i].said);
        assert_non_null(csv_status_text(status));
    }
}

static void test_text_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    char out[4];
    const struct csv_cell fits = {.text = "abc", .length = 3}, long_one = {.text = "abcd", .length = 4},
                          quoted = {.text = "a\"\"b", .length = 4, .quoted = true},
                          nul = {.text = "a\0b", .length = 3};
    assert_true(csv_text(out, sizeof(out), &fits));
    assert_true(csv_text(out, sizeof(out), &quoted));
    assert_string_equal(out, "a\"b");
    assert_false(csv_text(out, sizeof(out), &long_one));
    assert_false(csv_text(out, sizeof(out), &nul));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_and_cells),
        cmocka_unit_test(test_text_that_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
