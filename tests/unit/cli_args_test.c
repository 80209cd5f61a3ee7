// The command line: options before, between and behind the words, and what is refused.
#include "admin-cli/args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct option_spec globals[] = {{"json", NULL, ""}, {"url", "URL", ""}, {"help", NULL, ""}};
static const struct option_spec send_options[] = {
    {"text", "TEXT", ""}, {"meta", "NAME=VALUE...", ""}, {"wait", "[SECONDS]", ""}, {"qos", "0|1|2", ""}};
static const struct command send = {.name = "send",
                                    .words = "TO...",
                                    .words_min = 1,
                                    .words_max = COMMAND_ANY,
                                    .options = send_options,
                                    .option_count = 4};
static const struct command show = {
    .group = "device", .name = "show", .words = "ID", .words_min = 1, .words_max = 1};
static const struct command *const commands[] = {&send, &show};
static const struct command_table table = {
    .commands = commands, .command_count = 2, .globals = globals, .global_count = 3};

enum { LINE_MAX_WORDS = 12 };

// Splits a line at blanks and parses it.
static bool parse(struct args *args, struct args_error *error, const char *line)
{
    static char copy[256];
    char *argv[LINE_MAX_WORDS] = {(char *)(uintptr_t) "smsquitto"}, *rest = copy;
    int argc = 1;
    assert_true(strlen(line) < sizeof copy);
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strsep(&rest, " "); word && *word; word = strsep(&rest, " "))
        argv[argc++] = word;
    return args_parse(args, &table, argc, argv, error);
}

static void test_options_anywhere(void **state)
{
    (void)state;
    struct args args;
    struct args_error error;
    assert_true(parse(&args, &error, "--json send +491 --text hi --url=http://a/?b=c +492 -- --text -"));
    assert_ptr_equal(args.command, &send);
    assert_true(args_flag(&args, "json"));
    assert_string_equal(args_text(&args, "text"), "hi");
    assert_string_equal(args_text(&args, "url"), "http://a/?b=c");
    assert_int_equal(args.word_count, 4);
    assert_string_equal(args.words[0], "+491");
    assert_string_equal(args.words[1], "+492");
    assert_string_equal(args.words[2], "--text");
    assert_string_equal(args.words[3], "-");
    assert_false(args_flag(&args, "qos"));
    assert_null(args_text(&args, "qos"));
    args_clear(&args);
}

static void test_optional_value_needs_equals(void **state)
{
    (void)state;
    struct args args;
    struct args_error error;
    assert_true(parse(&args, &error, "send --wait 30"));
    assert_true(args_flag(&args, "wait"));
    assert_null(args_text(&args, "wait"));
    assert_string_equal(args.words[0], "30");
    args_clear(&args);
    assert_true(parse(&args, &error, "send --wait=30 +491"));
    assert_string_equal(args_text(&args, "wait"), "30");
    args_clear(&args);
}

static void test_repeated_option_keeps_order(void **state)
{
    (void)state;
    struct args args;
    struct args_error error;
    assert_true(parse(&args, &error, "send +491 --meta a=1 --meta b=2"));
    assert_int_equal(args.given_count, 2);
    assert_string_equal(args.given[0].value, "a=1");
    assert_string_equal(args.given[1].value, "b=2");
    args_clear(&args);
}

static void test_help_needs_no_command(void **state)
{
    (void)state;
    struct args args;
    struct args_error error;
    assert_true(parse(&args, &error, "-h"));
    assert_null(args.command);
    args_clear(&args);
    assert_true(parse(&args, &error, "device --help"));
    assert_string_equal(args.group, "device");
    assert_null(args.command);
    args_clear(&args);
    assert_true(parse(&args, &error, "device show --help"));
    assert_ptr_equal(args.command, &show);
    args_clear(&args);
}

static void test_wrong_lines_say_why(void **state)
{
    (void)state;
    static const struct {
        const char *line, *error;
    } cases[] = {
        {"", "a command is missing"},
        {"nothing", "unknown command \"nothing\""},
        {"device", "device needs one of its commands"},
        {"device fly", "unknown command \"device fly\""},
        {"device show", "device show needs ID"},
        {"device show a b", "device show: unexpected argument \"b\""},
        {"send", "send needs TO..."},
        {"--text hi send +491", "unknown option --text"},
        {"send +491 --nothing=1", "unknown option --nothing"},
        {"send +491 -x", "unknown option -x"},
        {"send +491 --text", "--text needs a value: --text TEXT"},
        {"send +491 --text a --text b", "--text is given twice"},
        {"send +491 --json=yes", "--json takes no value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct args args;
        struct args_error error;
        assert_false(parse(&args, &error, cases[i].line));
        assert_string_equal(error.text, cases[i].error);
        args_clear(&args);
    }
}

static void test_numbers(void **state)
{
    (void)state;
    struct args args;
    struct args_error error;
    int64_t value = 7;
    assert_true(parse(&args, &error, "send +491"));
    assert_true(args_int(&args, "qos", 0, 2, &value, &error));
    assert_int_equal(value, 7);
    args_clear(&args);
    assert_true(parse(&args, &error, "send +491 --qos 2"));
    assert_true(args_int(&args, "qos", 0, 2, &value, &error));
    assert_int_equal(value, 2);
    assert_false(args_int(&args, "qos", 0, 1, &value, &error));
    assert_string_equal(error.text, "--qos: \"2\" is not a whole number from 0 to 1");
    args_clear(&args);
    assert_true(parse(&args, &error, "send +491 --qos 1x"));
    assert_false(args_int(&args, "qos", 0, 2, &value, &error));
    assert_int_equal(value, 2);
    args_clear(&args);
}

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {{"0", 0},        {"30", 30000},   {"250ms", 250},    {"90s", 90000},
                {"10m", 600000}, {"2h", 7200000}, {"7d", 604800000}, {"366d", INT64_C(31622400000)}};
    static const char *const bad[] = {"",   "s",  "1.5h", "-1s", "10 m", "367d", "99999999999999999999",
                                      "1w", "1hh"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t ms = -1;
        assert_true(args_duration(&ms, good[i].text));
        assert_int_equal(ms, good[i].ms);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t ms = -1;
        assert_false(args_duration(&ms, bad[i]));
        assert_int_equal(ms, -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_anywhere),
        cmocka_unit_test(test_optional_value_needs_equals),
        cmocka_unit_test(test_repeated_option_keeps_order),
        cmocka_unit_test(test_help_needs_no_command),
        cmocka_unit_test(test_wrong_lines_say_why),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
