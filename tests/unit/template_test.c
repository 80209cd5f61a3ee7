// Texts with placeholders: what is read, what is written, and what is refused.
#include "common/template.h"

#include "tests/unit/cases.h"

#include <stdio.h>
#include <string.h>

#define VARIABLE_32 "abcdefghijklmnopqrstuvwxyz012345"

static const struct template_value VALUES[] = {
    {"name", "Ada"}, {"count", "3"}, {"sly", "{{name}}"}, {"empty", ""}, {"name", "second"}};

static void test_placeholders_get_their_values(void **state)
{
    (void)state;
    static const struct {
        const char *text, *result;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"Hello {{name}}!", "Hello Ada!"},
        {"{{name}}{{count}}", "Ada3"},
        {"{{  name }}, {{name  }}", "Ada, Ada"},
        {"{{sly}}", "{{name}}"},
        {"a{{empty}}b", "ab"},
        {"{ {name} } }} }", "{ {name} } }} }"},
        {"Grüße, {{name}} 😀", "Grüße, Ada 😀"},
    };
    struct field_error error;
    char out[64];
    for (size_t i = 0; i < COUNT(cases); i++) {
        CHECK(template_render(out, sizeof(out), cases[i].text, VALUES, COUNT(VALUES), &error), "case %zu: %s",
              i, error.detail);
        assert_string_equal(out, cases[i].result);
    }
}

static void test_missing_value_is_named(void **state)
{
    (void)state;
    struct field_error error;
    char out[64];
    assert_false(
        template_render(out, sizeof(out), "{{name}} {{nam}} {{other}}", VALUES, COUNT(VALUES), &error));
    assert_string_equal(error.path, "variables.nam");
    assert_false(template_render(out, sizeof(out), "{{" VARIABLE_32 "}}", NULL, 0, &error));
    assert_string_equal(error.path, "variables." VARIABLE_32);
}

static void test_result_is_bounded(void **state)
{
    (void)state;
    struct field_error error;
    char out[8] = "";
    assert_true(template_render(out, sizeof(out), "1234{{name}}", VALUES, COUNT(VALUES), &error));
    assert_string_equal(out, "1234Ada");
    assert_false(template_render(out, sizeof(out), "12345{{name}}", VALUES, COUNT(VALUES), &error));
    assert_string_equal(error.path, "variables");
    assert_false(template_render(out, sizeof(out), "12345678", VALUES, COUNT(VALUES), &error));
}

static void test_malformed_placeholders_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int at;
    } cases[] = {{"{{", 0},
                 {"a {{name", 2},
                 {"{{name}", 0},
                 {"{{name} }", 0},
                 {"{{}}", 0},
                 {"{{ }}", 0},
                 {"ab{{1a}}", 2},
                 {"{{a-b}}", 0},
                 {"{{a b}}", 0},
                 {"{{{name}}}", 0},
                 {"{{name}} {{_x}}", 9},
                 {"{{größe}}", 0},
                 {"{{name\n}}", 0},
                 {"{{{{name}}", 0},
                 {"{{" VARIABLE_32 "6}}", 0}};
    struct field_error error;
    struct template_names names;
    char out[64], expected[24];
    for (size_t i = 0; i < COUNT(cases); i++) {
        names.count = 0;
        CHECK(!template_names_add(&names, cases[i].text, "languages.fr", &error), "%s", cases[i].text);
        assert_string_equal(error.path, "languages.fr");
        snprintf(expected, sizeof(expected), "at byte %d ", cases[i].at);
        CHECK(strstr(error.detail, expected) != NULL, "%s: %s", cases[i].text, error.detail);
        CHECK(!template_render(out, sizeof(out), cases[i].text, VALUES, COUNT(VALUES), &error), "%s",
              cases[i].text);
    }
}

static void test_names_are_gathered_over_texts(void **state)
{
    (void)state;
    struct template_names names = {.count = 0};
    struct field_error error;
    char text[16];
    assert_true(template_names_add(&names, "{{b}} {{a}} {{ b }}", "text", &error));
    assert_true(template_names_add(&names, "{{a}} {{ab}}", "text", &error));
    assert_int_equal(names.count, 3);
    assert_string_equal(names.names[0], "b");
    assert_string_equal(names.names[2], "ab");
    assert_true(template_names_have(&names, "ab"));
    assert_false(template_names_have(&names, "abc"));
    for (int i = 3; i < TEMPLATE_VARIABLES_MAX; i++) {
        snprintf(text, sizeof(text), "{{v%d}}", i);
        assert_true(template_names_add(&names, text, "text", &error));
    }
    assert_true(template_names_add(&names, "{{a}}", "text", &error));
    assert_false(template_names_add(&names, "{{one_more}}", "text", &error));
}

static void test_values_are_read_from_json(void **state)
{
    (void)state;
    struct template_values values;
    struct field_error error;
    json_t *json = json_pack("{s:s, s:I, s:s}", "name", "Ada", "count", (json_int_t)-3, "empty", "");
    assert_true(template_values_read(&values, json, "", &error));
    assert_int_equal(values.count, 3);
    char out[32];
    assert_true(
        template_render(out, sizeof(out), "{{name}}{{count}}{{empty}}", values.items, values.count, &error));
    assert_string_equal(out, "Ada-3");
    template_values_clear(&values);
    json_decref(json);
    assert_true(template_values_read(&values, NULL, "", &error));
    assert_int_equal(values.count, 0);
}

static void test_values_of_other_kinds_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *json, *path;
    } cases[] = {
        {"{\"a\": 1.5}", "to[1].variables.a"},
        {"{\"a\": null}", "to[1].variables.a"},
        {"{\"a\": []}", "to[1].variables.a"},
        {"{\"a b\": \"\"}", "to[1].variables"},
        {"{\"\": \"\"}", "to[1].variables"},
        {"{\"1\": \"\"}", "to[1].variables"},
        {"[]", "to[1].variables"},
        {"{\"" VARIABLE_32 "6\": \"\"}", "to[1].variables"},
    };
    struct template_values values;
    struct field_error error;
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *json = json_loads(cases[i].json, 0, NULL);
        CHECK(!template_values_read(&values, json, "to[1].variables", &error), "%s", cases[i].json);
        assert_string_equal(error.path, cases[i].path);
        assert_null(values.items);
        json_decref(json);
    }
}

static void test_values_have_limits(void **state)
{
    (void)state;
    static char text[TEMPLATE_VALUE_MAX_BYTES + 2];
    struct template_values values;
    struct field_error error;
    char name[8];
    json_t *json = json_object();
    memset(text, 'x', sizeof(text) - 1);
    json_object_set_new(json, "a", json_string(text));
    assert_false(template_values_read(&values, json, "", &error));
    assert_string_equal(error.path, "variables.a");
    json_object_set_new(json, "a", json_string(text + 1));
    assert_true(template_values_read(&values, json, "", &error));
    template_values_clear(&values);
    for (int i = 0; i < TEMPLATE_VARIABLES_MAX; i++) {
        snprintf(name, sizeof(name), "v%d", i);
        json_object_set_new(json, name, json_string(""));
    }
    assert_false(template_values_read(&values, json, "", &error));
    assert_string_equal(error.path, "variables");
    json_decref(json);
}

static void test_languages_take_their_usual_form(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tag; // NULL = refused
    } cases[] = {
        {"fr", "fr"},         {"FR-ch", "fr-CH"}, {"zh_hant_tw", "zh-Hant-TW"},
        {"es-419", "es-419"}, {"gsw", "gsw"},     {"f", NULL},
        {"", NULL},           {"fr-", NULL},      {"-fr", NULL},
        {"f1", NULL},         {"fran", NULL},     {"fr--CH", NULL},
        {"fr-C", NULL},       {"fr CH", NULL},    {"zh-Hant-TWTW", NULL},
        {"fr-é", NULL},
    };
    char tag[TEMPLATE_LANGUAGE_SIZE];
    for (size_t i = 0; i < COUNT(cases); i++) {
        CHECK(template_language(tag, cases[i].text) == (cases[i].tag != NULL), "%s", cases[i].text);
        if (cases[i].tag != NULL)
            assert_string_equal(tag, cases[i].tag);
    }
}

static void test_languages_widen_to_the_default(void **state)
{
    (void)state;
    char tag[TEMPLATE_LANGUAGE_SIZE] = "zh-Hant-TW";
    assert_true(template_language_widen(tag));
    assert_string_equal(tag, "zh-Hant");
    assert_true(template_language_widen(tag));
    assert_string_equal(tag, "zh");
    assert_true(template_language_widen(tag));
    assert_string_equal(tag, "");
    assert_false(template_language_widen(tag));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_placeholders_get_their_values),
        cmocka_unit_test(test_missing_value_is_named),
        cmocka_unit_test(test_result_is_bounded),
        cmocka_unit_test(test_malformed_placeholders_are_refused),
        cmocka_unit_test(test_names_are_gathered_over_texts),
        cmocka_unit_test(test_values_are_read_from_json),
        cmocka_unit_test(test_values_of_other_kinds_are_refused),
        cmocka_unit_test(test_values_have_limits),
        cmocka_unit_test(test_languages_take_their_usual_form),
        cmocka_unit_test(test_languages_widen_to_the_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
