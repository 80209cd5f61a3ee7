// Configurations: defaults, file, environment, errors with their line, and printing.
#include "tests/unit/cases.h"

#include "common/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct sample {
    char name[SETTING_VALUE_SIZE];
    int64_t port;
    bool open;
    int64_t wait_ms, level;
};

#define AT(member) offsetof(struct sample, member)

static const struct setting table[] = {
    {"main", "name", SETTING_STRING, AT(name), 0, 255, "me", NULL, "The name."},
    {"main", "level", SETTING_CHOICE, AT(level), 0, 0, "info", "error|warning|info", "What is logged."},
    {"http", "port", SETTING_INT, AT(port), 0, 65535, "8080", NULL, "The port."},
    {"http", "open", SETTING_BOOL, AT(open), 0, 0, "no", NULL, "Whether it is open."},
    {"http", "max-wait", SETTING_DURATION, AT(wait_ms), 100, 86400000, "30s", NULL, "The longest wait."},
};

static char path[] = "/tmp/settings_test.XXXXXX";

static int make_file(void **context)
{
    (void)context;
    int file = mkstemp(path);
    return file < 0 ? -1 : close(file);
}

static int remove_file(void **context)
{
    (void)context;
    return unlink(path);
}

static void write_file(const char *text, size_t length)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    fclose(file);
}

static bool load(struct sample *sample, const char *text, struct setting_error *error)
{
    write_file(text, strlen(text));
    return settings_load(sample, table, COUNT(table), path, "TEST", error);
}

static void test_defaults(void **context)
{
    (void)context;
    struct sample sample;
    struct setting_error error;
    assert_true(settings_load(&sample, table, COUNT(table), NULL, "TEST", &error));
    assert_string_equal(sample.name, "me");
    assert_int_equal(sample.level, 2);
    assert_int_equal(sample.port, 8080);
    assert_false(sample.open);
    assert_int_equal(sample.wait_ms, 30000);
}

static void test_file(void **context)
{
    (void)context;
    struct sample sample;
    struct setting_error error;
    CHECK(load(&sample,
               "\xef\xbb\xbf# comment\n; another\n\n[http]\r\nport = 0\r\n  open: YES\nmax-wait=250ms\n"
               "[main]\nname =  two words; # = [x] \"q\" \nlevel=error",
               &error),
          "%s", error.text);
    assert_string_equal(sample.name, "two words; # = [x] \"q\"");
    assert_int_equal(sample.level, 0);
    assert_int_equal(sample.port, 0);
    assert_true(sample.open);
    assert_int_equal(sample.wait_ms, 250);
}

static void test_values_of_one_setting(void **context)
{
    (void)context;
    static const struct {
        const char *line;
        int64_t wait_ms;
        bool open;
    } rows[] = {
        {"max-wait = 100ms", 100, false},   {"max-wait = 1s", 1000, false},
        {"max-wait = 5m", 300000, false},   {"max-wait = 2h", 7200000, false},
        {"max-wait = 1d", 86400000, false}, {"open = true", 30000, true},
        {"open = on", 30000, true},         {"open = 1", 30000, true},
        {"open = Off", 30000, false},       {"open = FALSE", 30000, false},
        {"open = 0", 30000, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[100];
        struct sample sample;
        struct setting_error error;
        snprintf(text, sizeof text, "[http]\n%s\n", rows[i].line);
        CHECK(load(&sample, text, &error), "%s", error.text);
        CHECK(sample.wait_ms == rows[i].wait_ms && sample.open == rows[i].open, "%s", rows[i].line);
    }
}

static const struct {
    const char *text, *error; // the error behind the path
} bad[] = {
    {"[http]\nport = 99999\n", ":2: [http] port: 99999 is not within 0-65535"},
    {"[http]\nport = -1\n", ":2: [http] port: -1 is not within 0-65535"},
    {"[http]\nport = 80x\n", ":2: [http] port: 80x is not within 0-65535"},
    {"[http]\nport =\n", ":2: [http] port:  is not within 0-65535"},
    {"[http]\n\n\nopen = maybe\n", ":4: [http] open: maybe is not true or false"},
    {"[http]\nmax-wait = 5\n", ":2: [http] max-wait: 5 is not a duration such as 250ms, 30s, 5m, 2h or 7d"},
    {"[http]\nmax-wait = s\n", ":2: [http] max-wait: s is not a duration such as 250ms, 30s, 5m, 2h or 7d"},
    {"[http]\nmax-wait = -5s\n",
     ":2: [http] max-wait: -5s is not a duration such as 250ms, 30s, 5m, 2h or 7d"},
    {"[http]\nmax-wait = 999999999999999999d\n",
     ":2: [http] max-wait: 999999999999999999d is not a duration such as 250ms, 30s, 5m, 2h or 7d"},
    {"[http]\nmax-wait = 99ms\n", ":2: [http] max-wait: 99ms is not within 100ms-1d"},
    {"[http]\nmax-wait = 25h\n", ":2: [http] max-wait: 25h is not within 100ms-1d"},
    {"[main]\nlevel = warn\n", ":2: [main] level: warn is not one of error|warning|info"},
    {"[main]\nlevel = warning|info\n", ":2: [main] level: warning|info is not one of error|warning|info"},
    {"[main]\nname = a\x01"
     "b\n",
     ":2: [main] name: control characters, spaces at an end, or not UTF-8"},
    {"[main]\nname = a\xff\n", ":2: [main] name: control characters, spaces at an end, or not UTF-8"},
    {"[main]\nport = 1\n", ":2: [main] port: no such setting"},
    {"[main]\nName = 1\n", ":2: [main] Name: no such setting"},
    {"[htpp]\nport = 1\n", ":2: [htpp]: no such section"},
    {"port = 1\n", ":1: []: no such section"},
    {"[http]\nport = 1\n# x\nport = 1\n", ":4: [http] port: already set on line 2"},
    {"[http]\nport = 1\n[main]\n[http]\nport = 2\n", ":5: [http] port: already set on line 2"},
    {"[http]\nport\n", ":2: neither [section] nor key = value"},
    {"[http\nport = 1\n", ":1: neither [section] nor key = value"},
    {"[http]\nport = 1\n  2\n", ":3: neither [section] nor key = value"},
};

static void test_errors_name_file_and_line(void **context)
{
    (void)context;
    for (size_t i = 0; i < COUNT(bad); i++) {
        char expected[320];
        struct sample sample;
        struct setting_error error = {""};
        snprintf(expected, sizeof expected, "%s%s", path, bad[i].error);
        CHECK(!load(&sample, bad[i].text, &error), "%s", bad[i].text);
        assert_string_equal(error.text, expected);
    }
}

static void test_long_values_and_lines(void **context)
{
    (void)context;
    static const struct {
        size_t length;
        const char *error;
    } rows[] = {
        {255, NULL},
        {256, ":2: [main] name: 256 bytes are not within 0-255"},
        {1000, ":2: [main] name: 1000 bytes are not within 0-255"},
        {1100, ":2: the line is too long"},
        {100000, ":2: the line is too long"},
    };
    static char text[100100];
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sample sample;
        struct setting_error error = {""};
        char expected[320];
        static const char head[] = "[main]\nname = ", tail[] = "\nlevel = info\n";
        memcpy(text, head, sizeof head - 1);
        memset(text + sizeof head - 1, 'x', rows[i].length);
        memcpy(text + sizeof head - 1 + rows[i].length, tail, sizeof tail);
        bool good = load(&sample, text, &error);
        CHECK(good == (rows[i].error == NULL), "%zu: %s", rows[i].length, error.text);
        snprintf(expected, sizeof expected, "%s%s", path, good ? "" : rows[i].error);
        if (good)
            assert_int_equal(strlen(sample.name), rows[i].length);
        else
            assert_string_equal(error.text, expected);
    }
}

static void test_nul_in_a_file(void **context)
{
    (void)context;
    struct sample sample;
    struct setting_error error = {""};
    write_file("[main]\nname = a\0b\n", 18);
    assert_false(settings_load(&sample, table, COUNT(table), path, "TEST", &error));
    assert_non_null(strstr(error.text, ":2: the line has a NUL character"));
    write_file("[main]\nname = a\n\0\nlevel = x\n", 27);
    assert_false(settings_load(&sample, table, COUNT(table), path, "TEST", &error));
    assert_non_null(strstr(error.text, ":3: the line has a NUL character"));
}

static void test_files_that_cannot_be_read(void **context)
{
    (void)context;
    struct sample sample;
    struct setting_error error;
    assert_false(settings_load(&sample, table, COUNT(table), "/nonexistent/x.conf", "TEST", &error));
    assert_string_equal(error.text, "/nonexistent/x.conf: cannot be opened: No such file or directory");
    assert_false(settings_load(&sample, table, COUNT(table), "/tmp", "TEST", &error));
    assert_string_equal(error.text, "/tmp: cannot be read: Is a directory");
}

static void test_environment_is_stronger_than_the_file(void **context)
{
    (void)context;
    struct sample sample;
    struct setting_error error;
    setenv("TEST_HTTP_MAX_WAIT", "2m", 1);
    setenv("TEST_MAIN_NAME", "", 1);
    bool good = load(&sample, "[http]\nmax-wait = 1s\nport = 1\n[main]\nname = x\n", &error);
    unsetenv("TEST_HTTP_MAX_WAIT");
    unsetenv("TEST_MAIN_NAME");
    CHECK(good, "%s", error.text);
    assert_int_equal(sample.wait_ms, 120000);
    assert_int_equal(sample.port, 1);
    assert_string_equal(sample.name, "");
}

static void test_errors_in_the_environment(void **context)
{
    (void)context;
    static const struct {
        const char *name, *value, *error;
    } rows[] = {
        {"TEST_HTTP_PORT", "x", "TEST_HTTP_PORT: [http] port: x is not within 0-65535"},
        {"TEST_HTTP_PORT", "", "TEST_HTTP_PORT: [http] port:  is not within 0-65535"},
        {"TEST_MAIN_NAME", " x",
         "TEST_MAIN_NAME: [main] name: control characters, spaces at an end, or not UTF-8"},
        {"TEST_MAIN_NAME", "x\ny",
         "TEST_MAIN_NAME: [main] name: control characters, spaces at an end, or not UTF-8"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sample sample;
        struct setting_error error;
        setenv(rows[i].name, rows[i].value, 1);
        bool good = settings_load(&sample, table, COUNT(table), NULL, "TEST", &error);
        unsetenv(rows[i].name);
        assert_false(good);
        assert_string_equal(error.text, rows[i].error);
    }
}

static void test_what_is_printed_is_read_back(void **context)
{
    (void)context;
    static const struct sample samples[] = {
        {"me", 8080, false, 30000, 2},
        {"a; b = #c", 0, true, 86400000, 0},
        {"", 65535, true, 101, 1},
    };
    for (size_t i = 0; i < COUNT(samples); i++) {
        struct sample back;
        struct setting_error error;
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        settings_print(file, &samples[i], table, COUNT(table));
        fclose(file);
        CHECK(settings_load(&back, table, COUNT(table), path, "TEST", &error), "%s", error.text);
        assert_string_equal(back.name, samples[i].name);
        assert_int_equal(back.port, samples[i].port);
        assert_int_equal(back.open, samples[i].open);
        assert_int_equal(back.wait_ms, samples[i].wait_ms);
        assert_int_equal(back.level, samples[i].level);
    }
}

static void test_printed_form(void **context)
{
    (void)context;
    static const struct sample sample = {"me", 80, true, 0, 1};
    char *text = NULL;
    size_t length;
    FILE *file = open_memstream(&text, &length);
    assert_non_null(file);
    settings_print(file, &sample, table, COUNT(table));
    fclose(file);
    assert_string_equal(text, "[main]\n"
                              "# The name. (0-255 bytes; default: me)\n"
                              "name = me\n"
                              "# What is logged. (error|warning|info; default: info)\n"
                              "level = warning\n"
                              "\n[http]\n"
                              "# The port. (0-65535; default: 8080)\n"
                              "port = 80\n"
                              "# Whether it is open. (true|false; default: no)\n"
                              "open = true\n"
                              "# The longest wait. (100ms-1d; default: 30s)\n"
                              "max-wait = 0s\n");
    free(text);
}

static void test_a_default_out_of_range_is_found(void **context)
{
    (void)context;
    static const struct setting wrong[] = {{"a", "b", SETTING_INT, 0, 5, 9, "4", NULL, "x"}};
    int64_t value;
    struct setting_error error;
    assert_false(settings_load(&value, wrong, 1, NULL, "TEST", &error));
    assert_string_equal(error.text, "built-in default: [a] b: 4 is not within 5-9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_values_of_one_setting),
        cmocka_unit_test(test_errors_name_file_and_line),
        cmocka_unit_test(test_long_values_and_lines),
        cmocka_unit_test(test_nul_in_a_file),
        cmocka_unit_test(test_files_that_cannot_be_read),
        cmocka_unit_test(test_environment_is_stronger_than_the_file),
        cmocka_unit_test(test_errors_in_the_environment),
        cmocka_unit_test(test_what_is_printed_is_read_back),
        cmocka_unit_test(test_printed_form),
        cmocka_unit_test(test_a_default_out_of_range_is_found),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
